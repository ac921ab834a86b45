// HMAC-SHA256 and base64: what signatures and credentials are made of.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace retrain::base {

/// The 32 bytes of HMAC-SHA256.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

std::string to_base64(std::string_view bytes);
/// The bytes behind base64 text with its padding; nullopt when it is none.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace retrain::base
