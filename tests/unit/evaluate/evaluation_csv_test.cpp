#include <retrain/evaluation_csv.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "evaluate/number_cell.hpp"
#include "support/temporary_folder.hpp"

namespace retrain {
namespace {

using Values = std::vector<double>;
using Names = std::vector<std::string>;

Result<Evaluation> read(const std::string& text, const EvaluationColumns& columns = {}) {
  test::TemporaryFolder folder;
  return read_evaluation_csv(folder.write("file.csv", text), columns);
}

std::string refusal(const std::string& text, const EvaluationColumns& columns = {}) {
  const auto evaluation = read(text, columns);
  REQUIRE_FALSE(evaluation.ok());
  return evaluation.status().message();
}

TEST_CASE("cells are read as strtod reads them, to the last bit, and beyond the range to infinity or zero") {
  using evaluate::read_number_cell;
  constexpr double infinity = std::numeric_limits<double>::infinity();

  CHECK(read_number_cell("0.1") == 0.1);
  CHECK(read_number_cell(" +1.5e3 ") == 1500);
  CHECK(read_number_cell("-2") == -2);
  CHECK(read_number_cell("5e-324") == 5e-324);
  CHECK(read_number_cell("1e400") == infinity);
  CHECK(read_number_cell("-1e400") == -infinity);
  CHECK(read_number_cell("1e-400") == 0);
  CHECK(read_number_cell("1" + std::string(400, '0')) == infinity);
  CHECK(read_number_cell("0." + std::string(400, '0') + "1") == 0);
  CHECK(read_number_cell("-0." + std::string(400, '0') + "1e99999999999999999999") == -infinity);
  CHECK(read_number_cell("inf") == infinity);
  CHECK(read_number_cell("-Infinity") == -infinity);
  CHECK(read_number_cell("0x1.8p1") == 3);
  for (const char* missing : {"", "NA", "nan", "NaN", "-nan", "  "}) CHECK(std::isnan(*read_number_cell(missing)));
  for (const char* wrong : {"x", "1,5", "1.5x", "--1", "+-1", "1e", "e5", "0x", "na", "1 2"}) {
    CAPTURE(wrong);
    CHECK_FALSE(read_number_cell(wrong).has_value());
  }
}

TEST_CASE("columns are found by name, sessions stand as they first appear, rows are known by their line") {
  const auto evaluation = *read(
      "wet,production,session,candidate,actual,driver,note\n"
      "yes,3,b,2,1,HAM,x\n,4,a,5,NA,VER,\nno,1,b,,0,HAM,\n",
      {.second_cluster = "driver", .segments = {"wet"}, .recent_sessions = 1});

  CHECK(evaluation.task == Task::regression);
  CHECK(evaluation.loss == "absolute_error");
  CHECK(evaluation.sessions == Names{"b", "a"});
  CHECK(evaluation.session_of_row == std::vector<std::uint32_t>{0, 1, 0});
  CHECK(evaluation.row_number == std::vector<std::int64_t>{2, 3, 4});
  CHECK(evaluation.production == Values{3, 4, 1});
  CHECK(std::isnan(evaluation.actual[1]));
  CHECK(std::isnan(evaluation.candidate[2]));
  CHECK(evaluation.recent == Names{"a"});
  CHECK(evaluation.segments[0].codes == std::vector<std::int32_t>{0, -1, 1});
  CHECK(evaluation.segments[0].dictionary == Names{"yes", "no"});
  CHECK(evaluation.second_cluster.dictionary == Names{"HAM", "VER"});
}

TEST_CASE("quotes, commas and line breaks inside them read as the same rows") {
  const auto evaluation =
      *read("actual,\"candidate\",production,session\r\n1,\"2\",3,\"Monza, \"\"wet\"\"\r\nsprint\"\r\n4,5,6,b\r\n");

  CHECK(evaluation.sessions == Names{"Monza, \"wet\"\r\nsprint", "b"});
  CHECK(evaluation.candidate == Values{2, 5});
  CHECK(evaluation.row_number == std::vector<std::int64_t>{2, 4});
}

TEST_CASE("the task follows from the loss and the columns") {
  CHECK(read("actual,candidate,production\n1,0.5,0.4\n", {.loss = "brier"})->task == Task::binary);
  CHECK(read("actual,candidate,production\n1,0,1\n", {.loss = "zero_one"})->task == Task::binary);
  CHECK(read("actual,candidate,production\n3,2,3\n", {.loss = "zero_one"})->task == Task::multiclass);
  CHECK(read("actual,candidate,production\n3,2,3\n", {.loss = "pinball(0.2)"})->task == Task::regression);
  const auto several = *read("actual,candidate_0,candidate_1,production_1,production_0\n1,0.2,0.8,0.6,0.4\n");
  CHECK(several.task == Task::multiclass);
  CHECK(several.loss == "log_loss");
  CHECK(several.candidate == Values{0.2, 0.8});
  CHECK(several.production == Values{0.4, 0.6});
}

TEST_CASE("losses in the file are taken as they are, labels only say which rows count") {
  const auto plain = *read("loss_candidate,loss_production,loss_anchor\n-1,2,0\n");
  const auto labelled = *read("loss_candidate,loss_production,actual\n-1,2,\n");
  const std::string both = "actual,candidate,production,loss_candidate,loss_production\n1,2,3,4,5\n";

  CHECK(plain.loss == "given");
  CHECK(plain.actual == Values{0});
  CHECK(plain.candidate == Values{-1});
  CHECK(plain.anchor == Values{0});
  CHECK(plain.sessions == Names{"line 2"});
  CHECK(std::isnan(labelled.actual[0]));
  CHECK(read(both)->loss == "given");
  CHECK(read(both, {.loss = "squared_error"})->candidate == Values{2});
}

TEST_CASE("what does not fit is refused by line and column") {
  CHECK(refusal("actual,candidate,production\n1,2\n").ends_with("line 2: 2 fields, but the header has 3"));
  CHECK(refusal("actual,candidate,production\n1,2,3\n\n1,2,3,4\n").ends_with("line 4: 4 fields, but the header has 3"));
  CHECK(refusal("actual,candidate,production\n1,2,3\n1,\"2\",\"x\"\n").ends_with("line 3: column production is 'x', no number"));
  CHECK(refusal("actual,candidate,production,session\n1,2,3,\n").ends_with("line 2: column session is empty"));
  CHECK(refusal("actual,candidate\n1,2\n").ends_with("there is no column production; the columns are actual, candidate"));
  CHECK(refusal("actual,candidate,production,candidate\n").ends_with("two columns are named candidate"));
  CHECK(refusal("actual,candidate,production\n", {.session = "race"}).find("no column race") != std::string::npos);
  CHECK(refusal("actual,candidate,production\n", {.session_required = true}).find("no column session") != std::string::npos);
  CHECK(refusal("actual,candidate,production\n", {.loss = "hinge"}).find("hinge") != std::string::npos);
  CHECK(refusal("actual,candidate_0,candidate_1,production_0,production_1,production_2\n").find("3 of another model") !=
        std::string::npos);
  CHECK(refusal("actual,candidate,production\n1,\"2,3\n").find("quote is opened") != std::string::npos);
  CHECK(refusal("").find("there is no header") != std::string::npos);
  CHECK(read_evaluation_csv("/no/such/file.csv", {}).status().code() == StatusCode::not_found);
}

}  // namespace
}  // namespace retrain
