#include "agent/metrics/parts.h"

namespace loadctl::metrics {

void Parts::Add(MetricId metric, double value, GaugeSink::Stamp stamp, const SampleTags& tags) {
  if (metric == IdOf(Builtin::kHttpReqFailed) && value != 0) AddFailed(stamp, tags);
  std::string_view scenario = tags.Find("scenario").value_or("");
  std::string_view group = tags.Find("group").value_or("");
  if (scenario == "default") scenario = "";
  const auto name = group.substr(group.starts_with("::") ? 2 : 0);
  if (name == "setup" || name == "teardown") group = "";
  if (scenario.empty() && group.empty()) return;
  Measured& place = At(scenario, group);
  const std::size_t index = Index(metric);
  while (place.sinks.size() <= index)
    place.sinks.push_back(MakeSink(set_.metric(static_cast<MetricId>(place.sinks.size())).type));
  metrics::Add(place.sinks[index], value, stamp);
  if (metric != IdOf(Builtin::kChecks)) return;
  const auto named = tags.Find("check");
  if (!named) return;
  auto found = place.check_places.find(*named);
  if (found == place.check_places.end()) {
    found = place.check_places.emplace(*named, place.checks.size()).first;
    place.checks.push_back({std::string(*named)});
  }
  Check& check = place.checks[found->second];
  ++(value != 0 ? check.passes : check.fails);
}

Parts::Measured& Parts::At(std::string_view scenario, std::string_view group) {
  if (last_ != nullptr && last_scenario_ == scenario && last_group_ == group) return *last_;
  last_scenario_ = scenario;
  last_group_ = group;
  PutSuffix(Place{scenario, group}, scratch_);
  auto found = by_suffix_.find(scratch_);
  if (found == by_suffix_.end() && places_.size() >= kMostPlaces) {
    scratch_ = OtherOf(scratch_);
    found = by_suffix_.find(scratch_);
  }
  if (found == by_suffix_.end()) {
    places_.push_back(std::make_unique<Measured>());
    places_.back()->suffix = scratch_;
    found = by_suffix_.emplace(scratch_, places_.back().get()).first;
  }
  last_ = found->second;
  return *last_;
}

void Parts::AddFailed(GaugeSink::Stamp stamp, const SampleTags& tags) {
  const auto text = [&](std::string_view key) { return tags.Find(key).value_or(""); };
  const auto name = text("name");
  PutSuffix(FailedRequest{text("method"), name.empty() ? text("url") : name, text("status"),
                          text("error_code")},
            scratch_);
  auto found = failed_.find(scratch_);
  if (found == failed_.end()) {
    if (failed_.size() >= kMostFailed) scratch_ = OtherOf(scratch_);
    found = failed_.try_emplace(scratch_, MakeSink(MetricType::kRate)).first;
  }
  metrics::Add(found->second, 1, stamp);
}

void Parts::CollectInto(Series& series, std::vector<CheckDelta>& checks,
                        std::vector<std::string>& groups) {
  const auto give = [&](MetricId metric, const std::string& suffix, Sink& sink) {
    if (IsEmpty(sink)) return;
    const auto [to, fresh] = series.try_emplace({metric, suffix}, sink);
    if (!fresh) Merge(to->second, sink);
    Clear(sink);
  };
  for (const auto& place : places_) {
    if (!std::exchange(place->told, true)) groups.push_back(place->suffix);
    for (std::size_t i = 0; i < place->sinks.size(); ++i)
      give(static_cast<MetricId>(i), place->suffix, place->sinks[i]);
    for (Check& check : place->checks) {
      if (check.passes == 0 && check.fails == 0) continue;
      checks.push_back({place->suffix, check.name, check.passes, check.fails, 0});
      check.passes = check.fails = 0;
    }
  }
  for (auto& [suffix, sink] : failed_) give(IdOf(Builtin::kHttpReqFailed), suffix, sink);
}

}  // namespace loadctl::metrics
