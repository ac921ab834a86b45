#include "md5.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace retrain::base {

struct Md5::Context {
  EVP_MD* algorithm = nullptr;
  EVP_MD_CTX* md = EVP_MD_CTX_new();
  // "-fips": where the machine's policy forbids MD5 for security, it is still needed as a name.
  Context() : algorithm(EVP_MD_fetch(nullptr, "MD5", "-fips")) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() {
    EVP_MD_CTX_free(md);
    EVP_MD_free(algorithm);
  }
};

Md5::Md5() : context_(std::make_unique<Context>()) {
  if (context_->algorithm == nullptr || context_->md == nullptr ||
      EVP_DigestInit_ex(context_->md, context_->algorithm, nullptr) != 1) {
    throw std::runtime_error("OpenSSL cannot compute MD5 here");
  }
}

Md5::~Md5() = default;

void Md5::update(std::string_view bytes) {
  EVP_DigestUpdate(context_->md, bytes.data(), bytes.size());
}

std::string Md5::hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_DigestFinal_ex(context_->md, digest, &length);
  std::string out;
  for (unsigned i = 0; i < length; ++i) {
    out += "0123456789abcdef"[digest[i] >> 4U];
    out += "0123456789abcdef"[digest[i] & 15U];
  }
  return out;
}

std::string md5(std::string_view bytes) {
  Md5 hash;
  hash.update(bytes);
  return hash.hex();
}

}  // namespace retrain::base
