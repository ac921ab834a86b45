#include "fields.hpp"

#include "base/text.hpp"

namespace retrain::report {
namespace {

std::string named(const base::Json& value) {
  std::string name = value.type_name();
  if (value.is_string()) return "the text '" + base::printable(value.get<std::string>()) + "'";
  if (value.is_number() || value.is_boolean()) return base::dump(value);
  return name == "null" ? name : "an " + name;
}

}  // namespace

Fields::Fields(const base::Json& value, std::string path) : value_(&value), path_(std::move(path)) {
  if (value.is_object()) return;
  const std::string place = path_.empty() ? "the record" : path_.substr(0, path_.size() - 1);
  throw FieldError{place + " is " + named(value) + ", expected an object"};
}

void Fields::fail(const char* key, const base::Json& value, const char* expected) const {
  throw FieldError{path_ + key + " is " + named(value) + ", expected " + expected};
}

void Fields::unknown_name(const char* key, const std::string& name) const {
  throw FieldError{path_ + key + " is '" + base::printable(name) + "', which is no known name"};
}

const base::Json& Fields::at(const char* key) const {
  const auto found = value_->find(key);
  if (found == value_->end()) throw FieldError{path_ + key + " is missing"};
  return *found;
}

bool Fields::has(const char* key) const {
  return value_->contains(key);
}

std::string Fields::text(const char* key) const {
  const base::Json& value = at(key);
  if (!value.is_string()) fail(key, value, "a text");
  return value.get<std::string>();
}

bool Fields::flag(const char* key) const {
  const base::Json& value = at(key);
  if (!value.is_boolean()) fail(key, value, "true or false");
  return value.get<bool>();
}

double Fields::number(const char* key) const {
  return optional_number(key).value_or(std::numeric_limits<double>::quiet_NaN());
}

std::optional<double> Fields::optional_number(const char* key) const {
  const base::Json& value = at(key);
  if (value.is_null()) return std::nullopt;
  if (!value.is_number()) fail(key, value, "a number");
  return value.get<double>();
}

Time Fields::time(const char* key) const {
  const std::string written = text(key);
  const Result<Time> time = parse_time(written);
  if (!time) throw FieldError{path_ + key + ": " + time.status().message()};
  return *time;
}

std::optional<Time> Fields::optional_time(const char* key) const {
  if (at(key).is_null()) return std::nullopt;
  return time(key);
}

std::vector<std::string> Fields::texts(const char* key) const {
  const base::Json& value = at(key);
  if (!value.is_array()) fail(key, value, "a list of texts");
  std::vector<std::string> out;
  for (const base::Json& entry : value) {
    if (!entry.is_string()) fail((key + ("[" + std::to_string(out.size()) + "]")).c_str(), entry, "a text");
    out.push_back(entry.get<std::string>());
  }
  return out;
}

Fields Fields::object(const char* key) const {
  return {at(key), path_ + key + "."};
}

std::vector<Fields> Fields::objects(const char* key) const {
  const base::Json& value = at(key);
  if (!value.is_array()) fail(key, value, "a list");
  std::vector<Fields> out;
  for (const base::Json& entry : value) out.emplace_back(entry, path_ + key + "[" + std::to_string(out.size()) + "].");
  return out;
}

std::vector<std::pair<std::string, std::string>> Fields::text_members(const char* key) const {
  const Fields members = object(key);
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& item : members.value_->items()) out.emplace_back(item.key(), members.text(item.key().c_str()));
  return out;
}

}  // namespace retrain::report
