// Outbox: hands stored events to the notifier, in order, at least once.
#pragma once

#include "core.hpp"

namespace retrain::pipeline {

/// Delivers what is due; a failing notifier postpones the rest with growing pauses and never stops a run. Fills the counts of
/// `report`.
Status deliver_events(Core& core, TickReport& report);

}  // namespace retrain::pipeline
