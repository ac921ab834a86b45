// AArch64: sixteen bytes at a time.
#include "block_scan_forms.hpp"

#if defined(__aarch64__)
#include <arm_neon.h>

#include "block_scan_loop.hpp"

namespace {

class NeonBlock {
 public:
  explicit NeonBlock(const char* text) {
    for (unsigned i = 0; i < 4; ++i) parts_[i] = vld1q_u8(reinterpret_cast<const std::uint8_t*>(text) + 16 * i);
  }

  Bits equal(char c) const {
    const uint8x16_t pattern = vdupq_n_u8(static_cast<std::uint8_t>(c));
    return join([&](uint8x16_t part) { return vceqq_u8(part, pattern); });
  }
  Bits high() const {
    return join([](uint8x16_t part) { return vcgeq_u8(part, vdupq_n_u8(128)); });
  }
  Bits special() const {
    const uint8x16_t quote = vdupq_n_u8('"'), cr = vdupq_n_u8('\r');
    return join([&](uint8x16_t part) {
      return vorrq_u8(vorrq_u8(vceqq_u8(part, quote), vceqq_u8(part, cr)),
                      vorrq_u8(vceqzq_u8(part), vcgeq_u8(part, vdupq_n_u8(128))));
    });
  }

 private:
  template <class Test>
  Bits join(Test test) const {
    static const std::uint8_t weights[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t weight = vld1q_u8(weights);
    uint8x16_t sum01 = vpaddq_u8(vandq_u8(test(parts_[0]), weight), vandq_u8(test(parts_[1]), weight));
    const uint8x16_t sum23 = vpaddq_u8(vandq_u8(test(parts_[2]), weight), vandq_u8(test(parts_[3]), weight));
    sum01 = vpaddq_u8(sum01, sum23);
    sum01 = vpaddq_u8(sum01, sum01);
    return vgetq_lane_u64(vreinterpretq_u64_u8(sum01), 0);
  }

  uint8x16_t parts_[4];
};

void changes(const TextCells& cells, std::uint64_t* words) {
  changes_of<WordEnding>(cells, words);
}

void scan(BlockScan& work) {
  scan_blocks<NeonBlock, BitLoop<AnyLowest>>(work);
}

void numbers(const TextCells& cells, std::uint32_t decimals, NumberValues& out) {
  all_numbers(cells, decimals, out);
}

}  // namespace

const retrain::csv::Kernels retrain::csv::neon_kernels = {scan, numbers, changes};
#else
const retrain::csv::Kernels retrain::csv::neon_kernels = {nullptr, nullptr, nullptr};
#endif
