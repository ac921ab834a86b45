#include "synthetic_sessions.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <thread>

using namespace retrain;
using namespace retrain::test;

namespace {

std::shared_ptr<const Model> any_model(const std::string& library = "libxgboost.so.0") {
  return train_model(*make_trainer(training_settings(library)), train_request(make_sessions(1, 4)));
}

StatusCode load_code(const ModelArtifact& artifact, const std::string& library = "libxgboost.so.0") {
  return make_trainer(training_settings(library))->load(artifact).status().code();
}

/// The features of a frame as the model's own codes, `stride` floats apart.
std::vector<float> rows_of(const Frame& frame, const ModelDescription& description, std::size_t stride) {
  std::vector<float> rows(frame.rows * stride, -99.0F);
  const auto& known = description.categorical[0].values;
  for (std::size_t row = 0; row < frame.rows; ++row) {
    rows[row * stride] = frame.numeric[0].values[row];
    rows[row * stride + 1] = frame.numeric[1].values[row];
    const std::int32_t code = frame.categorical[0].codes[row];
    const auto found =
        code < 0 ? known.end()
                 : std::find(known.begin(), known.end(), frame.categorical[0].dictionary[static_cast<std::size_t>(code)]);
    rows[row * stride + 2] =
        found == known.end() ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(found - known.begin());
  }
  return rows;
}

/// Predicts through Model's own predict_rows.
class Wrapped final : public Model {
 public:
  explicit Wrapped(std::shared_ptr<const Model> inner) : inner_(std::move(inner)) {}
  Result<std::vector<double>> predict(const Frame& frame) const override { return inner_->predict(frame); }
  Result<ModelArtifact> save() const override { return inner_->save(); }
  const ModelDescription& description() const override { return inner_->description(); }

 private:
  std::shared_ptr<const Model> inner_;
};

}  // namespace

TEST_CASE("a saved model loads to the same predictions and bytes, and its golden rows hold") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const auto model = any_model(library);
    const auto frame = make_session("later", 77);

    const auto loaded = make_trainer(training_settings(library))->load(model->save().value()).value();

    CHECK(loaded->predict(*frame).value() == model->predict(*frame).value());
    CHECK(bytes_of(*loaded) == bytes_of(*model));
    CHECK(check_golden_rows(*loaded).ok());
    const std::size_t golden = loaded->description().golden_rows.size();
    CHECK(golden > 16);
    CHECK(golden <= 32);
  }
}

TEST_CASE("a golden row that is predicted otherwise by one bit is corrupt, and named") {
  ModelArtifact artifact = any_model()->save().value();
  double& expected = artifact.description.golden_rows[4].expected[0];
  expected = std::bit_cast<double>(std::bit_cast<std::uint64_t>(expected) ^ 1U);

  const Status status = check_golden_rows(*make_trainer(training_settings("libxgboost.so.0"))->load(artifact).value());

  CHECK(status.code() == StatusCode::corrupt);
  CHECK(status.message().starts_with("golden row 5 is predicted as "));
  artifact.description.golden_rows[4].expected.clear();
  CHECK(check_golden_rows(*make_trainer(training_settings("libxgboost.so.0"))->load(artifact).value()).message() ==
        "golden row 5 does not have the model's columns");
}

TEST_CASE("rows in the caller's memory, dense or strided, are predicted as their frame is") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const auto model = any_model(library);
    const Wrapped wrapped(model);
    const auto frame = make_session("later", 77);
    const auto expected = model->predict(*frame).value();
    for (const std::size_t stride : {std::size_t{3}, std::size_t{8}}) {
      CAPTURE(stride);
      const auto rows = rows_of(*frame, model->description(), stride);
      std::vector<double> own(frame->rows), by_default(frame->rows);

      CHECK(model->predict_rows({rows.data(), frame->rows, 3, stride}, own).ok());
      CHECK(wrapped.predict_rows({rows.data(), frame->rows, 3, stride}, by_default).ok());

      CHECK(own == expected);
      CHECK(by_default == expected);
    }
  }
}

TEST_CASE("a code that is no category of the model's dictionary counts as missing") {
  for (const std::string& library : xgboost_libraries()) {
    const auto model = any_model(library);
    const float missing = std::numeric_limits<float>::quiet_NaN();
    for (const float code : {30.0F, 1e9F, -1.0F, 2.5F, std::numeric_limits<float>::infinity()}) {
      CAPTURE(library);
      CAPTURE(code);
      const std::vector<float> rows = {0.5F, 12, code, 0.5F, 12, missing};
      std::vector<double> own(2), by_default(2);

      CHECK(model->predict_rows({rows.data(), 2, 3, 3}, own).ok());
      CHECK(Wrapped(model).predict_rows({rows.data(), 2, 3, 3}, by_default).ok());

      CHECK(own[0] == own[1]);
      CHECK(by_default == own);
    }
  }
}

TEST_CASE("rows of another width and buffers of another size are refused") {
  const auto model = any_model();
  const std::vector<float> rows(12);
  std::vector<double> out(3);
  for (const Model* each : {model.get(), static_cast<const Model*>(new Wrapped(model))}) {
    CHECK(each->predict_rows({rows.data(), 3, 4, 4}, out).code() == StatusCode::invalid_argument);
    CHECK(each->predict_rows({rows.data(), 4, 3, 3}, out).code() == StatusCode::invalid_argument);
    CHECK(each->predict_rows({rows.data(), 3, 3, 2}, out).code() == StatusCode::invalid_argument);
    CHECK(each->predict_rows({nullptr, 3, 3, 3}, out).code() == StatusCode::invalid_argument);
    CHECK(each->predict_rows({nullptr, 0, 3, 3}, {}).ok());
    if (each != model.get()) delete each;
  }
}

TEST_CASE("columns are found by name, whatever their order, the other columns, or the order of the frame's dictionary") {
  const auto model = any_model();
  const auto frame = make_session("later", 77);
  Frame turned = *frame;
  std::swap(turned.numeric[0], turned.numeric[1]);
  turned.numeric.push_back(numeric_column("weight", std::vector<float>(frame->rows, 1)));
  std::vector<std::string> reversed(frame->categorical[0].dictionary.rbegin(), frame->categorical[0].dictionary.rend());
  std::vector<std::int32_t> codes;
  for (const std::int32_t code : frame->categorical[0].codes) codes.push_back(code < 0 ? -1 : 29 - code);
  turned.categorical = {category_column("colour", codes, reversed), category_column("place", codes, reversed)};

  CHECK(model->predict(turned).value() == model->predict(*frame).value());

  turned.numeric.erase(turned.numeric.begin());
  CHECK(model->predict(turned).status().message() == "session later has no numeric column hour");
  turned = *frame;
  turned.categorical.clear();
  CHECK(model->predict(turned).status().code() == StatusCode::invalid_argument);
  CHECK(model->predict(turned).status().message() == "session later has no category column place");
  turned.categorical = {category_column("place", std::vector<std::int32_t>(frame->rows, 5), {"c00"})};
  CHECK(model->predict(turned).status().message() == "column place of session later holds code 5 of a dictionary of 1");
}

TEST_CASE("a category the model does not know is predicted as a missing one, and counted") {
  const auto model = any_model();
  Frame strange = *make_session("later", 77);
  Frame missing = strange;
  strange.categorical = {category_column("place", std::vector<std::int32_t>(strange.rows, 0), {"moon", "c01"})};
  missing.categorical = {category_column("place", std::vector<std::int32_t>(strange.rows, -1), {})};

  CHECK(model->predict(strange).value() == model->predict(missing).value());
  CHECK(model->unknown_categories(strange) == strange.rows);
  CHECK(model->unknown_categories(missing) == 0);
  CHECK(model->unknown_categories(*make_session("later", 77)) == 0);
}

TEST_CASE("many threads may predict with one model at the same time") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const auto model = any_model(library);
    const auto frame = make_session("later", 77, {.rows = 500});
    const auto expected = model->predict(*frame).value();
    std::vector<int> differing(4, 0);
    std::vector<std::jthread> threads;
    for (int& count : differing) {
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i) count += model->predict(*frame).value() != expected ? 1 : 0;
      });
    }

    threads.clear();

    CHECK(differing == std::vector<int>(4, 0));
  }
}

TEST_CASE("bytes that are no whole model never reach the library") {
  const ModelArtifact good = any_model()->save().value();
  ModelArtifact bad = good;
  for (std::size_t size = 0; size < good.bytes.size(); size += 1 + size / 7) {
    CAPTURE(size);
    bad.bytes = good.bytes.substr(0, size);
    CHECK(load_code(bad) == StatusCode::corrupt);
  }
  bad.bytes = good.bytes + "x";
  CHECK(load_code(bad) == StatusCode::corrupt);
  bad.bytes = R"({"learner":{},"version":[1,7,4]})" + std::string(100, ' ');
  CHECK(load_code(bad) == StatusCode::corrupt);
}

TEST_CASE("a description that does not belong to the bytes is refused") {
  const ModelArtifact good = any_model()->save().value();
  REQUIRE(load_code(good) == StatusCode::ok);

  ModelArtifact bad = good;
  bad.description.numeric.push_back("weight");
  CHECK(load_code(bad) == StatusCode::corrupt);
  bad = good;
  bad.description.rounds = 3;
  CHECK(load_code(bad) == StatusCode::corrupt);
  bad = good;
  bad.description.task = Task::multiclass;
  bad.description.outputs_per_row = 3;
  CHECK(load_code(bad) == StatusCode::corrupt);
  bad = good;
  bad.description.trainer.name = "forest";
  CHECK(load_code(bad) == StatusCode::incompatible);
}

TEST_CASE(
    "an older library's model predicts the same bits in a newer one, and a newer one's is refused by an older, naming both") {
  const auto libraries = xgboost_libraries();
  if (libraries.size() < 2) {
    MESSAGE("skipped: RETRAIN_TEST_XGBOOST names no newer libxgboost");
    return;
  }
  const auto old_trainer = make_trainer(training_settings(libraries[0])),
             new_trainer = make_trainer(training_settings(libraries[1]));
  const auto old_model = any_model(libraries[0]), new_model = any_model(libraries[1]);
  const auto frame = make_session("later", 77);

  const auto lifted = new_trainer->load(old_model->save().value());
  const Status lowered = old_trainer->load(new_model->save().value()).status();

  REQUIRE(lifted.ok());
  CHECK((*lifted)->predict(*frame).value() == old_model->predict(*frame).value());
  CHECK(check_golden_rows(**lifted).ok());
  CHECK(lowered.code() == StatusCode::incompatible);
  CHECK(lowered.message().find("written by xgboost " + new_trainer->id().version) != std::string::npos);
  CHECK(lowered.message().find("xgboost 1.7.4") != std::string::npos);
  TrainRequest request = train_request(make_sessions(5, 2));
  request.parent = new_model;
  CHECK(train_model(*old_trainer, request)->description().mode_reason.find("which xgboost 1.7.4") != std::string::npos);
  request.parent = old_model;
  CHECK(train_model(*new_trainer, request)->description().mode == "warm");
}
