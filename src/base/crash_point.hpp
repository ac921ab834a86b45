// Crash points: places where a test build can be told to kill itself. A release build has none.
#pragma once

#include <string>

namespace retrain::base {

#ifdef RETRAIN_TESTING
/// Kills the process (SIGKILL) when the environment variable RETRAIN_CRASH_AT is "<place>.<moment>" or, for the n-th passage,
/// "<place>.<moment>#<n>". With RETRAIN_CRASH_LOG set to a file, every passage is appended to it instead.
void crash_point(const char* place, const char* moment);
#else
inline void crash_point(const char*, const char*) {}
#endif

}  // namespace retrain::base
