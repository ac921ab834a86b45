#include "uuid.hpp"

#include <sys/random.h>

#include <cstdio>
#include <stdexcept>

namespace retrain::base {

IdSource::IdSource(std::optional<std::uint64_t> seed) : seeded_(seed.has_value()), random_(seed.value_or(0)) {}

std::string IdSource::next(Time now) {
  const std::lock_guard lock(mutex_);
  // Ids made here never go backwards, also when the wall clock does.
  const std::int64_t ms = std::max(last_ms_, std::int64_t{now.time_since_epoch().count() / 1000});
  sequence_ = ms == last_ms_ ? sequence_ + 1 : 0;
  last_ms_ = ms;
  std::uint64_t random = 0;
  if (seeded_) {
    random = random_();
  } else if (::getrandom(&random, sizeof random, 0) != static_cast<ssize_t>(sizeof random)) {
    throw std::runtime_error("the kernel gives no random bytes");
  }
  char text[40];
  std::snprintf(text, sizeof text, "%08llx-%04llx-7%03x-%04llx-%012llx",
                static_cast<unsigned long long>((ms >> 16) & 0xffffffffLL), static_cast<unsigned long long>(ms & 0xffffLL),
                sequence_ & 0xfffU, static_cast<unsigned long long>(0x8000U | (random >> 50U)),
                static_cast<unsigned long long>(random & 0xffffffffffffULL));
  return text;
}

}  // namespace retrain::base
