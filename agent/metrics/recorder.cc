#include "agent/metrics/recorder.h"

#include "common/base/check.h"

namespace loadctl::metrics {

Recorder::Recorder(const MetricSet& set, std::uint32_t origin) : set_(set), origin_(origin) {
  MakeRoutes();
}

void Recorder::MakeRoutes() {
  for (std::size_t i = routes_.size(); i < set_.metrics().size(); ++i) {
    const auto id = static_cast<MetricId>(i);
    Route route;
    route.base = Index(set_.base_series(id));
    for (const auto series : set_.submetrics(id)) {
      const std::size_t index = Index(series);
      route.submetrics.emplace_back(index, set_.series()[index].conditions);
    }
    routes_.push_back(std::move(route));
  }
  if (sinks_.size() < set_.series().size()) {
    auto fresh = set_.NewSinks();
    for (std::size_t i = sinks_.size(); i < fresh.size(); ++i)
      sinks_.push_back(std::move(fresh[i]));
  }
}

bool Recorder::Add(MetricId metric, double value, std::int64_t time, const SampleTags& tags) {
  const std::size_t index = Index(metric);
  // A metric that some VU's init code declared after this recorder was made.
  if (index >= routes_.size()) [[unlikely]]
    MakeRoutes();
  const Route& route = routes_[index];
  const GaugeSink::Stamp stamp{time, origin_};
  if (!metrics::Add(sinks_[route.base], value, stamp)) return false;
  for (const auto& [series, conditions] : route.submetrics) {
    bool all = true;
    for (const auto& condition : conditions) {
      const auto found = tags.Find(condition.key);
      if (!found || *found != condition.value) {
        all = false;
        break;
      }
    }
    if (all) metrics::Add(sinks_[series], value, stamp);
  }
  if (parts_ != nullptr) [[unlikely]]
    parts_->Add(metric, value, stamp, tags);
  if (raw_ != nullptr) [[unlikely]]
    raw_->Add(metric, value, time, tags);
  return true;
}

CheckId Recorder::Check(std::string_view group, std::string_view name) {
  const auto next = static_cast<CheckId>(checks_.size());
  const auto [it, added] = check_ids_.try_emplace({std::string(group), std::string(name)}, next);
  if (added) checks_.push_back({std::string(group), std::string(name), 0, 0});
  return it->second;
}

void Recorder::Count(CheckId check, bool passed) {
  auto& count = checks_[static_cast<std::size_t>(check)];
  ++(passed ? count.passes : count.fails);
}

void Recorder::UseGroup(std::string_view path) {
  if (known_groups_.contains(path)) return;
  known_groups_.emplace(path, true);
  new_groups_.emplace_back(path);
}

void Recorder::CollectInto(Collected& into) {
  while (into.sinks.size() < sinks_.size()) {
    const auto series = static_cast<SeriesId>(into.sinks.size());
    into.sinks.push_back(MakeSink(set_.metric_of(series).type));
  }
  for (std::size_t i = 0; i < sinks_.size(); ++i) {
    if (IsEmpty(sinks_[i])) continue;
    Merge(into.sinks[i], sinks_[i]);
    Clear(sinks_[i]);
  }
  for (auto& check : checks_) {
    if (check.passes == 0 && check.fails == 0) continue;
    into.checks.push_back({check.group, check.name, check.passes, check.fails, 0});
    check.passes = check.fails = 0;
  }
  for (auto& path : new_groups_) into.groups.push_back(std::move(path));
  new_groups_.clear();
  if (parts_ != nullptr) parts_->CollectInto(into.parts, into.checks, into.groups);
}

}  // namespace loadctl::metrics
