#include "key_builder.hpp"

namespace retrain::config {

std::vector<Key> model_and_data_keys() {
  using M = ModelSettings;
  using D = DataSettings;
  const auto m = &C::model;
  const auto d = &C::data;
  return {
      required(key("model.name", at(m, &M::name), identifier(), "names the model in the state, in paths and in reports")),
      key("model.task", at(m, &M::task), enumeration<Task>({Task::regression, Task::binary, Task::multiclass}),
          "what is predicted"),
      required(key("model.target", at(m, &M::target), text(), "column that is predicted")),
      key("model.features.numeric", at(m, &M::numeric), list_of(text()),
          "numeric feature columns; one feature of either sort is required"),
      key("model.features.categorical", at(m, &M::categorical), list_of(text()), "feature columns whose values are categories"),

      key("state.directory", at(&C::state, &StateSettings::directory), text(), "folder of everything that is stored"),

      key("data.directory", at(d, &D::directory), text(), "folder of the session files"),
      key("data.pattern", at(d, &D::pattern), file_pattern(), "names of the session files in it, with * and ?"),
      key("data.session", at(d, &D::session_column), session_rule(),
          "what a session is: a file, or the rows that share a value of a column"),
      key("data.time.column", at(d, &D::time_column), text_or_null(),
          "column with the time of a row; null: sessions are ordered by name and known at once"),
      key("data.time.zone", at(d, &D::time_zone), zone(), "IANA zone of times without an offset; a date alone means its end"),
      key("data.columns", at(d, &D::columns), column_rules(),
          "what the columns hold: type float (the default), integer, text or date, inclusive min and max, largest missing "
          "share, the only allowed values"),
      key("data.unique", at(d, &D::unique), list_of(text()), "columns that together name a row of a session once"),
      key("data.rising", at(d, &D::rising), rising_rules(),
          "columns that strictly rise within the rows of a session that agree in the listed columns"),
      key("data.sum_equals", at(d, &D::sum_equals), sum_rules(),
          "columns that add up to another in every row, give or take a tolerance (0.001)"),
      key("data.where", at(d, &D::where), row_conditions(),
          "rows to use: those for which every condition holds; numbers are compared by value"),
      key("data.required_columns", at(d, &D::required_columns), list_of(text()),
          "columns that must be there although nothing else names them"),
      key("data.exact_header", at(d, &D::exact_header), flag(),
          "whether the header may hold no column but those that model and data name, in any order"),
      key("data.min_rows", at(d, &D::min_rows), whole<std::int64_t>(0, most_rows), "fewest rows of a valid session"),
      key("data.valid_share", at(d, &D::valid_share), number(share),
          "share of the sessions that must be valid; within it invalid ones are set aside, beyond it the data is broken"),
      key("data.expected_sessions", at(d, &D::expected_sessions), text_or_null(),
          "file with one session id a line: the sessions that must be there"),
      key("data.expected.every", at(d, &D::expected, &ExpectedRule::every), or_null(positive_duration()),
          "one session is expected each such time, counted from the first; null: no such rule"),
      key("data.expected.grace", at(d, &D::expected, &ExpectedRule::grace), duration(), "how late or early one of them may be"),
      key("data.settle", at(d, &D::settle), duration(), "a file that changed less than this ago may still grow: a run waits"),
      key("data.max_age", at(d, &D::max_age), or_null(positive_duration()),
          "age of the newest session above which a run waits; null: any"),
      key("data.min_label_share", at(d, &D::min_label_share), number(share),
          "share of a session's rows, those that pass data.where, that must have a target; with fewer a run waits"),
      key("data.dvc.mode", at(d, &D::dvc, &DvcSettings::mode),
          enumeration<DvcMode>({DvcMode::off, DvcMode::native, DvcMode::cli, DvcMode::both}),
          "who compares the data with what DVC recorded: nobody, retrain itself, the dvc program, or both, which must agree"),
      key("data.dvc.path", at(d, &D::dvc, &DvcSettings::path), text_or_null(),
          "a .dvc file, dvc.lock, or a folder of them; null: found from data.directory upwards"),
      key("data.dvc.program", at(d, &D::dvc, &DvcSettings::program), text(), "the dvc program: a name in PATH, or a path"),
      key("data.dvc.timeout", at(d, &D::dvc, &DvcSettings::timeout), positive_duration(), "time that one call of it may take"),
      key("data.delimiter", at(d, &D::delimiter), delimiter(), "what separates fields; it is never guessed"),
      key("data.missing_values", at(d, &D::missing_values), list_of(cell()),
          "what a cell of a number or date may hold instead; a text is missing when it is empty"),
      key("data.allow_embedded_newlines", at(d, &D::allow_embedded_newlines), flag(), "whether quoted cells may hold line ends"),
  };
}

}  // namespace retrain::config
