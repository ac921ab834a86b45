// Console: what the program says. Results go to stdout, everything else to stderr; a progress bar only to a terminal.
#pragma once

#include <retrain/observer.hpp>
#include <set>
#include <string>
#include <string_view>

namespace retrain::cli {

/// Ctrl-C and SIGTERM ask the running call to stop; the second one ends the program at once.
void install_stop_handlers();
bool stop_requested();

enum class Tone { plain, good, bad, warning, faint, accent };

class Console final : public Observer {
 public:
  Console();
  ~Console() override;

  /// A line of the result.
  void print(std::string_view line);
  /// A whole text that ends its lines itself.
  void print_text(std::string_view text);
  /// A line of talk.
  void say(std::string_view line);
  /// "retrain: <message>" on stderr.
  void error(std::string_view message);
  /// `text` in colour when stdout (or, for talk, stderr) is a terminal and NO_COLOR is not set.
  std::string coloured(std::string_view text, Tone tone, bool talk = false) const;
  /// Whether the results are for a program: then talk that would be a result in text form goes to stderr.
  void set_json(bool json) { json_ = json; }
  bool json() const { return json_; }
  /// Only progress of this step is drawn; empty = of any.
  void follow(std::string step) { followed_ = std::move(step); }
  /// Steps that are under way are said ("train", "gate", …), not only warnings.
  void set_quiet(bool quiet) { quiet_ = quiet; }

  /// Whether `message` was said as a warning already.
  bool has_warned(const std::string& message) const { return warnings_.contains(message); }

  void log(const LogRecord& record) override;
  void progress(const Progress& progress) override;
  bool keep_going() override;
  /// Whether part of the result could not be written, as on a full disk.
  bool lost_output() const;
  /// Takes the bar away for good.
  void clear_progress();

 private:
  void write_line(bool to_stdout, std::string_view line);
  void erase_bar();
  void draw_bar();

  bool stdout_is_terminal_, stderr_is_terminal_, colours_;
  bool json_ = false, quiet_ = false, bar_shown_ = false;
  std::set<std::string> warnings_;
  std::string followed_, bar_, drawn_;
};

}  // namespace retrain::cli
