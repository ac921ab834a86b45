// Admission: whether a claimed run may start now, beside what runs and before what waits.
#pragma once

#include "steps.hpp"

namespace retrain::pipeline {

/// True when the run may go on, with its resources reserved; else it was put back or ended.
///
/// A run gives way to one of another model that goes before it (queue_order.hpp), if that one has a worker here that lives and
/// looks after it, and there is not room for both. A run that waited for the ageing bound and is kept out by other runs is given
/// way to also before there is room for it, so that a stream of small runs does not keep a large one out.
Result<bool> admit(Work& work);

}  // namespace retrain::pipeline
