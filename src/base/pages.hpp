// Pages: asks the system for large pages behind memory that is about to be filled, so that filling it is not mostly page faults.
#pragma once

#include <cstddef>

namespace retrain::base {

/// A hint for the whole large pages within the `size` bytes from `begin`, which are allocated and mostly untouched. Never fails.
void prefer_large_pages(void* begin, std::size_t size);

/// The same for what `vector` has reserved.
template <class Vector>
void reserve_large(Vector& vector, std::size_t count) {
  vector.reserve(count);
  prefer_large_pages(vector.data(), vector.capacity() * sizeof(typename Vector::value_type));
}

}  // namespace retrain::base
