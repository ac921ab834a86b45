#include "base/uuid.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <retrain/time.hpp>
#include <set>

using retrain::Time;
using retrain::base::IdSource;

namespace {
const Time start = retrain::parse_time("2024-05-01T00:00:00Z").value();
}

TEST_CASE("an id has the layout of RFC 9562: version 7, its variant, and the millisecond first") {
  IdSource ids;

  const std::string id = ids.next(start);

  REQUIRE(id.size() == 36);
  CHECK(id.substr(0, 13) == "018f3173-7000");
  CHECK(id[14] == '7');
  CHECK(std::string("89ab").find(id[19]) != std::string::npos);
}

TEST_CASE("ids rise within a millisecond and when the clock steps back") {
  IdSource ids(1);
  std::vector<std::string> made;

  for (int i = 0; i < 1000; ++i) made.push_back(ids.next(start));
  made.push_back(ids.next(start - std::chrono::hours(1)));

  CHECK(std::is_sorted(made.begin(), made.end()));
  CHECK(std::set<std::string>(made.begin(), made.end()).size() == made.size());
}

TEST_CASE("a seed repeats its ids, the kernel does not") {
  IdSource a(42), b(42), c, d;

  CHECK(a.next(start) == b.next(start));
  CHECK(c.next(start) != d.next(start));
}
