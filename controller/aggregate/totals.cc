#include "controller/aggregate/totals.h"

#include <algorithm>

#include "common/base/saturating.h"

namespace loadctl::aggregate {

const MergedSeries* Totals::Find(std::string_view metric, std::string_view suffix) const {
  const auto found = series.find(std::pair<std::string_view, std::string_view>(metric, suffix));
  return found == series.end() ? nullptr : &found->second;
}

void Totals::Add(const metrics::Delta& second) {
  for (const metrics::SeriesDelta& one : second.series) {
    const auto [place, fresh] = series.try_emplace({one.metric, one.suffix});
    MergedSeries& total = place->second;
    if (fresh) total = {one.metric, one.suffix, one.contains, metrics::MakeSink(one.type())};
    if (total.type() == one.type()) metrics::Merge(total.sink, one.sink);
  }
  groups.insert(groups.end(), second.groups.begin(), second.groups.end());
  for (const metrics::CheckDelta& one : second.checks) {
    const auto [place, fresh] = check_places.try_emplace({one.group, one.name}, checks.size());
    if (fresh) checks.push_back({one.group, one.name, 0, 0});
    MergedCheck& total = checks[place->second];
    total.passes = SaturatingAdd(total.passes, one.passes);
    total.fails = SaturatingAdd(total.fails, one.fails);
  }
  interval = std::max(interval, second.interval);
}

}  // namespace loadctl::aggregate
