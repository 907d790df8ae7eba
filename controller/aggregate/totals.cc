#include "controller/aggregate/totals.h"

#include <algorithm>

#include "common/base/saturating.h"
#include "common/metrics/part.h"

namespace loadctl::aggregate {

const MergedSeries* Totals::Find(std::string_view metric, std::string_view suffix) const {
  const auto found = series.find(std::pair<std::string_view, std::string_view>(metric, suffix));
  return found == series.end() ? nullptr : &found->second;
}

void Totals::Add(const metrics::Delta& second) {
  for (const metrics::SeriesDelta& one : second.series) {
    auto& map = metrics::IsPart(one.suffix) ? parts : series;
    const auto [place, fresh] = map.try_emplace({one.metric, one.suffix});
    MergedSeries& total = place->second;
    if (fresh) total = {one.metric, one.suffix, one.contains, metrics::MakeSink(one.type())};
    if (total.type() == one.type()) metrics::Merge(total.sink, one.sink);
  }
  for (const std::string& group : second.groups)
    (metrics::IsPart(group) ? places : groups).push_back(group);
  for (const metrics::CheckDelta& one : second.checks) {
    auto& list = metrics::IsPart(one.group) ? part_checks : checks;
    const auto [place, fresh] = check_places.try_emplace({one.group, one.name}, list.size());
    if (fresh) list.push_back({one.group, one.name, 0, 0});
    MergedCheck& total = list[place->second];
    total.passes = SaturatingAdd(total.passes, one.passes);
    total.fails = SaturatingAdd(total.fails, one.fails);
  }
  interval = std::max(interval, second.interval);
}

}  // namespace loadctl::aggregate
