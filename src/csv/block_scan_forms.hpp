// The forms of the inner loops; instruction_set.cpp chooses among them. Those of another processor are null.
#pragma once

#include "instruction_set.hpp"

namespace retrain::csv {

extern const Kernels portable_kernels;
extern const Kernels sse2_kernels;
extern const Kernels avx2_kernels;
extern const Kernels avx512_kernels;
extern const Kernels neon_kernels;

}  // namespace retrain::csv
