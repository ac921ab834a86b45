#include "session_reader.hpp"

#include "base/text.hpp"
#include "session_frames.hpp"

namespace retrain::data {

Result<std::unique_ptr<SessionReader>> SessionReader::open(const Session& session, const DataSettings& settings,
                                                           const RowSelection& selection, unsigned threads) {
  const auto source = csv::SourceFile::open(session.path);
  if (!source) return source.status();
  SessionFrames frames(session, settings, selection, csv::slots_of(threads));
  csv::ScanOptions options;
  options.dialect = {settings.delimiter.empty() ? ',' : settings.delimiter.front(), settings.allow_embedded_newlines};
  options.threads = threads;
  auto sha256 = csv::scan_file(**source, options, frames);
  if (!sha256) return sha256.status();
  if (*sha256 != session.sha256) {
    return Status{StatusCode::corrupt, session.path + " is not the file that was checked: its sha256 is " + *sha256 + ", not " +
                                           base::printable(session.sha256)};
  }
  if (!frames.status()) return frames.status().within(session.path);
  std::unique_ptr<SessionReader> reader(new SessionReader());
  reader->path_ = session.path;
  reader->sha256_ = std::move(*sha256);
  reader->one_session_ = settings.session_column.empty();
  reader->frames_ = frames.finish();
  return reader;
}

Result<std::shared_ptr<const Frame>> SessionReader::frame(const std::string& id) const {
  const auto found = one_session_ ? frames_.begin() : frames_.find(id);
  if (found == frames_.end()) {
    return Status{StatusCode::data_not_ready, path_ + " has no row of session " + base::printable(id)};
  }
  if (!found->second) return found->second.status().within(path_);
  return found->second;
}

}  // namespace retrain::data
