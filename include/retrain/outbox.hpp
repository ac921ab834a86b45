// Outbox: what webhooks and chats have not received, and what a person may do about it.
#pragma once

#include <cstdint>
#include <optional>
#include <retrain/event.hpp>
#include <string>
#include <vector>

namespace retrain {

/// An event that a target has refused at least once.
struct UndeliveredEvent {
  std::string target;
  Event event;
  bool given_up = false;  ///< it is not tried again by itself
  int attempts = 0;
  std::optional<Time> next_try;
  std::string reason;  ///< of the last failure
};

/// One receiver beside the log. Each has its own state: one that is down holds up no other.
struct DeliveryTarget {
  std::string name;  ///< webhook | slack | discord | teams
  bool configured = true;
  bool switched_off = false;         ///< it answered that it is gone; replaying switches it on
  std::optional<Time> paused_until;  ///< after failures nothing is tried until then
  int failures = 0;                  ///< in a row
  std::string reason;                ///< of the last failure
  std::size_t waiting = 0;           ///< events that it has not received and that are still tried
  std::size_t given_up = 0;
};

struct OutboxReport {
  std::vector<DeliveryTarget> targets;
  std::vector<UndeliveredEvent> undelivered;  ///< the oldest first
};

/// Which undelivered events a person means.
struct OutboxSelection {
  std::string actor;
  std::string target;    ///< empty = every target
  std::string event_id;  ///< the start of an id; empty = all that are given up
  bool waiting = false;  ///< those that are still tried, too
};

}  // namespace retrain
