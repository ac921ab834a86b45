// Addresses: which of them belong to this machine, to a private network, or to nobody.
#pragma once

#include <string>

struct sockaddr;

namespace retrain::http {

enum class AddressKind { loopback, private_or_reserved, global };

/// What kind of address a connection would go to. An IPv4 address inside an IPv6 one counts as what it is; an unknown family is
/// reserved.
AddressKind kind_of(const sockaddr& address);
/// "127.0.0.1" or "::1"; empty for another family.
std::string text_of(const sockaddr& address);

}  // namespace retrain::http
