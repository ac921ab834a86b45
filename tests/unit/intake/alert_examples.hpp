// The examples of docs/formats/alert.md, read from the document itself.
#pragma once

#include <fstream>
#include <string>
#include <vector>

namespace retrain::test {

/// The text of each block marked ```json, in order.
inline std::vector<std::string> alert_examples() {
  std::ifstream document(RETRAIN_SOURCE_DIR "/docs/formats/alert.md");
  std::vector<std::string> examples;
  bool inside = false;
  for (std::string line; std::getline(document, line);) {
    if (line == "```json") {
      inside = true;
      examples.emplace_back();
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      examples.back() += line + "\n";
    }
  }
  return examples;
}

}  // namespace retrain::test
