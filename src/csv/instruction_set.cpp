#include "instruction_set.hpp"

#include "block_scan_forms.hpp"

namespace retrain::csv {
namespace {

bool runs(InstructionSet set) {
  if (kernels(set).scan == nullptr) return false;
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                    __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
  if (set == InstructionSet::avx2) return avx2;
  if (set == InstructionSet::avx512) {
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
           __builtin_cpu_supports("avx512vbmi2");
  }
#endif
  return true;
}

}  // namespace

std::string_view to_string(InstructionSet set) {
  switch (set) {
    case InstructionSet::portable: return "portable";
    case InstructionSet::sse2: return "sse2";
    case InstructionSet::avx2: return "avx2";
    case InstructionSet::avx512: return "avx512";
    case InstructionSet::neon: return "neon";
  }
  return "";
}

std::vector<InstructionSet> supported_sets() {
  std::vector<InstructionSet> sets;
  for (const auto set :
       {InstructionSet::portable, InstructionSet::sse2, InstructionSet::neon, InstructionSet::avx2, InstructionSet::avx512}) {
    if (runs(set)) sets.push_back(set);
  }
  return sets;
}

InstructionSet best_set() {
  static const InstructionSet best = supported_sets().back();
  return best;
}

const Kernels& kernels(InstructionSet set) {
  switch (set) {
    case InstructionSet::sse2: return sse2_kernels;
    case InstructionSet::avx2: return avx2_kernels;
    case InstructionSet::avx512: return avx512_kernels;
    case InstructionSet::neon: return neon_kernels;
    case InstructionSet::portable: break;
  }
  return portable_kernels;
}

}  // namespace retrain::csv
