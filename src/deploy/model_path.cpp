#include "model_path.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace retrain::deploy {

Status check_sha256(const std::string& sha256) {
  const auto hex_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (sha256.size() == 64 && std::all_of(sha256.begin(), sha256.end(), hex_digit)) return {};
  return {StatusCode::invalid_argument, "'" + base::printable(sha256) + "' is no SHA-256 in lower-case hex"};
}

std::string relative_folder(const std::string& sha256) {
  return "models/" + sha256;
}

}  // namespace retrain::deploy
