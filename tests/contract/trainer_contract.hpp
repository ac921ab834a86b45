// What every Trainer does, and the Model it makes.
#pragma once

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <retrain/json.hpp>
#include <retrain/trainer.hpp>

#include "contract/part_contract.hpp"
#include "unit/train/synthetic_sessions.hpp"

namespace retrain::test {

inline std::vector<std::uint64_t> bits_of(const std::vector<double>& values) {
  std::vector<std::uint64_t> bits;
  for (const double value : values) bits.push_back(std::bit_cast<std::uint64_t>(value));
  return bits;
}

/// `make` gives a trainer for model_settings() of synthetic_sessions.hpp.
inline void check_trainer_contract(const Maker<Trainer>& make) {
  check_part_contract(make);
  const auto trainer = make();
  const auto request = [] { return train_request(make_sessions(1, 6), make_sessions(20, 2)); };
  const auto train = [&](const TrainRequest& asked) {
    auto model = trainer->train(asked, quiet_observer(), {});
    REQUIRE_MESSAGE(model.ok(), model.status().message());
    return *model;
  };
  const auto predict = [](const Model& model, const Frame& frame) {
    auto predictions = model.predict(frame);
    REQUIRE_MESSAGE(predictions.ok(), predictions.status().message());
    return *predictions;
  };
  const auto later = make_session("later", 99);

  SUBCASE("the same request gives the same bytes, also from another trainer made alike") {
    const std::string first = bytes_of(*train(request()));

    CHECK_FALSE(first.empty());
    CHECK(bytes_of(*train(request())) == first);
    CHECK(bytes_of(*make()->train(request(), quiet_observer(), {}).value()) == first);
  }

  SUBCASE("a model gives one finite prediction a row, and the same each time") {
    const auto model = train(request());

    const auto predictions = predict(*model, *later);

    CHECK(predictions.size() == later->rows * model->description().outputs_per_row);
    for (const double prediction : predictions) REQUIRE(std::isfinite(prediction));
    CHECK(bits_of(predict(*model, *later)) == bits_of(predictions));
  }

  SUBCASE("a model that was saved and loaded predicts the same, bit for bit, and says the same about itself") {
    const auto model = train(request());
    const ModelArtifact artifact = model->save().value();

    const auto loaded = make()->load(artifact);

    REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
    CHECK(bits_of(predict(**loaded, *later)) == bits_of(predict(*model, *later)));
    CHECK(to_json((*loaded)->description()) == to_json(model->description()));
    CHECK(bytes_of(**loaded) == artifact.bytes);
  }

  SUBCASE("golden rows stand in the description, hold for model and loaded model, and notice a changed answer") {
    const auto model = train(request());
    ModelArtifact artifact = model->save().value();

    CHECK_FALSE(model->description().golden_rows.empty());
    CHECK(check_golden_rows(*model).ok());
    CHECK(check_golden_rows(*trainer->load(artifact).value()).ok());
    double& expected = artifact.description.golden_rows.at(0).expected.at(0);
    expected = std::nextafter(expected, std::numeric_limits<double>::infinity());
    const auto changed = trainer->load(artifact);
    CHECK((!changed.ok() || check_golden_rows(**changed).code() == StatusCode::corrupt));
  }

  SUBCASE("the description tells what the model was made of") {
    const auto model = train(request());
    const ModelDescription& description = model->description();

    CHECK(description.name == model_settings().name);
    CHECK(description.target == "minutes");
    CHECK(description.numeric == std::vector<std::string>{"distance", "hour"});
    REQUIRE(description.categorical.size() == 1);
    CHECK(description.categorical[0].feature == "place");
    CHECK(description.trainer == trainer->id());
    CHECK(description.mode == "full");
    CHECK_FALSE(description.mode_reason.empty());
    CHECK(description.parent_sha256.empty());
    CHECK(description.data_fingerprint == "fingerprint");
    CHECK(description.fit_sessions == request().fit_sessions);
    CHECK(description.stop_sessions == request().stop_sessions);
  }

  SUBCASE("a category that the model never saw counts as missing, and is counted") {
    const auto model = train(request());
    Frame unknown = *later, missing = *later;
    unknown.categorical = {category_column("place", std::vector<std::int32_t>(later->rows, 0), {"nowhere"})};
    missing.categorical = {category_column("place", std::vector<std::int32_t>(later->rows, -1), {})};

    CHECK(bits_of(predict(*model, unknown)) == bits_of(predict(*model, missing)));
    CHECK(model->unknown_categories(unknown) == later->rows);
    CHECK(model->unknown_categories(missing) == 0);
  }

  SUBCASE("a frame without a feature column is refused by its name") {
    const auto model = train(request());
    Frame frame = *later;
    frame.numeric.pop_back();

    const auto predictions = model->predict(frame);

    REQUIRE_FALSE(predictions.ok());
    CHECK(predictions.status().code() == StatusCode::invalid_argument);
    CHECK(predictions.status().message().find("hour") != std::string::npos);
  }

  SUBCASE("rows in the caller's memory are predicted as the frame of the same rows") {
    const auto model = train(request());
    const std::vector<float> rows = {0.5F, 3, 0, -1.25F, 20, 2};
    std::vector<double> out(2);
    Frame frame;
    frame.rows = 2;
    frame.numeric = {numeric_column("distance", {0.5F, -1.25F}), numeric_column("hour", {3, 20})};
    frame.categorical = {category_column("place", {0, 2}, model->description().categorical[0].values)};

    REQUIRE(model->predict_rows({rows.data(), 2, 3, 3}, out).ok());

    CHECK(bits_of(out) == bits_of(predict(*model, frame)));
  }

  SUBCASE("a stop requested before the training ends it as cancelled") {
    std::stop_source stop;
    stop.request_stop();

    CHECK(trainer->train(request(), quiet_observer(), stop.get_token()).status().code() == StatusCode::cancelled);
  }

  SUBCASE("data that cannot be read fails the training with its own code") {
    TrainRequest broken = request();
    const auto stream = make_sessions(1, 6);
    stream->before_next = [](int, std::size_t frame) {
      return frame < 2 ? Status{} : Status{StatusCode::corrupt, "changed bytes"};
    };
    broken.fit = stream;

    CHECK(trainer->train(broken, quiet_observer(), {}).status().code() == StatusCode::corrupt);
  }

  SUBCASE("data without a row fails the training") {
    CHECK_FALSE(trainer->train(train_request(make_sessions(1, 0)), quiet_observer(), {}).ok());
  }

  SUBCASE("bytes that are no model are not loaded") {
    ModelArtifact artifact = train(request())->save().value();
    artifact.bytes = "no model";

    CHECK_FALSE(trainer->load(artifact).ok());
  }
}

}  // namespace retrain::test
