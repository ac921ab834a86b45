#include <bit>
#include <cstring>
#include <retrain/evaluation.hpp>
#include <type_traits>

#include "base/sha256.hpp"
#include "base/text.hpp"
#include "evaluation_check.hpp"

namespace retrain {
namespace {

static_assert(std::endian::native == std::endian::little, "columns are copied as they lie in memory: little-endian");

constexpr std::string_view magic = "RETRAIN\x1a";
constexpr std::uint32_t format_version = 2;
constexpr std::size_t digest_size = 64;

class Writer {
 public:
  template <class Value>
  void value(Value value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void text(std::string_view text) {
    value(static_cast<std::uint64_t>(text.size()));
    bytes_.append(text);
  }
  void texts(const std::vector<std::string>& list) {
    value(static_cast<std::uint64_t>(list.size()));
    for (const auto& item : list) text(item);
  }
  template <class Value>
  void column(const std::vector<Value>& values) {
    value(static_cast<std::uint64_t>(values.size()));
    if (!values.empty()) bytes_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value));
  }
  void grouping(const SegmentColumn& column_of_codes) {
    text(column_of_codes.name);
    texts(column_of_codes.dictionary);
    column(column_of_codes.codes);
  }
  std::string finish() {
    bytes_ += base::sha256(bytes_);
    return std::move(bytes_);
  }

 private:
  std::string bytes_{magic};
};

// Reads forward only. After the first failure every further read gives nothing and keeps the first message.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <class Value>
  Value value(std::string_view what) {
    Value value{};
    if (take(sizeof value, what)) std::memcpy(&value, bytes_.data() + at_ - sizeof value, sizeof value);
    return value;
  }
  std::string text(std::string_view what) {
    const auto length = value<std::uint64_t>(what);
    if (!take(length, what)) return {};
    return std::string(bytes_.substr(at_ - length, length));
  }
  std::vector<std::string> texts(std::string_view what) {
    const auto count = value<std::uint64_t>(what);
    std::vector<std::string> list;
    // Every text costs its length field at least: a huge count fails before it allocates.
    if (!room_for(count, sizeof(std::uint64_t), what)) return list;
    list.reserve(count);
    for (std::uint64_t i = 0; i < count && failure_.ok(); ++i) list.push_back(text(what));
    return list;
  }
  template <class Value>
  std::vector<Value> column(std::string_view what) {
    const auto count = value<std::uint64_t>(what);
    if (!room_for(count, sizeof(Value), what)) return {};
    std::vector<Value> values(count);
    if (count > 0) std::memcpy(values.data(), bytes_.data() + at_, count * sizeof(Value));
    at_ += count * sizeof(Value);
    return values;
  }
  const Status& failure() const { return failure_; }
  std::size_t left() const { return bytes_.size() - at_; }
  std::size_t at() const { return at_; }

 private:
  bool room_for(std::uint64_t count, std::size_t size, std::string_view what) {
    if (!failure_.ok()) return false;
    if (count <= left() / size) return true;
    fail(count, what);
    return false;
  }
  bool take(std::uint64_t size, std::string_view what) {
    if (!room_for(size, 1, what)) return false;
    at_ += size;
    return true;
  }
  void fail(std::uint64_t count, std::string_view what) {
    failure_ = {StatusCode::corrupt, "evaluation ends inside " + std::string(what) + ": " + std::to_string(count) +
                                         " asked at byte " + std::to_string(at_) + " of " + std::to_string(bytes_.size())};
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  Status failure_;
};

Status corrupt(std::string message) {
  return {StatusCode::corrupt, "evaluation " + std::move(message)};
}

SegmentColumn read_grouping(Reader& reader) {
  SegmentColumn column;
  column.name = reader.text("segment name");
  column.dictionary = reader.texts("segment dictionary");
  column.codes = reader.column<std::int32_t>("segment codes");
  return column;
}

}  // namespace

std::string serialize(const Evaluation& evaluation) {
  Writer writer;
  writer.value(format_version);
  writer.value(static_cast<std::uint32_t>(evaluation.task));
  writer.value(static_cast<std::uint64_t>(evaluation.outputs_per_row));
  writer.text(evaluation.loss);
  writer.texts(evaluation.sessions);
  writer.texts(evaluation.recent);
  writer.texts(evaluation.trained_sessions);
  writer.text(evaluation.candidate_sha256);
  writer.text(evaluation.production_sha256);
  writer.text(evaluation.anchor_sha256);
  writer.column(evaluation.session_of_row);
  writer.column(evaluation.row_number);
  writer.column(evaluation.actual);
  writer.column(evaluation.candidate);
  writer.column(evaluation.production);
  writer.column(evaluation.anchor);
  writer.value(static_cast<std::uint64_t>(evaluation.segments.size()));
  for (const auto& segment : evaluation.segments) writer.grouping(segment);
  writer.texts(evaluation.selection_sessions);
  writer.grouping(evaluation.second_cluster);
  return writer.finish();
}

Result<Evaluation> parse_evaluation(std::string_view bytes) {
  if (!bytes.starts_with(magic)) return corrupt("does not start with its magic bytes");
  if (bytes.size() < magic.size() + sizeof format_version + digest_size) {
    return corrupt("has " + std::to_string(bytes.size()) + " bytes, less than its header and digest");
  }
  const std::string_view digest = bytes.substr(bytes.size() - digest_size);
  const std::string_view content = bytes.substr(0, bytes.size() - digest_size);
  if (base::sha256(content) != digest)
    return corrupt("of " + std::to_string(bytes.size()) + " bytes differs from its sha-256 digest");

  Reader reader(content.substr(magic.size()));
  const auto version = reader.value<std::uint32_t>("version");
  if (version > format_version) {
    return Status{StatusCode::incompatible, "evaluation has format version " + std::to_string(version) +
                                                ", this library reads up to " + std::to_string(format_version)};
  }
  if (version == 0) return corrupt("has format version 0");
  Evaluation evaluation;
  const auto task = reader.value<std::uint32_t>("task");
  if (task > static_cast<std::uint32_t>(Task::multiclass)) return corrupt("has task number " + std::to_string(task));
  evaluation.task = static_cast<Task>(task);
  evaluation.outputs_per_row = reader.value<std::uint64_t>("outputs_per_row");
  evaluation.loss = reader.text("loss");
  evaluation.sessions = reader.texts("sessions");
  evaluation.recent = reader.texts("recent");
  evaluation.trained_sessions = reader.texts("trained_sessions");
  evaluation.candidate_sha256 = reader.text("candidate_sha256");
  evaluation.production_sha256 = reader.text("production_sha256");
  evaluation.anchor_sha256 = reader.text("anchor_sha256");
  evaluation.session_of_row = reader.column<std::uint32_t>("session_of_row");
  evaluation.row_number = reader.column<std::int64_t>("row_number");
  evaluation.actual = reader.column<double>("actual");
  evaluation.candidate = reader.column<double>("candidate");
  evaluation.production = reader.column<double>("production");
  evaluation.anchor = reader.column<double>("anchor");
  const auto segments = reader.value<std::uint64_t>("segments");
  for (std::uint64_t i = 0; i < segments && reader.failure().ok(); ++i) evaluation.segments.push_back(read_grouping(reader));
  if (version >= 2) {
    evaluation.selection_sessions = reader.texts("selection_sessions");
    evaluation.second_cluster = read_grouping(reader);
  }
  if (!reader.failure().ok()) return reader.failure();
  if (reader.left() != 0) return corrupt("has " + std::to_string(reader.left()) + " bytes after its last column");
  if (const Status shape = evaluate::check_shape(evaluation); !shape) return corrupt("is not consistent: " + shape.message());
  return evaluation;
}

}  // namespace retrain
