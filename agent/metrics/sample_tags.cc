#include "agent/metrics/sample_tags.h"

#include <algorithm>

namespace loadctl::metrics {

template <class Tag>
void SampleTags::Visit(Tag tag) const {
  for (const auto& one : system)
    if (tag(one.key, one.value)) return;
  for (const TagList* list : {call, vu}) {
    if (list == nullptr) continue;
    for (const auto& [key, value] : *list)
      if (tag(key, value)) return;
  }
  if (group && tag("group", *group)) return;
  if (scenario && tag("scenario", *scenario)) return;
  for (const TagMap* map : {scenario_tags, run_tags}) {
    if (map == nullptr) continue;
    for (const auto& [key, value] : *map)
      if (tag(key, value)) return;
  }
  if (!phase.empty()) tag("phase", phase);
}

std::optional<std::string_view> SampleTags::Find(std::string_view key) const {
  std::optional<std::string_view> found;
  Visit([&](std::string_view name, std::string_view value) {
    if (name != key) return false;
    found = value;
    return true;
  });
  return found;
}

void SampleTags::Effective(std::vector<SystemTag>& out) const {
  out.clear();
  Visit([&](std::string_view key, std::string_view value) {
    // A few tags: looking through them is quicker than any table.
    const bool known =
        std::any_of(out.begin(), out.end(), [&](const SystemTag& tag) { return tag.key == key; });
    if (!known) out.push_back({key, value});
    return false;
  });
  std::sort(out.begin(), out.end(),
            [](const SystemTag& a, const SystemTag& b) { return a.key < b.key; });
}

}  // namespace loadctl::metrics
