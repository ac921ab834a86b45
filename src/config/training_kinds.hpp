// The kinds of value that only the section training has.
#pragma once

#include "kinds.hpp"

namespace retrain::config {

Kind<std::map<std::string, int>> monotone_rules();
Kind<std::vector<std::vector<std::string>>> interaction_groups();
Kind<std::map<std::string, SearchRange>> search_space();

}  // namespace retrain::config
