#include "library_log.hpp"

#include "base/text.hpp"

namespace retrain::train {
namespace {

constexpr std::size_t most_messages = 100;

thread_local LibraryLog* current_log = nullptr;

std::string global_config(const XgboostApi& api) {
  const char* text = nullptr;
  return api.get_global_config(&text) == 0 && text != nullptr ? text : "";
}

void restore(const XgboostApi& api, const std::string& config) {
  // A failure leaves the verbosity of this thread changed, which harms no result.
  if (!config.empty()) static_cast<void>(api.set_global_config(config.c_str()));
}

}  // namespace

void write_to_current_log(const char* text) noexcept {
  if (current_log == nullptr || text == nullptr) return;
  try {
    if (current_log->messages_.size() < most_messages) current_log->messages_.push_back(library_message(text));
  } catch (...) {
    // Out of memory in a C frame: the message is lost, the training is not.
  }
}

LibraryLog::LibraryLog(const XgboostApi& api) : api_(api), previous_config_(global_config(api)), previous_(current_log) {
  current_log = this;
  static_cast<void>(api_.register_log_callback([](const char* text) { write_to_current_log(text); }));
  static_cast<void>(api_.set_global_config(R"({"verbosity":1})"));
}

LibraryLog::~LibraryLog() {
  current_log = previous_;
  restore(api_, previous_config_);
}

std::vector<std::string> LibraryLog::take() {
  return std::exchange(messages_, {});
}

QuietLibrary::QuietLibrary(const XgboostApi& api) : api_(api), previous_config_(global_config(api)) {
  static_cast<void>(api_.set_global_config(R"({"verbosity":0})"));
}

QuietLibrary::~QuietLibrary() {
  restore(api_, previous_config_);
}

std::string unused_parameters(const std::string& message) {
  // 'Parameters: { "foo", "bar" } are not used.'
  const auto open = message.find('{');
  const auto close = message.find('}');
  if (message.find("not used") == std::string::npos || open == std::string::npos || close == std::string::npos || close < open)
    return {};
  std::string names;
  for (const char c : base::trim(std::string_view(message).substr(open + 1, close - open - 1))) {
    if (c != '"') names += c;
  }
  return names;
}

}  // namespace retrain::train
