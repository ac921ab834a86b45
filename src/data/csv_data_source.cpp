#include <retrain/config.hpp>
#include <retrain/data_source.hpp>

#include "session_reader.hpp"

namespace retrain {
namespace {

class CsvFrameStream final : public FrameStream {
 public:
  CsvFrameStream(DataSettings settings, Snapshot snapshot, RowSelection selection, unsigned threads, std::stop_token stop)
      : settings_(std::move(settings)),
        snapshot_(std::move(snapshot)),
        selection_(std::move(selection)),
        threads_(selection_.threads != 0 ? selection_.threads : threads),
        stop_(std::move(stop)) {}

  Result<std::shared_ptr<const Frame>> next() override {
    if (stop_.stop_requested()) return Status{StatusCode::cancelled, "reading was stopped"};
    if (at_ == snapshot_.sessions.size()) {
      file_.reset();
      return std::shared_ptr<const Frame>();
    }
    const Session& session = snapshot_.sessions[at_];
    try {
      // The last file is kept: sessions that share it are hashed and read once a pass.
      if (!file_ || file_->path() != session.path || file_->sha256() != session.sha256) {
        file_.reset();
        auto file = data::SessionReader::open(session, settings_, selection_, threads_);
        if (!file) return file.status();
        file_ = std::move(*file);
      }
      auto frame = file_->frame(session.id);
      if (!frame) return frame;
      if (settings_.session_column.empty()) file_.reset();
      ++at_;
      return frame;
    } catch (const std::exception& error) {
      return Status{StatusCode::internal, "cannot read session " + session.id + ": " + error.what()};
    }
  }

  Status rewind() override {
    at_ = 0;
    file_.reset();
    return {};
  }

 private:
  DataSettings settings_;
  Snapshot snapshot_;
  RowSelection selection_;
  unsigned threads_;
  std::stop_token stop_;
  std::size_t at_ = 0;
  std::unique_ptr<data::SessionReader> file_;
};

class CsvDataSource final : public DataSource {
 public:
  CsvDataSource(const DataSettings& settings, unsigned threads) : settings_(settings), threads_(threads) {}

  PartId id() const override { return {"csv-files", "1"}; }

  Result<std::shared_ptr<FrameStream>> open(const Snapshot& snapshot, const RowSelection& selection,
                                            std::stop_token stop) override {
    return std::shared_ptr<FrameStream>(
        std::make_shared<CsvFrameStream>(settings_, snapshot, selection, threads_, std::move(stop)));
  }

 private:
  DataSettings settings_;
  unsigned threads_;
};

}  // namespace

std::shared_ptr<DataSource> make_csv_data_source(const DataSettings& settings, unsigned threads) {
  return std::make_shared<CsvDataSource>(settings, threads);
}

}  // namespace retrain
