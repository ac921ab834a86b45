// The loops that all forms share. Included once by the source of each form, in an unnamed namespace; it must not call inline
// functions of other headers, since the linker could keep the copy that was compiled for instructions this machine lacks.
//
// Masks of 64 bytes and quotes by prefix XOR: Langdale and Lemire, "Parsing gigabytes of JSON per second", 2019.
#pragma once

#include "block_scan.hpp"

namespace {

using retrain::csv::BlockScan;
using retrain::csv::NumberCells;
using retrain::csv::Row;
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

/// Writes the separators' offsets; may write up to 16 more entries than there are.
struct BitLoop {
  static void write(std::uint32_t* out, std::uint32_t at, Bits bits) {
    const unsigned count = count_of(bits);
    for (unsigned done = 0; done < count; done += 8) {
      for (unsigned i = 0; i < 8; ++i) {
        out[done + i] = at + (bits == 0 ? 0 : lowest(bits));
        bits &= bits - 1;
      }
    }
  }
};

template <class Block, class Writer>
inline void scan_blocks(BlockScan& scan) {
  Carry carry;
  scan.stop = scan.limit;
  scan.end_count = scan.rows[scan.row_count].first;
  for (std::uint32_t at = scan.begin; at < scan.limit && scan.stop == scan.limit; at += 64) {
    const Block block(scan.text + at);
    const Bits valid = scan.limit - at < 64 ? below(scan.limit - at) : ~Bits{0};
    Separators found;
    bool cr_before = carry.cr;
    if ((block.special() & valid) == 0 && carry.in_quotes == 0 && !carry.cr) {
      found.lines = block.equal('\n') & valid;
      found.fields = (block.equal(scan.delimiter) & valid) | found.lines;
    } else {
      found = careful(scan, at, block, valid, carry);
    }
    Writer::write(scan.ends + scan.end_count, at, found.fields);
    for (Bits lines = found.lines; lines != 0; lines &= lines - 1) {
      const unsigned bit = lowest(lines);
      const bool after_cr = bit == 0 ? cr_before : ((found.crlf >> (bit - 1)) & 1U) != 0;
      const std::uint32_t end = scan.end_count + count_of(found.fields & below(bit)) - (after_cr ? 1 : 0);
      scan.rows[++scan.row_count] = {at + bit + 1, end + 1};
    }
    scan.end_count += count_of(found.fields);
  }
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

inline void numbers_from(const NumberCells& cells, std::uint32_t first, double* values, std::uint64_t* hard) {
  for (std::uint32_t i = first; i < cells.count; ++i) {
    const std::uint32_t begin = cells.begins[i * cells.begin_stride] + cells.begin_offset;
    const bool easy = easy_number(cells.text, begin, cells.ends[i * cells.end_stride], cells.decimals, values[i]);
    hard[i / 64] |= Bits{!easy} << (i % 64);
  }
}

}  // namespace
