// InstructionSet: the forms in which the inner loops of CSV reading exist, and which of them this machine runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "block_scan.hpp"

namespace retrain::csv {

enum class InstructionSet { portable, sse2, avx2, avx512, neon };
std::string_view to_string(InstructionSet set);

/// The inner loops in one form.
struct Kernels {
  void (*scan)(BlockScan&);
  void (*numbers)(const TextCells&, std::uint32_t decimals, NumberValues&);
  /// Bits of the cells whose bytes are not those of the cell before; the first always differs.
  void (*changes)(const TextCells&, std::uint64_t* words);
};

/// Those that this machine runs, slowest first; portable is always there.
std::vector<InstructionSet> supported_sets();
/// The fastest of them.
InstructionSet best_set();
/// `set` must be supported.
const Kernels& kernels(InstructionSet set);

}  // namespace retrain::csv
