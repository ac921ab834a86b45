// A libFuzzer target: any bytes are read by the scanner as by the slow reference reader. Its corpus is replayed as a test.
//
//   cmake -S . -B build/fuzz -G Ninja -DCMAKE_CXX_COMPILER=clang++ -DRETRAIN_BUILD_TESTS=ON -DRETRAIN_FUZZ=ON
//   ninja -C build/fuzz fuzz_csv && build/fuzz/tests/fuzz/fuzz_csv tests/fuzz/corpus -max_len=4096
#include <cstdint>
#include <cstdlib>
#include <string>

#include "unit/csv/reading.hpp"

/// The first byte chooses how to read, the others are the file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace retrain;
  static const test::TemporaryFolder folder;
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const csv::Dialect dialect{(data[0] & 1U) != 0 ? ';' : ',', (data[0] & 2U) != 0};
  const std::uint32_t chunks[] = {1, 63, 64, 65, 200, 1000, 4096, 1U << 20U};
  const test::Reading expected = test::read_slowly(bytes, dialect);
  for (const auto set : csv::supported_sets()) {
    const csv::ScanOptions options{dialect, (data[0] & 4U) != 0 ? 2U : 1U, set, chunks[data[0] >> 5U], false};
    if (!(test::scan(folder, bytes, options) == expected)) std::abort();
  }
  return 0;
}
