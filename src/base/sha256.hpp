// SHA-256, lower-case hex: the identity of files, models and records.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace retrain::base {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::string_view bytes);
  /// The digest of everything so far; the object is used up.
  std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string sha256(std::string_view bytes);

}  // namespace retrain::base
