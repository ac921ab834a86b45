// Which addresses are whose, and how secrets are read.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include <doctest/doctest.h>

#include <cstring>

#include "base/hmac.hpp"
#include "http/address.hpp"
#include "http/secret_file.hpp"
#include "support/temporary_folder.hpp"

using namespace retrain;
using http::AddressKind;

namespace {

AddressKind kind(const char* text) {
  sockaddr_storage storage{};
  sockaddr_in in{};
  sockaddr_in6 in6{};
  if (::inet_pton(AF_INET, text, &in.sin_addr) == 1) {
    in.sin_family = AF_INET;
    std::memcpy(&storage, &in, sizeof in);
  } else {
    REQUIRE(::inet_pton(AF_INET6, text, &in6.sin6_addr) == 1);
    in6.sin6_family = AF_INET6;
    std::memcpy(&storage, &in6, sizeof in6);
  }
  const auto& address = reinterpret_cast<const sockaddr&>(storage);
  CHECK(http::text_of(address).size() > 1);
  return http::kind_of(address);
}

}  // namespace

TEST_CASE("loopback, private and reserved addresses are told from those of the internet, also inside IPv6") {
  for (const char* text : {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"}) {
    CAPTURE(text);
    CHECK(kind(text) == AddressKind::loopback);
  }
  for (const char* text : {"0.0.0.0",
                           "10.0.0.1",
                           "100.64.0.1",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.168.1.1",
                           "192.0.2.7",
                           "198.18.0.1",
                           "203.0.113.1",
                           "224.0.0.1",
                           "255.255.255.255",
                           "::",
                           "fc00::1",
                           "fd12::1",
                           "fe80::1",
                           "ff02::1",
                           "2001:db8::1",
                           "2001::1",
                           "::ffff:10.0.0.1",
                           "64:ff9b::a00:1",
                           "2002:a00:1::",
                           "::ffff:169.254.169.254"}) {
    CAPTURE(text);
    CHECK(kind(text) == AddressKind::private_or_reserved);
  }
  for (const char* text :
       {"1.1.1.1", "100.128.0.1", "172.32.0.1", "192.169.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"}) {
    CAPTURE(text);
    CHECK(kind(text) == AddressKind::global);
  }
}

TEST_CASE("HMAC-SHA256 and base64 give what their standards give") {
  // RFC 4231, cases 1 and 2; RFC 4648, section 10
  CHECK(base::to_base64(base::hmac_sha256(std::string(20, '\x0b'), "Hi There")) ==
        "sDRMYdjbOFNcqK/OrwvxK4gdwgDJgz2nJuk3bC4yz/c=");
  CHECK(base::to_base64(base::hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
  CHECK(base::to_base64("foobar") == "Zm9vYmFy");
  CHECK(base::to_base64("fooba") == "Zm9vYmE=");
  CHECK(base::to_base64("") == "");
  CHECK(base::from_base64("Zm9vYg==") == "foob");
  CHECK(base::from_base64("Zm9vYmFy") == "foobar");
  for (const char* broken : {"", "Zm9", "Zm9vY===", "Zm=vYmFy", "Zm9v YmFy", "Zm9vYmF\n", "Zm9vY!=="}) {
    CAPTURE(broken);
    CHECK_FALSE(base::from_base64(broken).has_value());
  }
}

TEST_CASE("a secret is read without its line end, through a link too, and never when it is none") {
  const test::TemporaryFolder folder;
  const std::string file = folder.write("secret", "open sesame\n");
  std::filesystem::create_symlink(file, folder / "link");

  CHECK(http::read_secret(file).value() == "open sesame");
  CHECK(http::read_secret(folder / "link").value() == "open sesame");
  CHECK(http::read_secret(folder / "absent").status().code() == StatusCode::not_found);
  CHECK(http::read_secret(folder.path()).status().code() == StatusCode::invalid_argument);
  for (const std::string& text :
       {std::string("\n"), std::string("canary\nX-Evil: 1"), std::string("canary\0x", 8), std::string(70'000, 'c')}) {
    const Status status = http::read_secret(folder.write("bad", text)).status();
    CHECK(status.code() == StatusCode::invalid_argument);
    CHECK(status.message().find("canary") == std::string::npos);
  }
}

TEST_CASE("a secret that others may read is told with its mode") {
  const test::TemporaryFolder folder;
  const std::string file = folder.write("secret", "x");

  ::chmod(file.c_str(), 0640);
  CHECK(http::secret_exposure(file).find("0640") != std::string::npos);
  ::chmod(file.c_str(), 0600);
  CHECK(http::secret_exposure(file).empty());
}
