#include <doctest/doctest.h>

#include <string_view>
#include <thread>

#include "synthetic_sessions.hpp"
#include "train/library_log.hpp"
#include "train/model_bytes.hpp"
#include "train/xgboost_api.hpp"

using namespace retrain;
using namespace retrain::train;
using namespace std::string_view_literals;

namespace {

/// The end of a model file as the library writes it, after `start`.
std::string model_bytes(std::string_view version, std::string_view start = "{L") {
  return std::string(start) + std::string(100, 'x') + std::string("L\0\0\0\0\0\0\0\7version[#L\0\0\0\0\0\0\0\3"sv) +
         std::string(version) + "}";
}

}  // namespace

TEST_CASE("a library message is reduced to its text on one line") {
  CHECK(library_message("[12:00:00] ../src/learner.cc:767: \nParameters: { \"a\" } are not used.\n\n") ==
        "Parameters: { \"a\" } are not used");
  CHECK(library_message("[12:00:00] WARNING: ../src/learner.cc:767: careful\nnow") == "careful now");
  CHECK(library_message("[09:10:11] /build/x.cc:5: Check failed: a == b (1 vs. 2) : text\nStack trace:\n  [bt] (0) x") ==
        "Check failed: a == b (1 vs. 2) : text");
  CHECK(library_message("plain: text") == "plain: text");
  CHECK(library_message("") == "");
}

TEST_CASE("the names of unused parameters are read from the library's warning, and from no other") {
  CHECK(unused_parameters("Parameters: { \"max_dept\", \"b\" } are not used") == "max_dept, b");
  CHECK(unused_parameters("Parameters are fine") == "");
  CHECK(unused_parameters("{ x } is deprecated") == "");
}

TEST_CASE("the version of the writer is read from the end of the bytes, in each width of number") {
  CHECK(written_by(model_bytes("i\3i\2i\0"sv)).value() == std::array{3, 2, 0});
  CHECK(written_by(model_bytes("L\0\0\0\0\0\0\0\1I\1\0l\0\0\0\4"sv)).value() == std::array{1, 256, 4});
  for (const std::string& bytes :
       {std::string(), model_bytes("i\3i\2"sv), model_bytes("i\3i\2i\0i"sv), model_bytes("i\3i\2S\0"sv),
        model_bytes("i\3i\2L\xff\0\0\0\0\0\0\0"sv), model_bytes("i\3i\2i\0"sv, "[L"), std::string(200, 'x')}) {
    CHECK(written_by(bytes).status().code() == StatusCode::corrupt);
  }
}

TEST_CASE("a model of the same or an older major version passes, a newer one is incompatible") {
  for (const std::string& library : test::xgboost_libraries()) {
    CAPTURE(library);
    const auto api = open_xgboost(library).value();
    const auto version = [&](int more) { return std::string({'i', static_cast<char>(api->version[0] + more), 'i', 99, 'i', 0}); };

    CHECK(check_model_bytes(model_bytes(version(0)), *api).ok());
    CHECK(check_model_bytes(model_bytes(version(-1)), *api).ok());
    CHECK(check_model_bytes(model_bytes(version(1)), *api).code() == StatusCode::incompatible);
  }
}

TEST_CASE("the log of one thread does not hear another's, and a nested one gives back what it found") {
  const auto api = open_xgboost("libxgboost.so.0").value();
  const auto train_with_typo = [&](LibraryLog& log) {
    Handle booster = nullptr;
    REQUIRE(api->booster_create(nullptr, 0, &booster) == 0);
    static_cast<void>(api->booster_set_param(booster, "validate_parameters", "1"));
    static_cast<void>(api->booster_set_param(booster, "num_feature", "3"));
    static_cast<void>(api->booster_set_param(booster, "typo", "1"));
    const std::vector<float> row = {1, 2, 3};
    const Length* shape = nullptr;
    Length dimensions = 0;
    const float* result = nullptr;
    static_cast<void>(api->booster_predict_dense(
        booster, array_interface(row.data(), 1, 3, 3).c_str(),
        R"({"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true,"cache_id":0,"missing":NaN})",
        nullptr, &shape, &dimensions, &result));
    REQUIRE(api->booster_free(booster) == 0);
    return log.take();
  };
  LibraryLog outer(*api);

  std::size_t heard_elsewhere = 0;
  std::jthread([&] {
    LibraryLog inner(*api);
    heard_elsewhere = train_with_typo(inner).size();
  }).join();
  std::size_t heard_inside = 0;
  {
    LibraryLog inner(*api);
    heard_inside = train_with_typo(inner).size();
  }

  CHECK(heard_elsewhere == 1);
  CHECK(heard_inside == 1);
  CHECK(outer.take().empty());
  CHECK(train_with_typo(outer).size() == 1);
}
