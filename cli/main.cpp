// The `retrain` program: reads the command line, runs one verb, answers with its exit code.
#include <CLI/CLI.hpp>

#include "invocation.hpp"

namespace {

using namespace retrain;
using namespace retrain::cli;

void add_global_options(CLI::App& app, GlobalOptions& options) {
  app.add_option("--config", options.config, "configuration file (default: retrain.yaml, else config/retraining.yaml)")
      ->type_name("FILE");
  app.add_flag("--json", options.json, "the result as one JSON document on stdout");
  app.add_option("--state", options.state, "state directory, instead of the configured one")->type_name("DIR");
  app.add_option("--set", options.set, "a setting that goes before the file; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_option("--actor", options.actor, "who asks (default: your login name)")->type_name("NAME");
}

constexpr auto verbs = {add_init_verb,     add_doctor_verbs, add_config_verbs,  add_alert_verbs,  add_run_verbs,
                        add_report_verbs,  add_models_verb,  add_control_verbs, add_silence_verb, add_queue_verb,
                        add_backtest_verb, add_judge_verb,   add_check_verb,    add_outbox_verb};

/// The help of the verb that was given, under its full name.
std::string help_of(CLI::App& app) {
  const CLI::App* verb = &app;
  std::string path;
  for (auto given = app.get_subcommands(); !given.empty(); given = given.front()->get_subcommands()) {
    path += (path.empty() ? "" : " ") + verb->get_name();
    verb = given.front();
  }
  if (verb == &app) return app.help();
  return verb->help(path) + "\nThe global options of `retrain --help` may stand here too.\n";
}

/// What CLI11 found wrong, as our one line.
int usage_error(Invocation& invocation, const CLI::ParseError& error) {
  std::string message = error.what();
  message = message.substr(0, message.find('\n'));
  invocation.console.error(message + " (see `retrain --help`)");
  return exit_usage;
}

int run_verb(Invocation& invocation, const Action& action) {
  invocation.console.set_json(invocation.options.json);
  install_stop_handlers();
  const Result<int> done = action(invocation);
  if (done && invocation.console.lost_output()) {
    invocation.console.error("cannot write the result to stdout");
    return exit_failed;
  }
  if (done) return *done;
  invocation.console.error(done.status().message());
  return exit_code(done.status().code());
}

int run(int argc, char** argv) {
  Invocation invocation;
  Action chosen;
  CLI::App app{
      "Keeps a machine-learning model in production healthy: drift alert, retraining, gate, deployment, verification, rollback.",
      "retrain"};
  app.fallthrough();
  app.require_subcommand(0, 1);
  app.set_help_flag("-h,--help", "print this help");
  add_global_options(app, invocation.options);
  for (const auto add_verbs : verbs) add_verbs(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    invocation.console.print_text(help_of(app));
    return exit_done;
  } catch (const CLI::ParseError& error) {
    return usage_error(invocation, error);
  }
  if (!chosen) {
    invocation.console.say(app.help());
    return exit_usage;
  }
  return run_verb(invocation, chosen);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    Console().error(error.what());
    return exit_failed;
  }
}
