#include "model_bytes.hpp"

namespace retrain::train {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 30U;

std::size_t width_of(char marker) {
  switch (marker) {
    case 'i':
    case 'U': return 1;
    case 'I': return 2;
    case 'l': return 4;
    case 'L': return 8;
    default: return 0;
  }
}

/// Reads a big-endian number of `width` bytes at the front of `bytes` and removes it.
std::int64_t take_number(std::string_view& bytes, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value = value << 8U | static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(width);
  return static_cast<std::int64_t>(value);
}

Status no_model(std::string_view bytes, const char* why) {
  return {StatusCode::corrupt, "the " + std::to_string(bytes.size()) + " bytes are no UBJSON model of XGBoost: " + why};
}

}  // namespace

Result<std::array<int, 3>> written_by(std::string_view bytes) {
  if (bytes.size() < 64) return no_model(bytes, "too short");
  if (bytes.size() > most_bytes) return no_model(bytes, "over the limit of 1 GiB");
  if (!bytes.starts_with("{L")) return no_model(bytes, "they do not start as one");
  // The keys are sorted, so the file ends in: key "version", an array of three numbers, the closing brace.
  using namespace std::string_view_literals;
  const auto key = "L\0\0\0\0\0\0\0\7version[#L\0\0\0\0\0\0\0\3"sv;
  const auto at = bytes.rfind(key);
  if (at == std::string_view::npos) return no_model(bytes, "no version stands at their end");
  std::string_view rest = bytes.substr(at + key.size());
  std::array<int, 3> version{};
  for (int& part : version) {
    const std::size_t width = rest.empty() ? 0 : width_of(rest.front());
    if (width == 0 || rest.size() < 1 + width) return no_model(bytes, "their version is damaged");
    rest.remove_prefix(1);
    const std::int64_t value = take_number(rest, width);
    if (value < 0 || value > 1'000'000) return no_model(bytes, "their version is damaged");
    part = static_cast<int>(value);
  }
  if (rest != "}"sv) return no_model(bytes, "something follows their version");
  return version;
}

Status check_model_bytes(std::string_view bytes, const XgboostApi& api) {
  const auto version = written_by(bytes);
  if (!version) return version.status();
  if ((*version)[0] <= api.version[0]) return {};
  return {StatusCode::incompatible, "the model was written by xgboost " + std::to_string((*version)[0]) + "." +
                                        std::to_string((*version)[1]) + "." + std::to_string((*version)[2]) + ", which xgboost " +
                                        api.version_text() + " (" + api.path + ") cannot read"};
}

}  // namespace retrain::train
