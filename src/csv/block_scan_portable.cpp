// Any processor: eight bytes at a time in ordinary registers.
#include "block_scan_forms.hpp"
#include "block_scan_loop.hpp"

namespace {

/// One bit of each byte's highest bit; bit i = byte i.
inline Bits gather_highest(Bits word) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  return ((word >> 7U & bytes_of(1)) * 0x0102040810204080U) >> 56U;
}

class WordBlock {
 public:
  explicit WordBlock(const char* text) { __builtin_memcpy(words_, text, 64); }

  Bits equal(char c) const {
    const Bits pattern = bytes_of(static_cast<unsigned char>(c));
    Bits bits = 0;
    for (unsigned i = 0; i < 8; ++i) bits |= gather_highest(zeros(words_[i] ^ pattern)) << (8 * i);
    return bits;
  }
  Bits high() const {
    Bits bits = 0;
    for (unsigned i = 0; i < 8; ++i) bits |= gather_highest(words_[i]) << (8 * i);
    return bits;
  }
  /// Some bit when a quote, CR, NUL or byte over 127 is there.
  Bits special() const {
    Bits bits = 0;
    for (unsigned i = 0; i < 8; ++i) {
      const Bits word = words_[i];
      const Bits any = zeros(word ^ bytes_of('"')) | zeros(word ^ bytes_of('\r')) | zeros(word) | word;
      bits |= gather_highest(any) << (8 * i);
    }
    return bits;
  }

 private:
  /// The highest bit of each byte that is zero.
  static Bits zeros(Bits word) { return ~(((word & bytes_of(0x7F)) + bytes_of(0x7F)) | word) & bytes_of(0x80); }

  Bits words_[8];
};

void changes(const TextCells& cells, std::uint64_t* words) {
  changes_of<WordEnding>(cells, words);
}

void scan(BlockScan& work) {
  scan_blocks<WordBlock, BitLoop<AnyLowest>>(work);
}

void numbers(const TextCells& cells, std::uint32_t decimals, NumberValues& out) {
  all_numbers(cells, decimals, out);
}

}  // namespace

const retrain::csv::Kernels retrain::csv::portable_kernels = {scan, numbers, changes};
