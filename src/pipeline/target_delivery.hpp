// Delivery to webhooks and chats, each by itself, and what a person may do about what did not arrive.
#pragma once

#include "core.hpp"

namespace retrain::pipeline {

/// Offers each target what is due for it; one that is down or slow costs the tick a few seconds at most and holds up no other.
/// Tells in `report` what failed and when something is due again.
Status deliver_to_targets(Core& core, TickReport& report);

Result<OutboxReport> report_outbox(Core& core);
/// Replays or drops; fails with not_found when nothing is meant.
Result<int> change_outbox(Core& core, const OutboxSelection& selection, bool replay);

}  // namespace retrain::pipeline
