#include "tree_structure.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "base/text.hpp"

namespace retrain::train {
namespace {

constexpr std::int64_t most_nodes = 1 << 24;
constexpr std::int64_t no_parent = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t most_categories = 1 << 24;  // float holds whole numbers up to here

/// The arrays of one tree, each checked for its length.
class Tree {
 public:
  Tree(const Ubjson& tree, std::size_t index) : tree_(tree), name_("tree " + std::to_string(index)) {}

  std::size_t check(std::size_t features) {
    if (tree_.kind != Ubjson::Kind::object) fail("is no object");
    check_parameters(features);
    const Ubjson& left = wholes("left_children");
    const Ubjson& right = wholes("right_children");
    const Ubjson& parents = wholes("parents");
    const Ubjson& feature = wholes("split_indices");
    const Ubjson& default_left = wholes("default_left");
    const Ubjson* type = tree_.find("split_type");
    if (type != nullptr) type = &wholes("split_type");
    for (const char* name : {"base_weights", "loss_changes", "sum_hessian"}) reals(name, nullptr);
    // A split by category has no threshold: what stands there instead is not read.
    reals("split_conditions", type);
    for (std::size_t node = 0; node < nodes_; ++node) {
      if (default_left.whole(node) != 0 && default_left.whole(node) != 1) fail("has a default_left that is neither 0 nor 1");
      if (type != nullptr && type->whole(node) != 0 && type->whole(node) != 1) fail("has a split of unknown type");
    }
    if (parents.whole(0) != no_parent && parents.whole(0) != -1) fail("has a root with a parent");
    walk(left, right, parents, feature, static_cast<std::int64_t>(features));
    check_categories(type, left);
    const Ubjson* id = tree_.find("id");
    if (id == nullptr || id->kind != Ubjson::Kind::integer || id->integer < 0) fail("has no number");
    return static_cast<std::size_t>(id->integer);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw Unsound(name_ + " " + what); }

  void check_parameters(std::size_t features) {
    const Ubjson* parameters = tree_.find("tree_param");
    if (parameters == nullptr || parameters->kind != Ubjson::Kind::object) fail("has no tree_param");
    nodes_ = static_cast<std::size_t>(whole_text(*parameters, "num_nodes", 1, most_nodes));
    if (whole_text(*parameters, "num_feature", 0, most_nodes) != static_cast<std::int64_t>(features))
      fail("has another number of features");
    if (parameters->find("num_deleted") != nullptr) whole_text(*parameters, "num_deleted", 0, 0);
    if (parameters->find("size_leaf_vector") != nullptr) whole_text(*parameters, "size_leaf_vector", 0, 1);
  }

  const Ubjson& array(const char* name) const {
    const Ubjson* found = tree_.find(name);
    if (found == nullptr) fail(std::string("lacks ") + name);
    if (found->size() != nodes_) {
      fail("has " + std::to_string(found->size()) + " " + name + " for " + std::to_string(nodes_) + " nodes");
    }
    return *found;
  }
  const Ubjson& wholes(const char* name) const {
    const Ubjson& found = array(name);
    if (!found.whole_numbers()) fail(std::string("has ") + name + " that are no whole numbers");
    return found;
  }
  void reals(const char* name, const Ubjson* exempt) const {
    const Ubjson& found = array(name);
    if (found.kind != Ubjson::Kind::numbers || found.whole_numbers()) fail(std::string("has ") + name + " that are no numbers");
    for (std::size_t node = 0; node < nodes_; ++node) {
      if (exempt != nullptr && exempt->whole(node) == 1) continue;
      const double value = found.number(node);
      if (!(std::abs(value) <= std::numeric_limits<float>::max())) fail(std::string("has a ") + name + " that is not finite");
    }
  }

  void walk(const Ubjson& left, const Ubjson& right, const Ubjson& parents, const Ubjson& feature, std::int64_t features) const {
    std::vector<bool> seen(nodes_, false);
    std::vector<std::size_t> open = {0};
    seen[0] = true;
    std::size_t met = 1;
    while (!open.empty()) {
      const std::size_t node = open.back();
      open.pop_back();
      if (left.whole(node) == -1 && right.whole(node) == -1) continue;
      if (feature.whole(node) < 0 || feature.whole(node) >= features) {
        fail("splits by feature " + std::to_string(feature.whole(node)) + " of " + std::to_string(features));
      }
      for (const std::int64_t child : {left.whole(node), right.whole(node)}) {
        if (child < 1 || child >= static_cast<std::int64_t>(nodes_)) fail("has node " + std::to_string(child) + " as a child");
        const auto at = static_cast<std::size_t>(child);
        if (seen[at]) fail("meets node " + std::to_string(child) + " twice");
        if (parents.whole(at) != static_cast<std::int64_t>(node))
          fail("has a node " + std::to_string(child) + " of another parent");
        seen[at] = true;
        ++met;
        open.push_back(at);
      }
    }
    if (met != nodes_) fail("has nodes that are not reached");
  }

  const Ubjson& category_array(const char* name) const {
    static const Ubjson none = [] {
      Ubjson empty;
      empty.kind = Ubjson::Kind::list;
      return empty;
    }();
    const Ubjson* found = tree_.find(name);
    if (found == nullptr) return none;
    if (!found->whole_numbers()) fail(std::string("has ") + name + " that are no whole numbers");
    return *found;
  }

  /// Which categories go right, for the nodes that split by one: a stretch of `categories` each.
  void check_categories(const Ubjson* type, const Ubjson& left) const {
    const Ubjson& categories = category_array("categories");
    const Ubjson& nodes = category_array("categories_nodes");
    const Ubjson& segments = category_array("categories_segments");
    const Ubjson& sizes = category_array("categories_sizes");
    if (segments.size() != nodes.size() || sizes.size() != nodes.size()) fail("has category tables of different lengths");
    for (std::size_t i = 0; i < categories.size(); ++i) {
      if (categories.whole(i) < 0 || categories.whole(i) >= most_categories)
        fail("has the category " + std::to_string(categories.whole(i)));
    }
    std::vector<bool> has_table(nodes_, false);
    const auto total = static_cast<std::int64_t>(categories.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const std::int64_t node = nodes.whole(i), begin = segments.whole(i), size = sizes.whole(i);
      const bool marked = type != nullptr && node >= 0 && node < static_cast<std::int64_t>(nodes_) &&
                          type->whole(static_cast<std::size_t>(node)) == 1 && !has_table[static_cast<std::size_t>(node)];
      if (!marked || (i > 0 && node <= nodes.whole(i - 1))) fail("has categories for node " + std::to_string(node));
      has_table[static_cast<std::size_t>(node)] = true;
      if (begin < 0 || size < 1 || begin > total || size > total - begin) fail("has categories beyond their table");
    }
    for (std::size_t node = 0; type != nullptr && node < nodes_; ++node) {
      if (type->whole(node) == 1 && left.whole(node) != -1 && !has_table[node])
        fail("lacks the categories of node " + std::to_string(node));
    }
  }

  const Ubjson& tree_;
  std::string name_;
  std::size_t nodes_ = 0;
};

}  // namespace

std::int64_t whole_text(const Ubjson& object, const char* name, std::int64_t least, std::int64_t most) {
  const Ubjson* found = object.find(name);
  if (found == nullptr) throw Unsound(std::string(name) + " is missing");
  if (found->kind != Ubjson::Kind::text) throw Unsound(std::string(name) + " is no text");
  const auto value = base::parse_integer(found->text);
  if (!value || *value < least || *value > most) throw Unsound(std::string(name) + " is '" + base::printable(found->text) + "'");
  return *value;
}

std::size_t check_tree(const Ubjson& tree, std::size_t index, std::size_t features) {
  return Tree(tree, index).check(features);
}

}  // namespace retrain::train
