// Chat formats: an event as a message for people, within the limits of Slack, Discord and Teams.
#pragma once

#include <retrain/event.hpp>
#include <string>
#include <string_view>

namespace retrain::notify {

/// Whether people in a chat want to see it: decisions do, alerts that changed nothing do not.
bool for_people(const Event& event);

/// The first `units` UTF-16 units of `text`, with an ellipsis where something was cut; never half a character.
std::string shortened(std::string_view text, std::size_t units);

/// The body of a message. Text of users cannot mention anybody or pose as markup.
std::string slack_message(const Event& event);    ///< header ≤ 150, section ≤ 3000
std::string discord_message(const Event& event);  ///< title ≤ 256, description ≤ 4096, both ≤ 6000
std::string teams_message(const Event& event);    ///< the whole ≤ 28 KB: an Adaptive Card

}  // namespace retrain::notify
