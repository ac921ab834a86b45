// judge: a verdict from a file, without configuration and state.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>

#include "cli/workplace.hpp"

using namespace retrain::test;

namespace {

/// Twelve races of five laps; the candidate's error is `factor` of production's, give or take what differs by race.
std::string laps(double factor, const std::string& line_end = "\n") {
  std::string text = "session,actual,candidate,production,wet" + line_end;
  for (int race = 0; race < 12; ++race) {
    for (int lap = 0; lap < 5; ++lap) {
      const double actual = 90 + 0.5 * lap, error = 1 + 0.1 * lap + 0.01 * (race * 7 % 5);
      char line[160];
      std::snprintf(line, sizeof line, "race_%d,%.17g,%.17g,%.17g,%s", race, actual,
                    actual + factor * error + 0.004 * (race * 5 % 7 - 3), actual + error, race % 3 == 0 ? "yes" : "no");
      text += line + line_end;
    }
  }
  return text;
}

class Folder {
 public:
  explicit Folder(const std::string& content) { folder.write("laps.csv", content); }

  ProcessResult judge(std::vector<std::string> options) const {
    std::vector<std::string> call = {RETRAIN_PROGRAM, "judge", "laps.csv"};
    call.insert(call.end(), options.begin(), options.end());
    return run_process(call, {folder.path(), {}, ""});
  }
  nlohmann::json json(std::vector<std::string> options = {}) const {
    options.push_back("--json");
    return nlohmann::json::parse(judge(std::move(options)).out);
  }

  TemporaryFolder folder;
};

}  // namespace

TEST_CASE("judge accepts a better candidate with exit code 0 and needs neither configuration nor state") {
  const Folder folder(laps(0.5));

  const auto result = folder.judge({"--loss", "absolute_error", "--session", "session", "--segments", "wet"});

  CHECK_MESSAGE(result.exit_code == 0, result.err);
  CHECK(result.out.rfind("accepted: 50 % better, p = ", 0) == 0);
  CHECK(has(result.out, "segment wet=no"));
  CHECK_FALSE(std::filesystem::exists(folder.folder / ".retrain"));
}

TEST_CASE("judge finds its file behind a list of columns or sessions too") {
  const Folder folder(laps(0.5));

  const auto segments = run_process({RETRAIN_PROGRAM, "judge", "--segments", "wet", "laps.csv"}, {folder.folder.path(), {}, ""});
  const auto selected =
      run_process({RETRAIN_PROGRAM, "judge", "--selected-on", "race_20,race_21", "laps.csv"}, {folder.folder.path(), {}, ""});

  CHECK_MESSAGE(segments.exit_code == 0, segments.err);
  CHECK_MESSAGE(selected.exit_code == 0, selected.err);
}

TEST_CASE("judge says no in words, with what these sessions could have shown, and exit code 5") {
  const Folder folder(laps(0.996));

  const auto result = folder.judge({});
  const std::string first = result.out.substr(0, result.out.find('\n'));

  CHECK(result.exit_code == 5);
  CHECK_MESSAGE(has(first, "rejected: 0.4 % better, less than the 1 % asked; p = "), first);
  CHECK_MESSAGE(has(first, " over 12 sessions; with these sessions only a change of "), first);
  CHECK_MESSAGE(has(first, " sessions would show this one"), first);
}

TEST_CASE("judge's document has every number, and they read back to the same double") {
  const Folder folder(laps(0.7));

  const auto document = folder.json();

  for (const char* field : {"verdict", "reason", "rows", "clusters", "mean_difference", "standard_error", "t", "df", "p_less",
                            "p_greater", "p_two_sided", "log10_p_two_sided", "interval", "upper_95_one_sided",
                            "relative_improvement", "smallest_detectable_effect", "sessions_needed", "flags", "guardrails"}) {
    CAPTURE(field);
    CHECK(document.contains(field));
    CHECK_FALSE(document[field].is_null());
  }
  CHECK(document["verdict"] == "pass");
  CHECK(document["rows"] == 60);
  CHECK(document["clusters"] == 12);
  CHECK(document["interval"].size() == 2);
  CHECK(document["t"].get<double>() == document["mean_difference"].get<double>() / document["standard_error"].get<double>());
  const std::string printed = document["mean_difference"].dump();
  CHECK(std::strtod(printed.c_str(), nullptr) == document["mean_difference"].get<double>());
}

TEST_CASE("judge takes losses as they are, negative and huge ones too") {
  std::string text = "loss_production,session,loss_candidate\n", huge = text;
  for (int race = 0; race < 8; ++race) {
    for (int lap = 0; lap < 3; ++lap) {
      const std::string digits = std::to_string(10 + (race * 3 + lap) % 5);
      text += "-1." + digits + ",r" + std::to_string(race) + ",-2." + digits + "\n";
      huge += "1.2" + digits + "e308,r" + std::to_string(race) + ",-1." + digits + "e308\n";
    }
  }

  const auto negative = Folder(text).json({"--loss", "absolute_error"});
  const auto extreme = Folder(huge).json();

  CHECK(negative["verdict"] == "pass");
  CHECK(negative["mean_difference"].get<double>() == doctest::Approx(-1));
  CHECK(negative["relative_improvement"].get<double>() == doctest::Approx(1 / 1.12).epsilon(0.01));
  CHECK(negative["candidate_rmse"].is_null());
  CHECK(extreme["verdict"] == "pass");
  CHECK(extreme["p_less"].get<double>() < 1e-6);
}

TEST_CASE("judge reads files with CRLF, a byte order mark, quotes, further columns and blank lines alike") {
  const auto expected = Folder(laps(0.7)).json();
  std::string quoted = laps(0.7);
  for (auto at = quoted.find("race_"); at != std::string::npos; at = quoted.find("race_", at + 2)) {
    quoted.insert(at, "\"");
    quoted.insert(quoted.find(',', at), "\"");
  }

  CHECK(Folder("\xEF\xBB\xBF" + laps(0.7, "\r\n")).json() == expected);
  CHECK(Folder(quoted + "\n").json() == expected);
  CHECK(Folder(laps(0.7).substr(0, laps(0.7).size() - 1)).json() == expected);
}

TEST_CASE("judge without sessions takes rows as independent and says so, unless sessions were asked for") {
  std::string text = laps(0.7);
  text.replace(0, 7, "race   ");
  const Folder folder(text);

  const auto rows = folder.json();
  const auto asked = folder.judge({"--session", "session"});

  CHECK(rows["clusters"] == 60);
  CHECK(std::count(rows["flags"].begin(), rows["flags"].end(), "assumes_independent_rows") == 1);
  CHECK(rows["t"] == folder.json({"--session", "race", "--test", "paired_t"})["t"]);
  CHECK(asked.exit_code == 2);
  CHECK(has(asked.err, "there is no column session; the columns are race, actual, candidate, production, wet"));
}

TEST_CASE("judge refuses a candidate that was chosen on the sessions that judge it, naming both keys") {
  const Folder folder(laps(0.7));

  const auto result = folder.judge({"--selected-on", "race_90,race_3"});

  CHECK(result.exit_code == 2);
  CHECK(has(result.err, "selection and gate rows overlap: selection session race_3 (2 of 2) is gate session race_3 (4 of 12)"));
}

TEST_CASE("judge tells what it cannot read: exit code 4 for cells, 2 for columns and options") {
  std::string broken = laps(0.7);
  broken.replace(broken.find("\nrace_1,") + 8, 2, "x9");

  const auto cell = Folder(broken).judge({});
  const auto width = Folder(laps(0.7) + "race_1,90\n").judge({});
  const auto twice = Folder("session,actual,candidate,production,actual\n").judge({});
  const auto lacking = Folder("session,actual,candidate\n").judge({});
  const auto unlabelled = Folder(laps(0.7) + "race_1,NA,90,90,no\n").judge({});

  CHECK(cell.exit_code == 4);
  CHECK(has(cell.err, "laps.csv: line 7: column actual is 'x9', no number"));
  CHECK(width.exit_code == 4);
  CHECK(has(width.err, "line 62: 2 fields, but the header has 5"));
  CHECK(twice.exit_code == 2);
  CHECK(has(twice.err, "two columns are named actual"));
  CHECK(lacking.exit_code == 2);
  CHECK(has(lacking.err, "no column production"));
  CHECK(unlabelled.exit_code == 4);
  CHECK(has(unlabelled.out, "1 of 61 rows"));
  for (const std::vector<std::string>& options : {std::vector<std::string>{"--test", "z_test"},
                                                  {"--improvement", "-1"},
                                                  {"--level", "0.7"},
                                                  {"--min-clusters", "1"},
                                                  {"--horizon", "0"},
                                                  {"--loss", "hinge"},
                                                  {"--loss", "pinball(1)"},
                                                  {"--recent", "x"},
                                                  {"--test", "two_way"},
                                                  {"--improvement-mode", "sideways"}}) {
    const auto result = Folder(laps(0.7)).judge(options);
    CAPTURE(options.front());
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  }
  CHECK(Folder("").judge({"--json"}).exit_code == 4);
  CHECK(Folder("session,actual,candidate,production\n").json()["reason"] == "no_labelled_rows");
}

TEST_CASE("judge names a missing candidate prediction as the candidate's fault") {
  const Folder folder(laps(0.5) + "race_1,90,,91,no\n");

  const auto result = folder.judge({});

  CHECK(result.exit_code == 5);
  CHECK(has(result.out, "the candidate's prediction is not finite in 1 row, first race_1 row 62"));
}

TEST_CASE("judge runs every test by name, and ranks never promote") {
  const Folder folder(laps(0.5));
  for (const char* test : {"cluster_t", "paired_t", "cluster_means_t", "cr0", "cr1", "cr3", "two_way", "ewc", "dm_hln",
                           "sign_flip", "cluster_bootstrap", "nadeau_bengio", "wilcoxon", "sign"}) {
    const auto document = folder.json({"--test", test, "--second-cluster", "wet"});

    CAPTURE(test);
    CHECK(document["test"] == test);
    CHECK(document["mean_difference"].get<double>() < -0.5);
    CHECK(document["p_less"].get<double>() < 0.2);
    const bool ranks = std::string(test) == "wilcoxon" || std::string(test) == "sign";
    if (ranks) CHECK(document["reason"] == "diagnostic_test");
  }
}
