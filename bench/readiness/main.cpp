// One task of the readiness benchmark, timed in this process; bench/readiness/bars.py runs it beside the other contenders.
//
//   retrain_bench_readiness generate PATH [--bytes N] [--seed S] [--worst] [--sessions N]
//   retrain_bench_readiness TASK PATH [--set NAME] [--threads N] [--hash] [--repeat N]     TASK: check columns load touch scan
//   races
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "data/session_frames.hpp"
#include "lap_file.hpp"
#include "readiness/file_check.hpp"

namespace {

using namespace retrain;
using namespace retrain::readiness;

struct Arguments {
  std::string task, path, rules = "laps";
  bench::LapFile file;
  CheckOptions options;
  int repeat = 3;
};

csv::InstructionSet set_called(const std::string& name) {
  for (const auto set : csv::supported_sets()) {
    if (csv::to_string(set) == name) return set;
  }
  throw std::runtime_error("this machine has no " + name);
}

Arguments read(int count, char** words) {
  if (count < 3) throw std::runtime_error("usage: retrain_bench_readiness TASK PATH [options]; see main.cpp");
  Arguments arguments{words[1], words[2]};
  arguments.options.hash = false;
  for (int i = 3; i < count; ++i) {
    const std::string word = words[i];
    const auto value = [&] {
      return i + 1 < count ? std::string(words[++i]) : throw std::runtime_error(word + " needs a value");
    };
    if (word == "--worst")
      arguments.file.kind = bench::LapFileKind::worst;
    else if (word == "--hash")
      arguments.options.hash = true;
    else if (word == "--bytes")
      arguments.file.bytes = std::stoull(value());
    else if (word == "--seed")
      arguments.file.seed = std::stoull(value());
    else if (word == "--sessions")
      arguments.file.sessions = std::stoi(value());
    else if (word == "--threads")
      arguments.options.threads = unsigned(std::stoul(value()));
    else if (word == "--set")
      arguments.options.instructions = set_called(value());
    else if (word == "--chunk")
      arguments.options.chunk = std::uint32_t(std::stoul(value()));
    else if (word == "--repeat")
      arguments.repeat = std::stoi(value());
    else
      throw std::runtime_error("unknown option " + word);
  }
  return arguments;
}

/// What reading alone costs: every page of the file through one buffer, a byte of each cache line looked at.
std::int64_t touch(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::vector<char> buffer(256 << 10);
  std::int64_t sum = 0;
  off_t at = 0;
  for (ssize_t got = 0; (got = ::pread(file, buffer.data(), buffer.size(), at)) > 0; at += got) {
    for (ssize_t i = 0; i < got; i += 64) sum += buffer[std::size_t(i)];
  }
  ::close(file);
  return sum;
}

class CountingSink final : public csv::RowSink {
 public:
  bool take_header(std::string_view, const base::CsvReader&, const base::CsvRecord* record) override { return record != nullptr; }
  void prepare(const csv::Segment&, std::size_t) override {}
  void take(const csv::Segment& segment, std::size_t, std::int64_t) override { rows += segment.lines(); }
  std::int64_t rows = 0;
};

/// Writes the numbers of the first column as the bytes of doubles, without the last line if it lacks its end.
class ValueSink final : public csv::RowSink {
 public:
  bool take_header(std::string_view, const base::CsvReader&, const base::CsvRecord* record) override {
    if (record != nullptr) columns_.emplace(record->fields.size(), missing_);
    return record != nullptr;
  }
  void prepare(const csv::Segment&, std::size_t) override {}
  void take(const csv::Segment& segment, std::size_t, std::int64_t) override {
    for (const auto& part : segment.parts()) {
      if (part.careful) continue;
      columns_->bind(segment, part);
      std::fwrite(columns_->numbers(0).values, sizeof(double), part.rows, stdout);
    }
  }

 private:
  const base::MissingValues missing_{{}};
  std::optional<csv::BatchColumns> columns_;
};

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void require(const Status& status) {
  if (!status) throw std::runtime_error(std::string(status.message()));
}

/// All races of a folder, one file after the other.
double check_races(const Arguments& arguments, std::int64_t& rows, std::size_t& findings) {
  const DataSettings data = bench::race_rules(arguments.path);
  const auto times = TimeParser::in_zone("UTC").value();
  const Schema schema(data, bench::race_columns());
  return seconds_of([&] {
    rows = 0;
    findings = 0;
    for (const auto& file : find_session_files(data).value().files) {
      const auto checked = check_file(file, schema, times, arguments.options);
      require(checked.status());
      rows += checked->sessions.front().rows;
      findings += checked->log.findings([](const std::string&) { return true; }).size();
    }
  });
}

double run(const Arguments& arguments, std::int64_t& rows, std::size_t& findings) {
  if (arguments.task == "races") return check_races(arguments, rows, findings);
  const std::filesystem::path path(arguments.path);
  const DataSettings data = bench::lap_rules(path.parent_path().string());
  const ModelSettings model = bench::lap_columns();
  SessionFile file{arguments.path, path.filename().string(), path.stem().string()};
  const auto times = TimeParser::in_zone("UTC").value();
  const Schema schema(data, model);
  const RowSelection selection = row_selection(model, data, {});
  CheckOptions options = arguments.options;
  csv::ScanOptions scan{{}, options.threads, options.instructions, options.chunk, options.hash};
  Session session{file.stem, file.path};
  if (arguments.task == "touch") return seconds_of([&] { rows = touch(arguments.path); });
  if (arguments.task == "scan") {
    return seconds_of([&] {
      CountingSink sink;
      const auto source = csv::SourceFile::open(arguments.path).value();
      require(csv::scan_file(*source, scan, sink).status());
      rows = sink.rows;
    });
  }
  if (arguments.task == "check") {
    return seconds_of([&] {
      const auto checked = check_file(file, schema, times, options);
      require(checked.status());
      rows = checked->sessions.front().rows;
      findings = checked->log.findings([](const std::string&) { return true; }).size();
    });
  }
  // As many as a check before would have counted: they say how much room the columns need.
  const auto counted = check_file(file, schema, times, options);
  require(counted.status());
  session = counted->sessions.front();
  if (arguments.task == "columns") {
    return seconds_of([&] {
      data::SessionFrames frames(session, data, selection, csv::slots_of(options.threads));
      options.also = &frames;
      const auto checked = check_file(file, schema, times, options);
      require(checked.status());
      rows = std::int64_t(frames.finish().begin()->second.value()->rows);
    });
  }
  if (arguments.task != "load") throw std::runtime_error("no task " + arguments.task);
  return seconds_of([&] {
    data::SessionFrames frames(session, data, selection, csv::slots_of(options.threads));
    const auto source = csv::SourceFile::open(arguments.path).value();
    require(csv::scan_file(*source, scan, frames).status());
    rows = std::int64_t(frames.finish().begin()->second.value()->rows);
  });
}

}  // namespace

int main(int count, char** words) {
  try {
    const Arguments arguments = read(count, words);
    if (arguments.task == "generate") {
      std::printf("%lld\n", static_cast<long long>(bench::write_lap_file(arguments.path, arguments.file)));
      return 0;
    }
    if (arguments.task == "values") {
      ValueSink sink;
      const auto source = csv::SourceFile::open(arguments.path).value();
      csv::ScanOptions scan;
      scan.instructions = arguments.options.instructions;
      require(csv::scan_file(*source, scan, sink).status());
      return 0;
    }
    std::vector<double> seconds;
    std::int64_t rows = 0;
    std::size_t findings = 0;
    for (int i = 0; i < arguments.repeat; ++i) seconds.push_back(run(arguments, rows, findings));
    std::sort(seconds.begin(), seconds.end());
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    std::printf(R"({"best": %.6f, "median": %.6f, "rows": %lld, "findings": %zu, "peak_kb": %ld})"
                "\n",
                seconds.front(), seconds[seconds.size() / 2], static_cast<long long>(rows), findings, usage.ru_maxrss);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "retrain_bench_readiness: %s\n", error.what());
    return 2;
  }
}
