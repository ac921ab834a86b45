// The loops that all forms share. Included once by the source of each form, in an unnamed namespace; it must not call inline
// functions of other headers, since the linker could keep the copy that was compiled for instructions this machine lacks.
//
// Masks of 64 bytes and quotes by prefix XOR: Langdale and Lemire, "Parsing gigabytes of JSON per second", 2019.
#pragma once

#include "block_scan.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace {

using retrain::csv::BlockScan;
using retrain::csv::NumberValues;
using retrain::csv::Row;
using retrain::csv::TextCells;
using Bits = std::uint64_t;

inline Bits below(unsigned bit) {
  return (Bits{1} << bit) - 1;
}

inline unsigned lowest(Bits bits) {
  return static_cast<unsigned>(__builtin_ctzll(bits));
}

inline unsigned count_of(Bits bits) {
  return static_cast<unsigned>(__builtin_popcountll(bits));
}

/// Bit i of the result: whether an odd number of bits up to and including i is set.
inline Bits prefix_xor(Bits bits) {
  for (unsigned shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

/// Separators of one block, after quotes.
struct Separators {
  Bits fields = 0;  // where fields end: delimiters, LF, or the CR before it
  Bits lines = 0;   // LF
  Bits crlf = 0;    // CR that an LF follows
};

struct Carry {
  Bits in_quotes = 0;  // all bits when a quoted field goes on
  bool cr = false;     // the last byte was the CR of a CRLF
};

/// A block with quotes, CR, NUL or bytes over 127. `valid` has the bits below the limit.
template <class Block>
inline Separators careful(BlockScan& scan, std::uint32_t at, const Block& block, Bits valid, Carry& carry) {
  const char* text = scan.text;
  const Bits quote = block.equal('"') & valid, cr = block.equal('\r') & valid, nul = block.equal('\0') & valid;
  if ((block.high() & valid) != 0) scan.high_blocks[scan.high_count++] = at;
  const Bits inside = prefix_xor(quote) ^ carry.in_quotes;
  const Bits all_lines = block.equal('\n') & valid;
  const Bits delimiters = block.equal(scan.delimiter) & valid & ~inside;
  const Bits lines = all_lines & ~inside;
  // What stands behind the last known byte is not known: it breaks nothing yet, and its record is not whole.
  const Bits last = valid ^ (valid >> 1U);
  const bool more = at + 64 < scan.limit;
  const Bits pending = more ? 0 : last;
  const char next = more ? text[at + 64] : '\0';

  const Bits crlf = cr & ~inside & ((all_lines >> 1U) | (Bits{next == '\n'} << 63U));
  const Bits opening = quote & inside, closing = quote & ~inside;
  const char previous = at > scan.begin ? text[at - 1] : '\0';
  const bool may_open =
      at == scan.begin || (carry.in_quotes == 0 && (previous == scan.delimiter || previous == '\n' || previous == '"'));
  const Bits may_open_at = ((delimiters | lines | closing) << 1U) | Bits{may_open};
  const bool may_close =
      next == scan.delimiter || next == '\n' || next == '"' || (next == '\r' && (at + 65 >= scan.limit || text[at + 65] == '\n'));
  const Bits may_close_at = ((delimiters | lines | quote | crlf) >> 1U) | (Bits{may_close} << 63U);
  // A quote at the first byte that closes a field of the block before.
  const Bits bad =
      (all_lines & inside) | (cr & ~crlf & ~pending) | nul | (opening & ~may_open_at) | (closing & ~may_close_at & ~pending);
  carry.in_quotes = Bits{0} - (inside >> 63U);
  Separators found{delimiters | crlf, lines, crlf};
  found.fields |= lines & ~((crlf << 1U) | Bits{carry.cr});
  carry.cr = (crlf >> 63U) != 0;
  if (bad != 0) {
    const unsigned first = lowest(bad);
    scan.stop = at + first;
    found.fields &= below(first);
    found.lines &= below(first);
  }
  return found;
}

/// Writes the separators' offsets; may write up to 16 more entries than there are. `Lowest` finds the lowest bit, and anything
/// for none.
template <class Lowest>
struct BitLoop {
  static void write(std::uint32_t* out, std::uint32_t at, Bits bits) {
    const unsigned count = count_of(bits);
    // Mostly enough, and no branch to guess wrong.
    for (unsigned i = 0; i < 16; ++i) {
      out[i] = at + Lowest::of(bits);
      bits &= bits - 1;
    }
    for (unsigned i = 16; i < count; ++i) {
      out[i] = at + Lowest::of(bits);
      bits &= bits - 1;
    }
  }
};

struct AnyLowest {
  static unsigned of(Bits bits) { return lowest(bits | Bits{1} << 63U); }
};

/// Writes where the row behind the lowest line end begins.
inline void add_row(BlockScan& scan, std::uint32_t at, const Separators& found, bool cr_before) {
  const Bits before = (found.lines - 1) & ~found.lines;  // the bits below it
  const Bits first = found.lines & (~found.lines + 1);
  const bool after_cr = ((found.crlf << 1U | Bits{cr_before}) & first) != 0;
  const std::uint32_t end = scan.end_count + count_of(found.fields & before) - (after_cr ? 1 : 0);
  scan.rows[scan.row_count + 1] = {at + count_of(before) + 1, end + 1};
}

template <class Block, class Writer>
inline void scan_blocks(BlockScan& work) {
  BlockScan scan = work;  // a copy, since the compiler must think that what is written below could change the original
  Carry carry;
  scan.stop = scan.limit;
  scan.end_count = scan.rows[scan.row_count].first;
  for (std::uint32_t at = scan.begin; at < scan.limit && scan.stop == scan.limit; at += 64) {
    const Block block(scan.text + at);
    const Bits valid = scan.limit - at < 64 ? below(scan.limit - at) : ~Bits{0};
    Separators found;
    const bool cr_before = carry.cr;
    if ((block.special() & valid) == 0 && carry.in_quotes == 0 && !cr_before) {
      found.lines = block.equal('\n') & valid;
      found.fields = (block.equal(scan.delimiter) & valid) | found.lines;
    } else {
      found = careful(scan, at, block, valid, carry);
    }
    Writer::write(scan.ends + scan.end_count, at, found.fields);
    // The first line end without a branch that could be guessed wrong: most blocks hold one or none.
    add_row(scan, at, found, cr_before);
    scan.row_count += found.lines != 0 ? 1 : 0;
    for (found.lines &= found.lines - 1; found.lines != 0; found.lines &= found.lines - 1) {
      add_row(scan, at, found, cr_before);
      ++scan.row_count;
    }
    scan.end_count += count_of(found.fields);
  }
  work = scan;
}

constexpr Bits bytes_of(unsigned char byte) {
  return Bits{0x0101010101010101} * byte;
}

constexpr double powers_of_ten[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};

/// The value of a cell of one to eight bytes that are digits and, when decimals are expected, a point before the last of them.
/// The quotient is correctly rounded: both numbers are exact.
inline bool easy_number(const char* text, std::uint32_t begin, std::uint32_t end, unsigned decimals, double& value) {
  const std::uint32_t length = end - begin;
  if (length - 1U > 7U) return false;
  Bits bytes = 0;
  __builtin_memcpy(&bytes, text + end - 8, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  bytes = __builtin_bswap64(bytes);
#endif
  const unsigned unused = 64 - 8 * length;
  bytes = ((bytes ^ bytes_of('0')) >> unused) << unused;
  if (decimals > 0) {
    const unsigned point = 8 * (7 - decimals);
    if (((bytes >> point) & 0xFFU) != ('.' ^ '0')) return false;
    bytes = ((bytes & below(point)) << 8U) | (bytes >> (point + 8) << (point + 8));
  }
  if (((bytes | (bytes + bytes_of(0x76))) & bytes_of(0x80)) != 0) return false;
  bytes = (bytes * 10 + (bytes >> 8U)) & 0x00FF00FF00FF00FFU;
  bytes = (bytes * 100 + (bytes >> 16U)) & 0x0000FFFF0000FFFFU;
  bytes = (bytes * 10000 + (bytes >> 32U)) & 0xFFFFFFFFU;
  value = static_cast<double>(bytes) / powers_of_ten[decimals];
  return true;
}

/// Cells from `first` on; widens the range of the values.
inline void numbers_from(const TextCells& cells, std::uint32_t decimals, std::uint32_t first, NumberValues& out) {
  for (std::uint32_t i = first; i < cells.count; ++i) {
    const std::uint32_t begin = cells.begins[i * cells.begin_stride] + cells.begin_offset;
    double value = 0;
    if (easy_number(cells.text, begin, cells.ends[i * cells.end_stride], decimals, value)) {
      out.values[i] = value;
      out.least = value < out.least ? value : out.least;
      out.most = value > out.most ? value : out.most;
    } else {
      out.values[i] = __builtin_nan("");
      out.hard[i / 64] |= Bits{1} << (i % 64);
    }
  }
}

inline void all_numbers(const TextCells& cells, std::uint32_t decimals, NumberValues& out) {
  out.hard[0] = out.hard[1] = 0;
  out.least = __builtin_inf();
  out.most = -__builtin_inf();
  numbers_from(cells, decimals, 0, out);
}

/// `Ending` holds the last 16 bytes of a cell; same(other, length) compares the last `length` of them, at most 16.
template <class Ending>
inline void changes_of(const TextCells& cells, std::uint64_t* words) {
  std::uint32_t last_length = ~std::uint32_t{0};
  const char* last_end = cells.text + cells.ends[0];  // any place that may be read: no cell is so long
  Ending last(last_end);
  const auto differs = [&](std::uint32_t i) {
    const std::uint32_t end_at = cells.ends[i * cells.end_stride];
    const std::uint32_t length = end_at - cells.begins[i * cells.begin_stride] - cells.begin_offset;
    const char* const end = cells.text + end_at;
    const Ending ending(end);
    // Without branches, except for long cells: whether a value changes is hard to guess.
    Bits changed = Bits{length != last_length} | Bits{!ending.same(last, length < 16 ? length : 16)};
    for (std::uint32_t done = 16; done < length && changed == 0; done += 16) {
      changed = Bits{!Ending(end - done).same(Ending(last_end - done), length - done < 16 ? length - done : 16)};
    }
    last_length = length;
    last = ending;
    last_end = end;
    return changed;
  };
  const std::uint32_t half = cells.count < 64 ? cells.count : 64;
  Bits low = 0, high = 0;
  for (std::uint32_t i = 0; i < half; ++i) low |= differs(i) << i;
  for (std::uint32_t i = half; i < cells.count; ++i) high |= differs(i) << (i - 64);
  words[0] = low;
  words[1] = high;
}

class WordEnding {
 public:
  explicit WordEnding(const char* end) {
    __builtin_memcpy(&last_, end - 8, 8);
    __builtin_memcpy(&before_, end - 16, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    last_ = __builtin_bswap64(last_);
    before_ = __builtin_bswap64(before_);
#endif
  }
  bool same(const WordEnding& other, std::uint32_t length) const {
    const Bits last = last_ ^ other.last_, before = before_ ^ other.before_;
    if (length <= 8) return length == 0 || last >> (64 - 8 * length) == 0;
    return (last | before >> (128 - 8 * length)) == 0;
  }

 private:
  Bits last_ = 0, before_ = 0;
};

#if defined(__SSE2__)
class SseEnding {
 public:
  explicit SseEnding(const char* end) : bytes_(_mm_loadu_si128(reinterpret_cast<const __m128i*>(end - 16))) {}
  bool same(const SseEnding& other, std::uint32_t length) const {
    const unsigned differ = ~static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes_, other.bytes_))) & 0xFFFFU;
    return differ >> (16 - length) == 0;
  }

 private:
  __m128i bytes_;
};
#endif

}  // namespace
