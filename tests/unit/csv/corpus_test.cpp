#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/files.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

TEST_CASE("every file of the fuzzer's corpus is read as the slow reader reads it, in every way to read") {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(RETRAIN_SOURCE_DIR) + "/tests/fuzz/corpus")) {
    CAPTURE(entry.path().string());
    std::string bytes = retrain::base::read_file(entry.path().string()).value();
    REQUIRE_FALSE(bytes.empty());
    for (int way = 0; way < 256; way += 37) {
      bytes[0] = char(way);
      CHECK(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()) == 0);
    }
    ++files;
  }
  CHECK(files >= 20);
}
