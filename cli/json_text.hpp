// JsonObject: the few documents that are the program's own and no record of the library.
#pragma once

#include <string>
#include <string_view>

namespace retrain::cli {

/// `text` as a JSON string. Bytes that are no UTF-8 are left to the reader's mercy: what is quoted here comes from files already
/// read as UTF-8.
std::string quoted(std::string_view text);

/// One object, its members in the order they are added.
class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value) { return json(name, quoted(value)); }
  JsonObject& flag(std::string_view name, bool value) { return json(name, value ? "true" : "false"); }
  JsonObject& count(std::string_view name, long long value) { return json(name, std::to_string(value)); }
  /// `value` is JSON already.
  JsonObject& json(std::string_view name, std::string_view value);
  std::string str() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};

}  // namespace retrain::cli
