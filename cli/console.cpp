#include "console.hpp"

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "table.hpp"

namespace retrain::cli {
namespace {

volatile sig_atomic_t stopping = 0;

extern "C" void on_stop_signal(int) {
  stopping = 1;
}

std::size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

const char* code_of(Tone tone) {
  switch (tone) {
    case Tone::good: return "\x1b[32m";
    case Tone::bad: return "\x1b[31m";
    case Tone::warning: return "\x1b[33m";
    case Tone::faint: return "\x1b[2m";
    case Tone::accent: return "\x1b[36m";
    case Tone::plain: break;
  }
  return "";
}

/// Length of a colour code at the start of `text`, 0 when there is none.
std::size_t colour_code_length(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const auto end = text.find_first_not_of("0123456789;", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

/// Names of files and values may hold anything; nothing but our own colours may steer the terminal.
std::string harmless(std::string_view text, bool keep_lines) {
  std::string out;
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.front());
    std::size_t length = 1;
    if (const std::size_t code = colour_code_length(text); code > 0) {
      out += text.substr(0, code);
      length = code;
    } else if ((byte < 0x20 && !(keep_lines && (byte == '\n' || byte == '\t'))) || byte == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned>(byte));
      out += escape;
    } else {
      out += text.front();
    }
    text.remove_prefix(length);
  }
  return out;
}

std::string one_line(std::string_view text) {
  return harmless(text, false);
}

}  // namespace

void install_stop_handlers() {
  struct sigaction action{};
  action.sa_handler = on_stop_signal;
  // The default comes back with the first signal, so that the second ends a call that does not listen.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
}

bool stop_requested() {
  return stopping != 0;
}

Console::Console() : stdout_is_terminal_(::isatty(STDOUT_FILENO) == 1), stderr_is_terminal_(::isatty(STDERR_FILENO) == 1) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  colours_ = (no_color == nullptr || *no_color == '\0') && terminal != nullptr && std::string_view(terminal) != "dumb";
}

Console::~Console() {
  clear_progress();
}

void Console::write_line(bool to_stdout, std::string_view line) {
  erase_bar();
  std::FILE* stream = to_stdout ? stdout : stderr;
  const std::string text = harmless(line, true) + "\n";
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
  draw_bar();
}

void Console::print(std::string_view line) {
  write_line(true, line);
}

void Console::print_text(std::string_view text) {
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  write_line(true, text);
}

void Console::say(std::string_view line) {
  write_line(false, line);
}

void Console::error(std::string_view message) {
  clear_progress();
  say(coloured("retrain:", Tone::bad, true) + " " + one_line(message));
}

std::string Console::coloured(std::string_view text, Tone tone, bool talk) const {
  const bool terminal = talk ? stderr_is_terminal_ : stdout_is_terminal_;
  if (!terminal || !colours_ || tone == Tone::plain) return std::string(text);
  return code_of(tone) + std::string(text) + "\x1b[0m";
}

void Console::log(const LogRecord& record) {
  switch (record.level) {
    case LogLevel::debug: return;
    case LogLevel::info:
      if (!quiet_) say(coloured(one_line(record.message), Tone::faint, true));
      return;
    case LogLevel::warning:
      warnings_.insert(record.message);
      return say(coloured("warning:", Tone::warning, true) + " " + one_line(record.message));
    case LogLevel::error: return say(coloured("error:", Tone::bad, true) + " " + one_line(record.message));
  }
}

void Console::progress(const Progress& progress) {
  if (!stderr_is_terminal_ || (!followed_.empty() && progress.step != followed_)) return;
  const double share = progress.total > 0 ? std::clamp(progress.done / progress.total, 0.0, 1.0) : 0;
  bar_ = progress.step;
  if (progress.total > 0) {
    constexpr std::size_t width = 28;
    const auto full = static_cast<std::size_t>(share * static_cast<double>(width));
    std::string cells;
    for (std::size_t i = 0; i < width; ++i) cells += i < full ? "\u2501" : (i == full ? "\u2578" : "\u2500");
    char percent[8];
    std::snprintf(percent, sizeof percent, "%3d %%", static_cast<int>(share * 100));
    bar_ += " " + cells + " " + percent;
  }
  bar_ += "  " + one_line(progress.detail);
  bar_ = clipped(bar_, terminal_width() - 1);
  draw_bar();
}

bool Console::keep_going() {
  return !stop_requested();
}

void Console::erase_bar() {
  if (!bar_shown_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  bar_shown_ = false;
  drawn_.clear();
}

void Console::draw_bar() {
  if (bar_.empty() || bar_ == drawn_) return;
  std::fputs(("\r" + bar_ + "\x1b[K").c_str(), stderr);
  std::fflush(stderr);
  bar_shown_ = true;
  drawn_ = bar_;
}

bool Console::lost_output() const {
  return std::ferror(stdout) != 0;
}

void Console::clear_progress() {
  bar_.clear();
  erase_bar();
}

}  // namespace retrain::cli
