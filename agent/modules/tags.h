// Tags as faces pass them: a flat list of names and values.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/metrics/recorder.h"

namespace loadctl::modules {

/// {"a", "1", "b", "2"} → {{"a", "1"}, {"b", "2"}}.
inline loadctl::metrics::TagList TagsOf(std::vector<std::string> flat) {
  loadctl::metrics::TagList tags;
  for (std::size_t i = 0; i + 1 < flat.size(); i += 2)
    tags.emplace_back(std::move(flat[i]), std::move(flat[i + 1]));
  return tags;
}

}  // namespace loadctl::modules
