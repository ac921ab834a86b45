// Session files for tests, and all frames of a stream.
#pragma once

#include <filesystem>
#include <memory>
#include <retrain/config.hpp>
#include <retrain/data_source.hpp>
#include <string>
#include <vector>

#include "base/sha256.hpp"
#include "support/temporary_folder.hpp"

namespace retrain::test {

/// A session over a file of `folder`, as a readiness check would have recorded it.
inline Session write_session(const TemporaryFolder& folder, const std::string& id, const std::string& bytes) {
  Session session;
  session.id = id;
  session.path = folder.write(id + ".csv", bytes);
  session.sha256 = base::sha256(bytes);
  session.size = bytes.size();
  return session;
}

inline std::vector<std::shared_ptr<const Frame>> read_all(FrameStream& stream) {
  std::vector<std::shared_ptr<const Frame>> frames;
  for (;;) {
    auto frame = stream.next();
    if (!frame) throw std::runtime_error(frame.status().message());
    if (*frame == nullptr) return frames;
    frames.push_back(*frame);
  }
}

inline std::shared_ptr<FrameStream> open(const DataSettings& settings, const Snapshot& snapshot, const RowSelection& selection,
                                         std::stop_token stop = {}) {
  return make_csv_data_source(settings)->open(snapshot, selection, std::move(stop)).value();
}

}  // namespace retrain::test
