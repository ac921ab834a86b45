// Foreign models: real ones pass, damaged ones are refused with one line, and what passes never ends the process.
#include "train/model_structure.hpp"

#include <doctest/doctest.h>

#include "synthetic_sessions.hpp"
#include "train/ubjson.hpp"

using namespace retrain;
using namespace retrain::test;
using train::check_structure;
using namespace std::string_literals;

namespace {

std::string model_bytes(const std::string& library, Task task, int rounds = 6) {
  TrainingSettings training = training_settings(library);
  training.max_rounds = rounds;
  return bytes_of(
      *train_model(*make_trainer(training, model_settings(task)), train_request(make_sessions(1, 2, {.task = task}))));
}

std::string complaint(const std::string& bytes) {
  const auto structure = check_structure(bytes);
  return structure.ok() ? "" : structure.status().message();
}

/// `bytes` with the first `from` after `after` replaced; both have the same length.
std::string with(std::string bytes, const std::string& after, const std::string& from, const std::string& to) {
  const auto start = bytes.find(after);
  REQUIRE(start != std::string::npos);
  const auto at = bytes.find(from, start);
  REQUIRE(at != std::string::npos);
  return bytes.replace(at, from.size(), to);
}

/// `bytes` with element `index` of the typed array `name`, four bytes wide, set.
std::string with_int(std::string bytes, const std::string& name, std::size_t index, std::int32_t value) {
  const auto at = bytes.find(name + "[$l#L"s);
  REQUIRE(at != std::string::npos);
  const std::size_t begin = at + name.size() + 5 + 8 + 4 * index;
  for (int byte = 0; byte < 4; ++byte) {
    bytes[begin + static_cast<std::size_t>(byte)] = static_cast<char>(static_cast<std::uint32_t>(value) >> (24 - 8 * byte));
  }
  return bytes;
}

/// `bytes` whose first tree says that it is for output `value`: the library writes these as single numbers.
std::string with_output(std::string bytes, std::int8_t value) {
  const auto at = bytes.find("tree_info[#L"s);
  REQUIRE(at != std::string::npos);
  const std::size_t begin = at + 12 + 8;
  REQUIRE(bytes[begin] == 'i');
  bytes[begin + 1] = static_cast<char>(value);
  return bytes;
}

/// Loads what passed the check, as an import would, and predicts; the answer does not matter, only that there is one.
void load_and_predict(Trainer& trainer, const ModelArtifact& whole, const std::string& bytes) {
  ModelArtifact damaged = whole;
  damaged.bytes = bytes;
  const auto model = trainer.load(damaged);
  if (model) static_cast<void>((*model)->predict(*make_session("later", 99)));
}

}  // namespace

TEST_CASE("the models of every library and task are sound, and the check reads what they say of themselves") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const auto regression = check_structure(model_bytes(library, Task::regression)),
               classes = check_structure(model_bytes(library, Task::multiclass));

    REQUIRE_MESSAGE(regression.ok(), regression.status().message());
    CHECK(regression->objective == "reg:squarederror");
    CHECK(regression->features == 3);
    CHECK(regression->rounds == 6);
    CHECK(regression->feature_names == std::vector<std::string>{"distance", "hour", "place"});
    CHECK(regression->feature_types == std::vector<std::string>{"float", "float", "c"});
    CHECK("xgboost " + std::to_string(regression->version[0]) ==
          find_xgboost(library)->version.substr(0, 1).insert(0, "xgboost "));
    REQUIRE_MESSAGE(classes.ok(), classes.status().message());
    CHECK(classes->outputs == 3);
    CHECK(classes->rounds == 6);
    CHECK(check_structure(model_bytes(library, Task::binary)).ok());
  }
}

TEST_CASE("a model that a truncation, a bit or a byte has changed is refused, or loads and predicts without harm") {
  std::mt19937 random(3);
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    TrainingSettings training = training_settings(library);
    training.max_rounds = 3;
    const auto trainer = make_trainer(training);
    const ModelArtifact whole = train_model(*trainer, train_request(make_sessions(1, 2)))->save().value();
    int refused = 0, passed = 0;
    for (int i = 0; i < 1500; ++i) {
      std::string bytes = whole.bytes;
      if (i % 3 == 0) {
        bytes.resize(random() % bytes.size());
      } else {
        for (unsigned flips = 1 + random() % 8; flips > 0; --flips) {
          char& byte = bytes[random() % bytes.size()];
          byte = i % 3 == 1 ? static_cast<char>(byte ^ (1 << random() % 8)) : static_cast<char>(random());
        }
      }
      const auto structure = check_structure(bytes);
      if (!structure) {
        ++refused;
        REQUIRE(structure.status().message().find('\n') == std::string::npos);
        continue;
      }
      ++passed;
      load_and_predict(*trainer, whole, bytes);
    }
    CHECK(refused > 500);
    CHECK(passed > 50);
  }
}

TEST_CASE("children out of range, cycles, shared nodes and foreign features are refused, the tree named") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const std::string bytes = model_bytes(library, Task::regression);
    const std::string lead = "the bytes are no sound model of XGBoost: tree 0 ";

    CHECK(complaint(with_int(bytes, "left_children", 0, 1 << 30)) == lead + "has node 1073741824 as a child");
    CHECK(complaint(with_int(bytes, "left_children", 0, -2)) == lead + "has node -2 as a child");
    CHECK(complaint(with_int(bytes, "left_children", 0, 0)) == lead + "has node 0 as a child");
    CHECK(complaint(with_int(bytes, "right_children", 0, 1)) == lead + "meets node 1 twice");
    CHECK(complaint(with_int(bytes, "parents", 1, 7)) == lead + "has a node 1 of another parent");
    CHECK(complaint(with_int(with_int(bytes, "left_children", 0, -1), "right_children", 0, -1)) ==
          lead + "has nodes that are not reached");
    CHECK(complaint(with_int(bytes, "split_indices", 0, 3)) == lead + "splits by feature 3 of 3");
    CHECK(complaint(with_int(bytes, "split_indices", 0, -1)) == lead + "splits by feature -1 of 3");
  }
}

TEST_CASE("counts, names and parameters that do not fit each other are refused") {
  for (const std::string& library : xgboost_libraries()) {
    CAPTURE(library);
    const std::string bytes = model_bytes(library, Task::regression);
    const std::string lead = "the bytes are no sound model of XGBoost: ";

    CHECK(complaint(with(bytes, "num_trees", "6", "9")) == lead + "num_trees is 9, and there are 6");
    CHECK(complaint(with(bytes, "num_feature", "3", "4")).starts_with(lead));
    CHECK(complaint(with(bytes, "num_target", "1", "2")) == lead + "num_target is '2'");
    CHECK(complaint(with(bytes, "num_class", "0", "3")).starts_with(lead));
    CHECK(complaint(with(bytes, "gradient_booster", "gbtree", "gbline")).starts_with(lead));
    CHECK(complaint(with(bytes, "objective", "reg:squarederror", "reg:squarederr0r")) ==
          lead + "its objective is 'reg:squarederr0r'");
    CHECK(complaint(with_output(bytes, 77)) == lead + "tree 0 is for output 77");
    CHECK(complaint(with_output(bytes, -2)) == lead + "tree 0 is for output -2");
    CHECK(complaint(bytes + "}") != "");
  }
}

TEST_CASE("bytes that are empty, deep, or lie about their lengths are refused before anything is allocated") {
  const std::string lead = "the bytes are no UBJSON of a model: ";
  const auto said = [](const std::string& bytes) { return train::read_ubjson(bytes).status().message(); };
  const auto length = [](std::uint64_t value) {
    std::string text = "L";
    for (int shift = 56; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift);
    return text;
  };
  std::string deep = "{";
  for (int i = 0; i < 200'000; ++i) deep += length(1) + "a{";

  CHECK(complaint("") == "the 0 bytes are no UBJSON model of XGBoost: too short");
  CHECK(said("") == lead + "they end too early, at byte 0");
  CHECK(said("[]") == lead + "they do not begin with an object, at byte 1");
  CHECK(said(deep).starts_with(lead + "more than 32 containers in each other"));
  CHECK(said("{" + std::string(200'000, '[')).starts_with(lead));
  CHECK(said("{" + length(1) + "a[$d#" + length(std::uint64_t{1} << 60U)).starts_with(lead + "a length of 1152921504606846976"));
  CHECK(said("{" + length(1) + "a[$d#" + length(~std::uint64_t{0})).starts_with(lead + "a length of -1"));
  CHECK(said("{" + length(1) + "a[$d#" + length(2) + "1234").starts_with(lead + "an array of 2"));
  CHECK(said("{" + length(1) + "aT" + length(1) + "aF}").starts_with(lead + "the name 'a' stands twice"));
  CHECK(said("{" + length(1) + "\xff" + "T}").starts_with(lead + "a text is not UTF-8"));
  CHECK(said("{" + length(1) + "aT}}").starts_with(lead + "something follows their end"));
  CHECK(said("{" + length(1) + "aT}") == "");
}
