#include "crash_point.hpp"

#ifdef RETRAIN_TESTING

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>

namespace retrain::base {

void crash_point(const char* place, const char* moment) {
  const char* wanted = std::getenv("RETRAIN_CRASH_AT");
  const char* log = std::getenv("RETRAIN_CRASH_LOG");
  if (wanted == nullptr && log == nullptr) return;
  static std::mutex mutex;
  static std::map<std::string, int> passages;
  const std::lock_guard lock(mutex);
  const std::string name = std::string(place) + "." + moment;
  const std::string numbered = name + "#" + std::to_string(++passages[name]);
  if (log != nullptr) {
    if (std::FILE* file = std::fopen(log, "a")) {
      std::fprintf(file, "%s\n", numbered.c_str());
      std::fclose(file);
    }
  }
  if (wanted != nullptr && (name == wanted || numbered == wanted)) std::raise(SIGKILL);
}

}  // namespace retrain::base

#endif
