#include "streams.hpp"

#include <deque>
#include <vector>

namespace retrain::train {
namespace {

using NextFrame = Result<std::shared_ptr<const Frame>>;

class FramesInMemory final : public FrameStream {
 public:
  explicit FramesInMemory(std::vector<std::shared_ptr<const Frame>> frames) : frames_(std::move(frames)) {}

  NextFrame next() override { return at_ < frames_.size() ? frames_[at_++] : std::shared_ptr<const Frame>(); }
  Status rewind() override {
    at_ = 0;
    return {};
  }

 private:
  std::vector<std::shared_ptr<const Frame>> frames_;
  std::size_t at_ = 0;
};

class JoinedStream final : public FrameStream {
 public:
  JoinedStream(std::shared_ptr<FrameStream> first, std::shared_ptr<FrameStream> second)
      : first_(std::move(first)), second_(std::move(second)) {}

  NextFrame next() override {
    if (in_first_) {
      auto frame = first_->next();
      if (!frame || *frame != nullptr) return frame;
      in_first_ = false;
    }
    return second_->next();
  }
  Status rewind() override {
    in_first_ = true;
    const Status status = first_->rewind();
    return status ? second_->rewind() : status;
  }

 private:
  std::shared_ptr<FrameStream> first_, second_;
  bool in_first_ = true;
};

class StretchStream final : public FrameStream {
 public:
  StretchStream(std::shared_ptr<FrameStream> whole, std::size_t begin, std::size_t end)
      : whole_(std::move(whole)), begin_(begin), end_(end) {}

  NextFrame next() override {
    while (at_ < end_) {
      auto frame = whole_->next();
      if (!frame || *frame == nullptr) return frame;
      if ((*frame)->rows == 0) continue;
      if (at_++ >= begin_) return frame;
    }
    return std::shared_ptr<const Frame>();
  }
  Status rewind() override {
    at_ = 0;
    return whole_->rewind();
  }

 private:
  std::shared_ptr<FrameStream> whole_;
  std::size_t begin_, end_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::shared_ptr<FrameStream>> newest_sessions(FrameStream& stream, std::size_t count, std::stop_token stop) {
  std::deque<std::shared_ptr<const Frame>> newest;
  if (Status status = stream.rewind(); !status) return status;
  for (;;) {
    if (stop.stop_requested()) return Status{StatusCode::cancelled, "asked to stop while the training data was read"};
    auto frame = stream.next();
    if (!frame) return frame.status();
    if (*frame == nullptr) break;
    newest.push_back(std::move(*frame));
    if (newest.size() > count) newest.pop_front();
  }
  return std::shared_ptr<FrameStream>(
      std::make_shared<FramesInMemory>(std::vector<std::shared_ptr<const Frame>>(newest.begin(), newest.end())));
}

std::shared_ptr<FrameStream> joined(std::shared_ptr<FrameStream> first, std::shared_ptr<FrameStream> second) {
  return std::make_shared<JoinedStream>(std::move(first), std::move(second));
}

std::shared_ptr<FrameStream> stretch(std::shared_ptr<FrameStream> whole, std::size_t begin, std::size_t end) {
  return std::make_shared<StretchStream>(std::move(whole), begin, end);
}

}  // namespace retrain::train
