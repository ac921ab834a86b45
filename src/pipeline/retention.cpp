#include "retention.hpp"

#include <algorithm>
#include <filesystem>

#include "base/crash_point.hpp"

namespace retrain::pipeline {

namespace {

Result<std::vector<std::string>> list_unneeded(Core& core) {
  return core.fetch<std::vector<std::string>>(
      [&](store::Connection& db) { return store::list_unneeded_models(db, core.model()); });
}

}  // namespace

Result<int> prune_models(Core& core) {
  const auto unneeded = list_unneeded(core);
  if (!unneeded) return unneeded.status();
  int removed = 0;
  for (std::size_t i = core.config().deployment.keep_models; i < unneeded->size(); ++i) {
    const std::string folder = core.path("models/" + (*unneeded)[i]);
    // Under this name a reader finds it no more, and the next sweep takes what a crash leaves.
    const std::string doomed = core.path("models/.tmp-" + (*unneeded)[i]);
    std::error_code error;
    std::filesystem::rename(folder, doomed, error);
    if (error == std::errc::no_such_file_or_directory) continue;  // it went at an earlier tick
    if (error) return Status{StatusCode::io_error, "cannot remove " + folder + ": " + error.message()};
    base::crash_point("retention", "renamed");
    // A run of another process that began since may have made the very same model and found its files here. One that begins from
    // now on finds none and writes them again.
    const auto still = list_unneeded(core);
    if (!still || std::find(still->begin(), still->end(), (*unneeded)[i]) == still->end()) {
      std::filesystem::rename(doomed, folder, error);
      if (!error) return removed;
    }
    std::filesystem::remove_all(doomed, error);
    if (error) return Status{StatusCode::io_error, "cannot remove " + doomed + ": " + error.message()};
    ++removed;
  }
  return removed;
}

}  // namespace retrain::pipeline
