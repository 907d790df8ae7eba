#include "controller/summary/summary.h"

#include <algorithm>

namespace loadctl::summary {

GroupTree::GroupTree(const Summary& summary)
    : summary_(summary), inside_(std::max(1, summary.groups_size())) {
  std::vector<std::size_t> parents(inside_.size(), 0), depths(inside_.size(), 0);
  for (std::size_t i = 1; i < inside_.size(); ++i) {
    std::size_t parent = At(i).parent();
    if (parent >= i) parent = 0;
    if (depths[parent] + 1 >= kMaxGroupDepth) parent = parents[parent];
    parents[i] = parent;
    depths[i] = depths[parent] + 1;
    inside_[parent].push_back(i);
  }
}

const GroupSummary& GroupTree::At(std::size_t group) const {
  if (group >= static_cast<std::size_t>(summary_.groups_size()))
    return GroupSummary::default_instance();
  return summary_.groups(static_cast<int>(group));
}

}  // namespace loadctl::summary
