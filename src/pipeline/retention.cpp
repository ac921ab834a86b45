#include "retention.hpp"

#include <filesystem>

#include "base/crash_point.hpp"

namespace retrain::pipeline {

Result<int> prune_models(Core& core) {
  const auto unneeded =
      core.fetch<std::vector<std::string>>([&](store::Connection& db) { return store::list_unneeded_models(db, core.model()); });
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
    std::filesystem::remove_all(doomed, error);
    if (error) return Status{StatusCode::io_error, "cannot remove " + doomed + ": " + error.message()};
    ++removed;
  }
  return removed;
}

}  // namespace retrain::pipeline
