#include "raw_device.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace retrain::bench {
namespace {

constexpr std::size_t block = 4096;
constexpr unsigned blocks = 256;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

}  // namespace

RawDevice::RawDevice(const std::string& folder) : path_(folder + "/raw-device") {
  file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file_ < 0) fail("cannot make " + path_);
  const std::array<char, block> zeros{};
  for (unsigned i = 0; i < blocks; ++i) {
    if (::write(file_, zeros.data(), block) != ssize_t{block}) fail("cannot fill " + path_);
  }
  if (::fsync(file_) != 0) fail("cannot flush " + path_);
}

RawDevice::~RawDevice() {
  ::close(file_);
  ::unlink(path_.c_str());
}

void RawDevice::flush_once() {
  ++turn_;
  std::array<char, block> bytes{};
  bytes.fill(static_cast<char>(turn_));
  if (::pwrite(file_, bytes.data(), block, off_t{block} * (turn_ % blocks)) != ssize_t{block}) fail("cannot write " + path_);
  if (::fdatasync(file_) != 0) fail("cannot flush " + path_);
}

}  // namespace retrain::bench
