#include "ubjson.hpp"

#include <algorithm>
#include <bit>
#include <exception>

#include "base/text.hpp"

namespace retrain::train {
namespace {

constexpr int deepest = 32;
constexpr std::size_t most_values = 2'000'000;
constexpr std::size_t most_members = 4096;
constexpr std::size_t longest_name = 256;

/// Bytes of one number of that type; 0 = no type of number.
std::size_t width_of(char type) {
  switch (type) {
    case 'i':
    case 'U': return 1;
    case 'I': return 2;
    case 'l':
    case 'd': return 4;
    case 'L':
    case 'D': return 8;
    default: return 0;
  }
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8U | static_cast<unsigned char>(byte);
  return value;
}

std::int64_t whole_number(char type, std::string_view bytes) {
  const std::uint64_t value = big_endian(bytes);
  switch (type) {
    case 'i': return static_cast<std::int8_t>(value);
    case 'I': return static_cast<std::int16_t>(value);
    case 'l': return static_cast<std::int32_t>(value);
    default: return static_cast<std::int64_t>(value);
  }
}

double real_number(char type, std::string_view bytes) {
  const std::uint64_t value = big_endian(bytes);
  if (type == 'd') return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(value)));
  return std::bit_cast<double>(value);
}

struct Refusal : std::exception {
  explicit Refusal(std::string text) : message(std::move(text)) {}
  const char* what() const noexcept override { return message.c_str(); }
  std::string message;
};

/// Nesting is counted before it is followed, so the stack is as deep as `deepest` and no deeper.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  Ubjson document() {
    if (take() != '{') refuse("they do not begin with an object");
    Ubjson value = object(1);
    if (at_ != bytes_.size()) refuse("something follows their end");
    return value;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const { throw Refusal(why + ", at byte " + std::to_string(at_)); }

  char take() {
    if (at_ == bytes_.size()) refuse("they end too early");
    return bytes_[at_++];
  }
  char peek() const {
    if (at_ == bytes_.size()) refuse("they end too early");
    return bytes_[at_];
  }
  std::string_view take(std::size_t count) {
    if (count > bytes_.size() - at_) refuse("they end too early");
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }

  std::size_t length() {
    const char type = take();
    const std::size_t width = width_of(type);
    if (width == 0 || type == 'd' || type == 'D') refuse("a length is no whole number");
    const std::int64_t value = whole_number(type, take(width));
    if (value < 0 || static_cast<std::uint64_t>(value) > bytes_.size() - at_) refuse("a length of " + std::to_string(value));
    return static_cast<std::size_t>(value);
  }

  std::string_view text() {
    const std::string_view read = take(length());
    if (!base::valid_utf8(read)) refuse("a text is not UTF-8");
    return read;
  }

  Ubjson value(int depth) {
    if (++values_ > most_values) refuse("more than " + std::to_string(most_values) + " values");
    Ubjson read;
    const char type = take();
    switch (type) {
      case 'Z': return read;
      case 'T':
      case 'F':
        read.kind = Ubjson::Kind::boolean;
        read.integer = type == 'T' ? 1 : 0;
        return read;
      case 'i':
      case 'U':
      case 'I':
      case 'l':
      case 'L':
        read.kind = Ubjson::Kind::integer;
        read.integer = whole_number(type, take(width_of(type)));
        return read;
      case 'd':
      case 'D':
        read.kind = Ubjson::Kind::real;
        read.real = real_number(type, take(width_of(type)));
        return read;
      case 'S':
        read.kind = Ubjson::Kind::text;
        read.text = text();
        return read;
      case '[':
      case '{':
        if (depth >= deepest) refuse("more than " + std::to_string(deepest) + " containers in each other");
        return type == '[' ? array(depth + 1) : object(depth + 1);
      default: refuse("a value of unknown type");
    }
  }

  Ubjson array(int depth) {
    Ubjson read;
    if (peek() == '$') {
      take();
      read.kind = Ubjson::Kind::numbers;
      read.type = take();
      const std::size_t width = width_of(read.type);
      if (width == 0) refuse("an array of unknown type");
      if (take() != '#') refuse("an array without a count");
      read.count = length();
      if (read.count > (bytes_.size() - at_) / width) refuse("an array of " + std::to_string(read.count));
      read.raw = take(read.count * width);
      return read;
    }
    read.kind = Ubjson::Kind::list;
    if (peek() == '#') {
      take();
      const std::size_t count = length();
      for (std::size_t i = 0; i < count; ++i) read.items.push_back(value(depth));
      return read;
    }
    while (peek() != ']') read.items.push_back(value(depth));
    take();
    return read;
  }

  Ubjson object(int depth) {
    Ubjson read;
    read.kind = Ubjson::Kind::object;
    while (peek() != '}') {
      const std::string_view name = text();
      if (name.size() > longest_name) refuse("a name of " + std::to_string(name.size()) + " bytes");
      if (read.find(name) != nullptr) refuse("the name '" + base::printable(name) + "' stands twice");
      if (read.members.size() == most_members) refuse("an object of more than " + std::to_string(most_members) + " members");
      read.members.emplace_back(name, value(depth));
    }
    take();
    return read;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::size_t values_ = 0;
};

}  // namespace

const Ubjson* Ubjson::find(std::string_view name) const {
  const auto found = std::find_if(members.begin(), members.end(), [&](const auto& member) { return member.first == name; });
  return found == members.end() ? nullptr : &found->second;
}

std::size_t Ubjson::size() const {
  return kind == Kind::numbers ? count : kind == Kind::list ? items.size() : 0;
}

bool Ubjson::whole_numbers() const {
  if (kind == Kind::numbers) return type != 'd' && type != 'D';
  return kind == Kind::list &&
         std::all_of(items.begin(), items.end(), [](const Ubjson& item) { return item.kind == Kind::integer; });
}

std::int64_t Ubjson::whole(std::size_t index) const {
  if (kind == Kind::list) return items[index].integer;
  const std::size_t width = width_of(type);
  return whole_number(type, raw.substr(index * width, width));
}

double Ubjson::number(std::size_t index) const {
  if (kind == Kind::list) {
    const Ubjson& item = items[index];
    return item.kind == Kind::real ? item.real : static_cast<double>(item.integer);
  }
  if (whole_numbers()) return static_cast<double>(whole(index));
  const std::size_t width = width_of(type);
  return real_number(type, raw.substr(index * width, width));
}

Result<Ubjson> read_ubjson(std::string_view bytes) {
  try {
    return Reader(bytes).document();
  } catch (const Refusal& refusal) {
    return Status{StatusCode::corrupt, "the bytes are no UBJSON of a model: " + refusal.message};
  }
}

}  // namespace retrain::train
