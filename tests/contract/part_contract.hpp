// What every part does, whatever it is for: it signs with the same name each time.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <retrain/part.hpp>

namespace retrain::test {

/// A fresh part of the kind under test, over an empty world of its own unless the suite says otherwise.
template <class Part>
using Maker = std::function<std::shared_ptr<Part>()>;

template <class Part>
void check_part_contract(const Maker<Part>& make) {
  const std::shared_ptr<Part> part = make();
  const PartId id = part->id();

  CHECK_MESSAGE(!id.name.empty(), "a part has a name");
  CHECK_MESSAGE(!id.version.empty(), "a part has a version");
  CHECK_MESSAGE(part->id() == id, "a part keeps its id");
  CHECK_MESSAGE(make()->id() == id, "a part made alike has the same id, or a restart would look like an exchange");
}

}  // namespace retrain::test
