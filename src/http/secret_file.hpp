// Secrets: read from files when they are needed, so that they may change under a running program and stand nowhere else.
#pragma once

#include <retrain/status.hpp>
#include <string>

namespace retrain::http {

/// The text of a file without its last line end. A link is followed: that is how secrets are mounted. Fails with not_found,
/// invalid_argument (no regular file, empty, over 64 KiB, a control character inside) or io_error; no message holds the text.
Result<std::string> read_secret(const std::string& path);

/// Who else may read a secret: "mode 0644 lets others read it", or empty.
std::string secret_exposure(const std::string& path);

}  // namespace retrain::http
