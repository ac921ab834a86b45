// x86-64, any: sixteen bytes at a time.
#include "block_scan_forms.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>

#include "block_scan_loop.hpp"

namespace {

class SseBlock {
 public:
  explicit SseBlock(const char* text) {
    for (unsigned i = 0; i < 4; ++i) parts_[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + 16 * i));
  }

  Bits equal(char c) const {
    const __m128i pattern = _mm_set1_epi8(c);
    return join([&](__m128i part) { return _mm_cmpeq_epi8(part, pattern); });
  }
  Bits high() const {
    return join([](__m128i part) { return part; });
  }
  Bits special() const {
    const __m128i quote = _mm_set1_epi8('"'), cr = _mm_set1_epi8('\r'), nul = _mm_setzero_si128();
    return join([&](__m128i part) {
      return _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(part, quote), _mm_cmpeq_epi8(part, cr)),
                          _mm_or_si128(_mm_cmpeq_epi8(part, nul), part));
    });
  }

 private:
  template <class Test>
  Bits join(Test test) const {
    Bits bits = 0;
    for (unsigned i = 0; i < 4; ++i) bits |= Bits{static_cast<unsigned>(_mm_movemask_epi8(test(parts_[i])))} << (16 * i);
    return bits;
  }

  __m128i parts_[4];
};

void changes(const TextCells& cells, std::uint64_t* words) {
  changes_of<SseEnding>(cells, words);
}

void scan(BlockScan& work) {
  scan_blocks<SseBlock, BitLoop<AnyLowest>>(work);
}

void numbers(const TextCells& cells, std::uint32_t decimals, NumberValues& out) {
  all_numbers(cells, decimals, out);
}

}  // namespace

const retrain::csv::Kernels retrain::csv::sse2_kernels = {scan, numbers, changes};
#else
const retrain::csv::Kernels retrain::csv::sse2_kernels = {nullptr, nullptr, nullptr};
#endif
