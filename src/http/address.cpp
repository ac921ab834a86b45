#include "address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace retrain::http {
namespace {

struct Block4 {
  std::uint32_t network;
  int length;
};

// IANA's special-purpose registry: everything that is not globally reachable, multicast, and what relays to other addresses.
constexpr Block4 reserved4[] = {{0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0xA9FE0000, 16}, {0xAC100000, 12},
                                {0xC0000000, 24}, {0xC0000200, 24}, {0xC0586300, 24}, {0xC0A80000, 16}, {0xC6120000, 15},
                                {0xC6336400, 24}, {0xCB007100, 24}, {0xE0000000, 4},  {0xF0000000, 4}};

AddressKind kind_of_ipv4(std::uint32_t address) {
  if (address >> 24U == 127) return AddressKind::loopback;
  for (const auto& [network, length] : reserved4) {
    if ((address ^ network) >> (32 - length) == 0) return AddressKind::private_or_reserved;
  }
  return AddressKind::global;
}

using Bytes = std::array<std::uint8_t, 16>;

bool starts_with(const Bytes& address, std::initializer_list<int> bytes) {
  std::size_t i = 0;
  for (const int byte : bytes) {
    if (address[i++] != byte) return false;
  }
  return true;
}

std::uint32_t ipv4_at(const Bytes& a, std::size_t i) {
  return std::uint32_t{a[i]} << 24U | std::uint32_t{a[i + 1]} << 16U | std::uint32_t{a[i + 2]} << 8U | a[i + 3];
}

AddressKind kind_of_ipv6(const Bytes& address) {
  Bytes one{};
  one[15] = 1;
  if (address == one) return AddressKind::loopback;
  if (starts_with(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF})) return kind_of_ipv4(ipv4_at(address, 12));
  if (starts_with(address, {0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0})) return kind_of_ipv4(ipv4_at(address, 12));
  if (starts_with(address, {0x20, 0x02})) return kind_of_ipv4(ipv4_at(address, 2));
  // Only 2000::/3 is given out; of it, Teredo, benchmarking and documentation lead nowhere one should go.
  if (address[0] >> 5U != 1) return AddressKind::private_or_reserved;
  if (starts_with(address, {0x20, 0x01}) && address[2] < 2) return AddressKind::private_or_reserved;
  if (starts_with(address, {0x20, 0x01, 0x0D, 0xB8})) return AddressKind::private_or_reserved;
  return AddressKind::global;
}

}  // namespace

AddressKind kind_of(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    return kind_of_ipv4(ntohl(in.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    Bytes bytes;
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return kind_of_ipv6(bytes);
  }
  return AddressKind::private_or_reserved;
}

std::string text_of(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    ::inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
  } else if (address.sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    ::inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof text);
  }
  return text;
}

}  // namespace retrain::http
