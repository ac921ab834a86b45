#include "base/sha256.hpp"

#include <doctest/doctest.h>

using retrain::base::Sha256;
using retrain::base::sha256;

TEST_CASE("SHA-256 gives the digests of FIPS 180-4") {
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST_CASE("a digest does not depend on how the bytes were cut") {
  const std::string bytes(1000, 'a');
  Sha256 hash;

  for (std::size_t at = 0; at < bytes.size(); at += 7) hash.update(std::string_view(bytes).substr(at, 7));

  CHECK(hash.hex() == sha256(bytes));
}
