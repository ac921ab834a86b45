// MD5, lower-case hex: only because DVC names its files so. It proves nothing against a person who wants to deceive.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace retrain::base {

class Md5 {
 public:
  Md5();
  ~Md5();
  Md5(const Md5&) = delete;
  Md5& operator=(const Md5&) = delete;
  void update(std::string_view bytes);
  /// The digest of everything so far; the object is used up.
  std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string md5(std::string_view bytes);

}  // namespace retrain::base
