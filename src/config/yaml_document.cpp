#include "yaml_document.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>
#include <utility>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "base/text.hpp"

namespace retrain::config {
namespace {

/// Ends the reading: nothing after this place can be trusted or afforded.
struct Unreadable {
  Place place;
  std::string message;
};

/// Turns byte offsets into lines and characters, each in constant or logarithmic time: one line may hold everything.
class Places {
 public:
  explicit Places(std::string_view text) : characters_(text.size() + 1) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      const bool continuation = (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
      characters_[at + 1] = characters_[at] + (continuation ? 0 : 1);
      if (text[at] == '\n') starts_.push_back(at + 1);
    }
  }

  Place of(std::size_t offset) const {
    offset = std::min(offset, characters_.size() - 1);
    const auto line = std::upper_bound(starts_.begin(), starts_.end(), offset);
    return {static_cast<int>(line - starts_.begin()), characters_[offset] - characters_[*std::prev(line)] + 1};
  }

 private:
  std::vector<int> characters_;         // before each offset
  std::vector<std::size_t> starts_{0};  // of each line
};

/// Builds the tree from yaml-cpp's events, which come with limits that its own tree does not have.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, const Places& places, YamlDocument& document)
      : text_(text), places_(places), document_(document) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (std::exchange(started_, true)) throw Unreadable{place(mark), "a second document starts here: one file holds one"};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node = make(YamlNode::Kind::null, mark, "?", anchor);
    // yaml-cpp places an absent value at whatever follows it, perhaps lines later.
    if (awaits_value()) node.place = open_.back().pending_place;
    attach(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    report(mark, alias_refused);
    attach(make(YamlNode::Kind::refused, mark, "?", 0));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    YamlNode node = make(YamlNode::Kind::scalar, mark, tag, anchor);
    node.text = value;
    node.quoted = tag == "!";
    attach(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(make(YamlNode::Kind::sequence, mark, tag, anchor));
  }
  void OnSequenceEnd() override { end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    begin(make(YamlNode::Kind::map, mark, tag, anchor));
  }
  void OnMapEnd() override { end(); }

  static constexpr const char* alias_refused = "aliases (*x) are not allowed: a text that starts with * needs quotes";

 private:
  struct Open {
    YamlNode node;
    bool expects_key = true;  // of a map
    std::string pending_key;  // of a map: the key whose value comes next
    Place pending_place;
    bool drop = false;                // the pending key was refused: so is its value
    std::map<std::string, int> seen;  // key → line
  };

  Place place(const YAML::Mark& mark) const {
    return places_.of(mark.pos < 0 ? text_.size() : static_cast<std::size_t>(mark.pos));
  }
  void report(const YAML::Mark& mark, std::string message) { document_.issues.push_back({place(mark), std::move(message)}); }
  bool awaits_value() const {
    return !open_.empty() && open_.back().node.kind == YamlNode::Kind::map && !open_.back().expects_key;
  }

  YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (++nodes_ > most_nodes) throw Unreadable{place(mark), "more than " + std::to_string(most_nodes) + " values"};
    YamlNode node;
    node.kind = kind;
    node.place = place(mark);
    if (anchor != 0) report(mark, "anchors (&x) are not allowed: a text that starts with & needs quotes");
    // yaml-cpp reports "!" both for quotes and for the tag "!": only the byte tells them apart.
    const auto at = static_cast<std::size_t>(std::max(mark.pos, 0));
    const bool bare_tag = tag == "!" && (kind != YamlNode::Kind::scalar || (at < text_.size() && text_[at] == '!'));
    if (bare_tag || (tag != "?" && tag != "!")) report(mark, "tags (!x) are not allowed: a text that starts with ! needs quotes");
    return node;
  }

  void begin(YamlNode node) {
    if (open_.size() >= deepest_nesting) {
      throw Unreadable{node.place, "nested deeper than " + std::to_string(deepest_nesting) + " levels"};
    }
    open_.emplace_back();
    open_.back().node = std::move(node);
  }

  void end() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    attach(std::move(node));
  }

  void attach(YamlNode node) {
    if (open_.empty()) {
      document_.root = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::map && parent.expects_key) return take_key(parent, node);
    if (parent.node.kind == YamlNode::Kind::map) {
      parent.expects_key = true;
      node.key = std::move(parent.pending_key);
      node.key_place = parent.pending_place;
      if (parent.drop) return;
    }
    parent.node.children.push_back(std::move(node));
  }

  void take_key(Open& map, const YamlNode& key) {
    map.expects_key = false;
    map.pending_key = key.text;
    map.pending_place = key.place;
    map.drop = true;
    if (key.kind == YamlNode::Kind::refused) return;
    if (key.kind != YamlNode::Kind::scalar) {
      document_.issues.push_back({key.place, "a key must be a text, not null, a list or a map"});
    } else if (key.text == "<<" && !key.quoted) {
      document_.issues.push_back({key.place, "merge keys (<<) are not allowed"});
    } else if (const auto [first, fresh] = map.seen.emplace(key.text, key.place.line); !fresh) {
      document_.issues.push_back(
          {key.place, "duplicate key '" + base::printable(key.text) + "', first in line " + std::to_string(first->second)});
    } else {
      map.drop = false;
    }
  }

  std::string_view text_;
  const Places& places_;
  YamlDocument& document_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
  bool started_ = false;
};

/// What yaml-cpp would misread instead of refusing: it takes NUL for UTF-16, byte 4 for the end, and replaces bad UTF-8.
std::optional<Unreadable> unfit_bytes(std::string_view text, const Places& places) {
  if (text.size() > largest_document) {
    return Unreadable{{1, 1}, std::to_string(text.size()) + " bytes, over the limit of " + std::to_string(largest_document)};
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const bool line_end = byte == '\n' || (byte == '\r' && at + 1 < text.size() && text[at + 1] == '\n');
    if (byte == 0) return Unreadable{places.of(at), "a NUL byte: the file must be UTF-8 text, not UTF-16 or binary"};
    if ((byte < 0x20 && byte != '\t' && !line_end) || byte == 0x7f) {
      return Unreadable{places.of(at), "a control character (" + base::printable(text.substr(at, 1)) + ")"};
    }
  }
  for (std::size_t at = 0, length = 1; at < text.size(); at += length) {
    for (length = 1; !base::valid_utf8(text.substr(at, length)); ++length) {
      if (length == 4) return Unreadable{places.of(at), "bytes that are not valid UTF-8"};
    }
  }
  return std::nullopt;
}

std::string explain(const YAML::Exception& error, std::string_view text) {
  const bool at_alias = error.mark.pos >= 0 && static_cast<std::size_t>(error.mark.pos) < text.size() &&
                        text[static_cast<std::size_t>(error.mark.pos)] == '*';
  if (at_alias) return TreeBuilder::alias_refused;
  return "not valid YAML: " + base::lower(base::printable(error.msg));
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view name) const {
  if (kind != Kind::map) return nullptr;
  const auto found = std::find_if(children.begin(), children.end(), [&](const YamlNode& child) { return child.key == name; });
  return found == children.end() ? nullptr : &*found;
}

YamlDocument read_document(std::string_view text) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  YamlDocument document;
  const Places places(text);
  const auto fail = [&](Place place, std::string message) { document = {{}, {{place, std::move(message)}}, false}; };
  if (auto unfit = unfit_bytes(text, places)) {
    fail(unfit->place, std::move(unfit->message));
    return document;
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder(text, places, document);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Unreadable& refusal) {
    fail(refusal.place, refusal.message);
  } catch (const YAML::Exception& error) {
    fail(places.of(error.mark.pos < 0 ? text.size() : static_cast<std::size_t>(error.mark.pos)), explain(error, text));
  } catch (const std::exception& error) {
    fail({1, 1}, "cannot be read: " + base::lower(base::printable(error.what())));
  }
  return document;
}

}  // namespace retrain::config
