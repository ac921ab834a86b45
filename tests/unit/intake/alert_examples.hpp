// The examples of docs/formats/alert.md, read from the document itself.
#pragma once

#include <fstream>
#include <map>
#include <string>

namespace retrain::test {

/// The block marked ```json of each format, by the format's name.
inline std::map<std::string, std::string> alert_examples() {
  std::ifstream document(RETRAIN_SOURCE_DIR "/docs/formats/alert.md");
  std::map<std::string, std::string> examples;
  std::string format;
  bool inside = false;
  for (std::string line; std::getline(document, line);) {
    if (line.starts_with("## `")) format = line.substr(4, line.size() - 5);
    if (line == "```json") {
      inside = true;
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      examples[format] += line + "\n";
    }
  }
  return examples;
}

}  // namespace retrain::test
