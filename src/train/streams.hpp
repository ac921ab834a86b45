// Streams made of other streams: the newest sessions, two one after the other, a stretch of one.
#pragma once

#include <memory>
#include <retrain/data_source.hpp>
#include <stop_token>

namespace retrain::train {

/// The newest `count` sessions of a stream, in memory, as a stream. Reads and so checks all of them.
Result<std::shared_ptr<FrameStream>> newest_sessions(FrameStream& stream, std::size_t count, std::stop_token stop);

/// All of `first`, then all of `second`.
std::shared_ptr<FrameStream> joined(std::shared_ptr<FrameStream> first, std::shared_ptr<FrameStream> second);

/// The sessions with rows from number `begin` to before `end`, counted from 0. `whole` is read up to there on each pass.
std::shared_ptr<FrameStream> stretch(std::shared_ptr<FrameStream> whole, std::size_t begin, std::size_t end);

}  // namespace retrain::train
