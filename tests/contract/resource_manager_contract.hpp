// What every ResourceManager does.
#pragma once

#include <doctest/doctest.h>

#include <retrain/resource_manager.hpp>

#include "contract/part_contract.hpp"

namespace retrain::test {

/// `make` gives the manager of an idle machine with `machine_memory` bytes.
inline void check_resource_manager_contract(const Maker<ResourceManager>& make, std::uint64_t machine_memory) {
  check_part_contract(make);
  const auto manager = make();
  const auto admit = [&](std::uint64_t memory, const std::vector<Footprint>& running = {}) {
    const auto admission = manager->admit({.run_id = "new", .memory_bytes = memory}, running);
    REQUIRE_MESSAGE(admission.ok(), admission.status().message());
    CHECK_MESSAGE(!admission->reason.empty(), "an answer has a reason");
    return *admission;
  };
  constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;
  const Footprint finished{
      .run_id = "old", .memory_bytes = 300 * mebibyte, .cpu_seconds = 9, .threads = 1, .data_bytes = 50 * mebibyte};
  const FootprintHistory one_finished{{finished}};

  SUBCASE("an idle machine starts a run that fits, with a thread at least and all the memory it asked for") {
    const std::uint64_t needed = machine_memory / 8;

    const Admission admission = admit(needed);

    CHECK(admission.verdict == AdmissionVerdict::start);
    CHECK(admission.threads >= 1);
    CHECK(admission.memory_bytes >= needed);
  }

  SUBCASE("a run larger than the machine never starts, whoever else runs") {
    for (const std::uint64_t memory : {machine_memory + 1, machine_memory * 100, UINT64_MAX}) {
      CHECK(admit(memory).verdict == AdmissionVerdict::never);
      CHECK(admit(memory, {{.run_id = "other", .memory_bytes = mebibyte}}).verdict == AdmissionVerdict::never);
    }
  }

  SUBCASE("a run that fits the machine but not beside another waits, and is told how long") {
    const Admission admission = admit(machine_memory / 2, {{.run_id = "other", .memory_bytes = machine_memory / 2}});

    CHECK(admission.verdict == AdmissionVerdict::wait);
    CHECK(admission.retry_after > Duration{});
  }

  SUBCASE("reservations whose sum does not fit a number do not make room") {
    const std::vector<Footprint> running(3, {.run_id = "other", .memory_bytes = UINT64_MAX / 2 + 1});

    CHECK(admit(machine_memory / 8, running).verdict == AdmissionVerdict::wait);
  }

  SUBCASE("a prediction needs memory, and more data never needs less") {
    for (const FootprintHistory& history : {FootprintHistory{}, one_finished}) {
      std::uint64_t before = 0;
      const std::uint64_t sizes[] = {0, 1, mebibyte, 100 * mebibyte, 10'000 * mebibyte, UINT64_MAX};
      for (const std::uint64_t data : sizes) {
        const Footprint predicted = manager->predict({.data_bytes = data}, history);
        CAPTURE(data);

        CHECK(predicted.memory_bytes > 0);
        CHECK(predicted.memory_bytes >= before);
        CHECK(predicted.data_bytes == data);
        before = predicted.memory_bytes;
      }
    }
  }

  SUBCASE("a run over the same data is predicted to need what the last one needed") {
    CHECK(manager->predict({.data_bytes = 50 * mebibyte}, one_finished).memory_bytes >= 300 * mebibyte);
  }
}

}  // namespace retrain::test
