// The benchmark of training: the trainer, which reads sessions, against the bare C API on a matrix that is loaded already. Both
// judge the same later rows after every round, with the same library, parameters and threads.
//
//   retrain_bench_train pairs [--sessions N] [--rows N] [--rounds N] [--threads N] [--pairs N] [--library PATH]
//   retrain_bench_train memory trainer|quantile|bare [the same]      what the process needs at most, in MiB above its start
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <numeric>
#include <random>
#include <retrain/trainer.hpp>
#include <stdexcept>
#include <string>

#include "train/booster.hpp"
#include "train/early_stopping.hpp"
#include "train/parameters.hpp"

namespace {

using namespace retrain;

constexpr std::size_t columns = 20;

struct Options {
  unsigned sessions = 124, rows = 1076, pairs = 15, threads = 2;
  int rounds = 400;
  std::string library;
};

/// Rows that follow from their session's number alone: nothing is kept, every pass makes them again.
std::shared_ptr<const Frame> make_frame(unsigned session, unsigned rows) {
  std::mt19937 random(session);
  std::uniform_real_distribution<float> uniform;
  auto frame = std::make_shared<Frame>();
  frame->session = std::to_string(session);
  frame->rows = rows;
  std::vector<std::shared_ptr<std::vector<float>>> values;
  for (std::size_t column = 0; column < columns; ++column) {
    values.push_back(std::make_shared<std::vector<float>>(rows));
    for (float& value : *values.back()) value = uniform(random);
    frame->numeric.push_back({"f" + std::to_string(column), *values.back(), values.back()});
  }
  auto target = std::make_shared<std::vector<float>>(rows);
  for (unsigned row = 0; row < rows; ++row) {
    const auto f = [&](std::size_t column) { return (*values[column])[row]; };
    (*target)[row] = 80 + 10 * f(0) * f(1) + 5 * std::sin(6 * f(2)) + 3 * f(3) + uniform(random);
  }
  frame->target = {"y", *target, target};
  return frame;
}

class Sessions final : public FrameStream {
 public:
  Sessions(unsigned first, unsigned count, unsigned rows, bool kept) : first_(first), count_(count), rows_(rows) {
    for (unsigned i = 0; kept && i < count; ++i) frames_.push_back(make_frame(first + i, rows));
  }
  Result<std::shared_ptr<const Frame>> next() override {
    if (at_ == count_) return std::shared_ptr<const Frame>();
    const unsigned number = at_++;
    return frames_.empty() ? make_frame(first_ + number, rows_) : frames_[number];
  }
  Status rewind() override {
    at_ = 0;
    return {};
  }

 private:
  unsigned first_, count_, rows_, at_ = 0;
  std::vector<std::shared_ptr<const Frame>> frames_;
};

ModelSettings model_settings() {
  ModelSettings model{"bench", Task::regression, "y", {}, {}};
  for (std::size_t column = 0; column < columns; ++column) model.numeric.push_back("f" + std::to_string(column));
  return model;
}

TrainingSettings training_settings(const Options& options) {
  TrainingSettings training;
  training.max_rounds = options.rounds;
  training.early_stopping_rounds = options.rounds;  // both sides run every round
  training.xgboost_library = options.library;
  return training;
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double peak_mib() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return double(used.ru_maxrss) / 1024;
}

template <class Value>
Value good(Result<Value> result) {
  if (!result) throw std::runtime_error(result.status().message());
  return std::move(result).value();
}
void good(const Status& status) {
  if (!status) throw std::runtime_error(status.message());
}

/// The two contenders over the same sessions; `kept` ones are in memory before the clock starts.
class Contest {
 public:
  Contest(const Options& options, bool kept)
      : options_(options),
        api_(good(train::open_xgboost(options.library))),
        fit_(std::make_shared<Sessions>(0, options.sessions, options.rows, kept)),
        stop_(std::make_shared<Sessions>(10'000, std::max(1U, options.sessions / 5), options.rows, kept)) {}

  void trainer() const {
    const auto made_by = good(make_xgboost_trainer(model_settings(), training_settings(options_)));
    TrainRequest request;
    request.fit = fit_;
    request.stop = stop_;
    request.mode = TrainingMode::full;
    request.threads = options_.threads;
    good(made_by->train(request, quiet_observer(), {}));
  }

  /// As a program has it that has read its file: one plain matrix, whose bins the training makes.
  void load() {
    std::vector<float> block, labels;
    good(fit_->rewind());
    for (auto frame = good(fit_->next()); frame != nullptr; frame = good(fit_->next())) {
      const std::vector<float> rows = good(features_.encode(*frame));
      block.insert(block.end(), rows.begin(), rows.end());
      labels.insert(labels.end(), frame->target.values.begin(), frame->target.values.end());
    }
    const std::string data = train::array_interface(block.data(), labels.size(), columns, columns);
    train::Handle handle = nullptr;
    good(api_->status(api_->matrix_from_dense(data.c_str(), R"({"missing":NaN,"nthread":1})", &handle), "load"));
    matrix_.emplace(api_, handle);
    const std::string targets = train::array_interface(labels.data(), labels.size());
    good(api_->status(api_->matrix_set_info(handle, "label", targets.c_str()), "load"));
    later_ = good(recipe(*stop_).plain_matrices());
  }

  void load_binned() {
    matrix_ = good(recipe(*fit_).quantile_matrix(256));
    later_ = good(recipe(*stop_).plain_matrices());
  }

  /// No more than rounds and losses, as a program would write it.
  void bare() const {
    auto booster = good(train::Booster::create(api_, *matrix_));
    auto parameters = train::training_parameters(training_settings(options_).parameters, Task::regression, 1, 0);
    parameters["base_score"] = "84";
    good(booster.set(parameters));
    good(booster.set("nthread", std::to_string(options_.threads)));
    double best = HUGE_VAL;
    for (int round = 0; round < options_.rounds; ++round) {
      good(booster.update(round, *matrix_));
      train::MeanLoss loss(Task::regression);
      for (const auto& part : later_) loss.add(good(booster.predict(part)), part.labels(), {});
      best = std::min(best, loss.value());
    }
  }

 private:
  train::MatrixRecipe recipe(FrameStream& stream) const { return {api_, features_, stream, options_.threads, {}, {}}; }

  Options options_;
  std::shared_ptr<const train::XgboostApi> api_;
  train::FeatureSpace features_{model_settings().numeric, {}};
  std::shared_ptr<Sessions> fit_, stop_;
  std::optional<train::Matrix> matrix_;
  std::vector<train::Matrix> later_;
};

double timed(const std::function<void()>& work) {
  const double before = cpu_seconds();
  work();
  return cpu_seconds() - before;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// Interleaved pairs, the first of each pair in turn; the median ratio with a bootstrap 95 % interval.
void run_pairs(const Options& options) {
  Contest contest(options, true);
  contest.load();
  contest.bare();  // warms the library up
  std::vector<double> ratios, ours, bares;
  for (unsigned pair = 0; pair < options.pairs; ++pair) {
    double trainer = 0, bare = 0;
    if (pair % 2 == 0) trainer = timed([&] { contest.trainer(); });
    contest.load();  // a matrix keeps the bins of its first training
    bare = timed([&] { contest.bare(); });
    if (pair % 2 == 1) trainer = timed([&] { contest.trainer(); });
    ratios.push_back(trainer / bare);
    ours.push_back(trainer);
    bares.push_back(bare);
  }
  std::mt19937 random(1);
  std::vector<double> medians;
  for (int draw = 0; draw < 2000; ++draw) {
    std::vector<double> sample;
    for (std::size_t i = 0; i < ratios.size(); ++i) sample.push_back(ratios[random() % ratios.size()]);
    medians.push_back(median(sample));
  }
  std::sort(medians.begin(), medians.end());
  std::printf("%u sessions of %u rows, %d rounds, %u threads, %u pairs: trainer %.2f s, bare %.2f s, ratio %.3f (%.3f to %.3f)\n",
              options.sessions, options.rows, options.rounds, options.threads, options.pairs, median(ours), median(bares),
              median(ratios), medians[50], medians[1949]);
}

/// `quantile` is what XGBoost needs for its own matrix, made session by session, and the rounds.
void run_memory(const std::string& who, const Options& options) {
  Contest contest(options, false);
  const double before = peak_mib();
  if (who == "trainer") contest.trainer();
  if (who == "quantile") contest.load_binned();
  if (who == "bare") contest.load();
  if (who != "trainer") contest.bare();
  std::printf("%s: %.1f MiB above the %.1f MiB of the program\n", who.c_str(), peak_mib() - before, before);
}

int run(int count, char** words) {
  std::vector<std::string> rest(words + 1, words + count);
  if (rest.empty()) throw std::runtime_error("usage: retrain_bench_train pairs|memory WHO [options]; see main.cpp");
  Options options;
  std::size_t at = rest[0] == "memory" ? 2 : 1;
  for (; at + 1 < rest.size(); at += 2) {
    const std::string& value = rest[at + 1];
    if (rest[at] == "--sessions") options.sessions = static_cast<unsigned>(std::stoul(value));
    if (rest[at] == "--rows") options.rows = static_cast<unsigned>(std::stoul(value));
    if (rest[at] == "--rounds") options.rounds = std::stoi(value);
    if (rest[at] == "--threads") options.threads = static_cast<unsigned>(std::stoul(value));
    if (rest[at] == "--pairs") options.pairs = static_cast<unsigned>(std::stoul(value));
    if (rest[at] == "--library") options.library = value;
  }
  if (rest[0] == "pairs")
    run_pairs(options);
  else
    run_memory(rest.size() > 1 ? rest[1] : "trainer", options);
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    return run(count, words);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "retrain_bench_train: %s\n", error.what());
    return 1;
  }
}
