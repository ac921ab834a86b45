#include "model_structure.hpp"

#include <algorithm>

#include <cmath>
#include <limits>

#include "base/text.hpp"
#include "model_bytes.hpp"
#include "tree_structure.hpp"
#include "ubjson.hpp"

namespace retrain::train {
namespace {

constexpr std::int64_t most_features = 1 << 20;
constexpr std::int64_t most_outputs = 1000;
constexpr std::int64_t most_trees = 1'000'000;

/// A member that must be there and of that kind.
const Ubjson& member(const Ubjson& object, const char* name, Ubjson::Kind kind) {
  const Ubjson* found = object.find(name);
  if (found == nullptr) throw Unsound(std::string(name) + " is missing");
  if (found->kind != kind) throw Unsound(std::string(name) + " is of another type");
  return *found;
}

std::vector<std::string> texts(const Ubjson& object, const char* name, std::size_t features) {
  std::vector<std::string> read;
  const Ubjson* found = object.find(name);
  if (found == nullptr) return read;
  if (found->kind != Ubjson::Kind::list && found->size() != 0) throw Unsound(std::string(name) + " is of another type");
  for (const Ubjson& item : found->items) {
    if (item.kind != Ubjson::Kind::text) throw Unsound(std::string(name) + " holds what is no text");
    read.emplace_back(item.text);
  }
  if (!read.empty() && read.size() != features) {
    throw Unsound(std::string(name) + " has " + std::to_string(read.size()) + " entries for " + std::to_string(features) +
                  " features");
  }
  return read;
}

/// "9.15E1", and "[9.15E1,2E0]" of newer libraries.
void check_base_score(std::string_view text, std::size_t outputs) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  const auto parts = base::split(text, ',');
  if (parts.size() != 1 && parts.size() != outputs) throw Unsound("base_score has " + std::to_string(parts.size()) + " values");
  for (const auto part : parts) {
    const auto value = base::parse_double(base::trim(part));
    if (!value || !std::isfinite(*value) || std::abs(*value) > std::numeric_limits<float>::max()) {
      throw Unsound("base_score is '" + base::printable(part) + "'");
    }
  }
}

void check_attributes(const Ubjson& learner) {
  const Ubjson* attributes = learner.find("attributes");
  if (attributes == nullptr) return;
  if (attributes->kind != Ubjson::Kind::object) throw Unsound("attributes is of another type");
  for (const auto& [name, value] : attributes->members) {
    if (value.kind != Ubjson::Kind::text) throw Unsound("the attribute '" + base::printable(name) + "' is no text");
  }
}

bool known_objective(std::string_view name) {
  constexpr std::array known = {"reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror", "reg:squaredlogerror",
                                "reg:gamma",        "reg:tweedie",       "reg:logistic",         "count:poisson",
                                "binary:logistic",  "multi:softprob"};
  return std::find(known.begin(), known.end(), name) != known.end();
}

/// Names and the table of categories of a newer library; ours stand beside the model.
void check_own_categories(const Ubjson& model) {
  const Ubjson* categories = model.find("cats");
  if (categories == nullptr) return;
  const Ubjson* encodings = categories->find("enc");
  if (categories->kind != Ubjson::Kind::object || (encodings != nullptr && encodings->size() > 0)) {
    throw Unsound("it holds a table of categories of its own, which cannot be imported");
  }
}

void check_forest(const Ubjson& model, std::size_t outputs, ModelStructure& structure) {
  const Ubjson& parameters = member(model, "gbtree_model_param", Ubjson::Kind::object);
  const std::int64_t trees = whole_text(parameters, "num_trees", 0, most_trees);
  const std::int64_t parallel =
      parameters.find("num_parallel_tree") == nullptr ? 1 : whole_text(parameters, "num_parallel_tree", 1, most_trees);
  const Ubjson& list = member(model, "trees", Ubjson::Kind::list);
  if (list.items.size() != static_cast<std::size_t>(trees)) {
    throw Unsound("num_trees is " + std::to_string(trees) + ", and there are " + std::to_string(list.items.size()));
  }
  const Ubjson* info = model.find("tree_info");
  if (info == nullptr || !info->whole_numbers() || info->size() != list.items.size())
    throw Unsound("tree_info does not fit the trees");
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const std::int64_t output = info->whole(i);
    if (output < 0 || output >= static_cast<std::int64_t>(outputs)) {
      throw Unsound("tree " + std::to_string(i) + " is for output " + std::to_string(output));
    }
  }
  const std::int64_t step = parallel * static_cast<std::int64_t>(outputs);
  if (step > most_trees || trees % step != 0) throw Unsound("the trees do not make whole rounds");
  structure.rounds = static_cast<int>(trees / step);
  if (const Ubjson* starts = model.find("iteration_indptr")) {
    if (!starts->whole_numbers() || starts->size() != static_cast<std::size_t>(structure.rounds) + 1) {
      throw Unsound("iteration_indptr does not fit the trees");
    }
    for (std::size_t i = 0; i < starts->size(); ++i) {
      if (starts->whole(i) != static_cast<std::int64_t>(i) * step) throw Unsound("iteration_indptr does not count rounds");
    }
  }
  std::vector<bool> seen(list.items.size(), false);
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const std::size_t id = check_tree(list.items[i], i, structure.features);
    if (id >= seen.size() || seen[id]) throw Unsound("tree " + std::to_string(i) + " has the number " + std::to_string(id));
    seen[id] = true;
  }
}

ModelStructure examine(const Ubjson& document) {
  const Ubjson& learner = member(document, "learner", Ubjson::Kind::object);
  ModelStructure structure;
  const Ubjson& model_parameters = member(learner, "learner_model_param", Ubjson::Kind::object);
  structure.features = static_cast<std::size_t>(whole_text(model_parameters, "num_feature", 1, most_features));
  const std::int64_t classes = whole_text(model_parameters, "num_class", 0, most_outputs);
  if (model_parameters.find("num_target") != nullptr) whole_text(model_parameters, "num_target", 1, 1);
  structure.outputs = static_cast<std::size_t>(std::max<std::int64_t>(1, classes));
  check_base_score(member(model_parameters, "base_score", Ubjson::Kind::text).text, structure.outputs);
  const Ubjson& objective = member(learner, "objective", Ubjson::Kind::object);
  structure.objective = std::string(member(objective, "name", Ubjson::Kind::text).text);
  if (!known_objective(structure.objective)) throw Unsound("its objective is '" + base::printable(structure.objective) + "'");
  if ((structure.objective == "multi:softprob") != (classes >= 2)) {
    throw Unsound("its objective is " + structure.objective + ", with " + std::to_string(classes) + " classes");
  }
  structure.feature_names = texts(learner, "feature_names", structure.features);
  structure.feature_types = texts(learner, "feature_types", structure.features);
  check_attributes(learner);
  const Ubjson& booster = member(learner, "gradient_booster", Ubjson::Kind::object);
  const std::string_view kind = member(booster, "name", Ubjson::Kind::text).text;
  if (kind != "gbtree") throw Unsound("its booster is '" + base::printable(kind) + "', not gbtree");
  const Ubjson& model = member(booster, "model", Ubjson::Kind::object);
  check_own_categories(model);
  check_forest(model, structure.outputs, structure);
  return structure;
}

}  // namespace

Result<ModelStructure> check_structure(std::string_view bytes) {
  const auto version = written_by(bytes);
  if (!version) return version.status();
  try {
    const auto document = read_ubjson(bytes);
    if (!document) return document.status();
    ModelStructure structure = examine(*document);
    structure.version = *version;
    return structure;
  } catch (const Unsound& unsound) {
    return Status{StatusCode::corrupt, std::string("the bytes are no sound model of XGBoost: ") + unsound.what()};
  } catch (const std::bad_alloc&) {
    return Status{StatusCode::corrupt, "the bytes are no sound model of XGBoost: they ask for too much memory"};
  }
}

}  // namespace retrain::train
