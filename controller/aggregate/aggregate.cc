#include "controller/aggregate/aggregate.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

#include "common/base/check.h"
#include "common/base/saturating.h"
#include "common/metrics/builtin.h"
#include "common/metrics/part.h"
#include "controller/aggregate/delta_check.h"

namespace loadctl::aggregate {
namespace {

using metrics::Builtin;
using metrics::Describe;
using metrics::GaugeSink;

using KeyView = std::pair<std::string_view, std::string_view>;

}  // namespace

/// A second in the making.
class Aggregate::SecondBuilder {
 public:
  explicit SecondBuilder(std::int64_t interval) {
    delta_.first_interval = delta_.interval = interval;
  }

  void Cover(std::int64_t first) { delta_.first_interval = std::min(delta_.first_interval, first); }

  void Merge(metrics::SeriesDelta one) {
    const auto found = series_.find(KeyView(one.metric, one.suffix));
    if (found != series_.end()) return metrics::Merge(found->second.sink, one.sink);
    SeriesKey key(one.metric, one.suffix);
    series_.emplace(std::move(key), std::move(one));
  }
  void Merge(metrics::CheckDelta check) {
    const auto [place, fresh] =
        checks_.try_emplace({check.group, check.name}, delta_.checks.size());
    if (fresh) {
      check.first_seen = delta_.checks.size() + 1;
      delta_.checks.push_back(std::move(check));
      return;
    }
    metrics::CheckDelta& total = delta_.checks[place->second];
    total.passes = SaturatingAdd(total.passes, check.passes);
    total.fails = SaturatingAdd(total.fails, check.fails);
  }
  void AddGroup(const std::string& group) { delta_.groups.push_back(group); }

  [[nodiscard]] bool empty() const {
    return series_.empty() && delta_.checks.empty() && delta_.groups.empty();
  }
  [[nodiscard]] metrics::Delta Take() {
    for (auto& [key, one] : series_) delta_.series.push_back(std::move(one));
    return std::move(delta_);
  }

 private:
  metrics::Delta delta_;
  SeriesMap<metrics::SeriesDelta> series_;
  std::map<std::pair<std::string, std::string>, std::size_t> checks_;
};

Aggregate::Aggregate(int agents, Second second, metrics::MetricSet known)
    : agents_(static_cast<std::size_t>(std::max(agents, 1))),
      second_(std::move(second)),
      known_(std::move(known)) {}

const AgentDeltas& Aggregate::agent(int agent) const {
  LOADCTL_CHECK(agent >= 1 && agent <= agents(), "no such agent");
  return agents_[static_cast<std::size_t>(agent - 1)].deltas;
}

std::string Aggregate::WhyInvalid(const Agent& agent, const metrics::Delta& delta) const {
  const bool in_order = 0 <= delta.first_interval && delta.first_interval <= delta.interval &&
                        delta.first_interval > agent.deltas.interval;
  if (!in_order) return "its seconds do not follow those before";
  std::string why = WhyImpossible(delta, known_);
  if (!why.empty()) return why;
  if (MostSamplesOf(delta) > kMostOfAgent - agent.deltas.samples) return "too many samples";
  const auto parts =
      std::count_if(delta.series.begin(), delta.series.end(),
                    [](const auto& series) { return metrics::IsPart(series.suffix); });
  const std::size_t plain = delta.series.size() - static_cast<std::size_t>(parts);
  if (known_.metrics().size() + plain > kMostMetrics) return "too many metrics";
  const std::size_t names = checks_.size() + groups_.size();
  const bool more = !delta.checks.empty() || !delta.groups.empty();
  if (more && (names > kMostNames || name_bytes_ > kMostNameBytes))
    return "too many checks and groups";
  return "";
}

Acceptance Aggregate::Judge(const Agent& agent, const metrics::Delta& delta) const {
  if (agent.epoch && *agent.epoch != delta.epoch) return Acceptance::kWrongEpoch;
  if (delta.sequence > 0 && delta.sequence <= agent.deltas.delivered) return Acceptance::kRepeat;
  if (agent.deltas.lost) return Acceptance::kLost;
  if (agent.deltas.final) return Acceptance::kAfterFinal;
  if (delta.sequence != agent.deltas.delivered + 1) return Acceptance::kGap;
  return Acceptance::kAccepted;
}

// What is known as soon as a delta is delivered, before its second is complete.
void Aggregate::Register(const metrics::Delta& delta) {
  // What is known already was checked.
  for (const metrics::SeriesDelta& one : delta.series)
    static_cast<void>(known_.Declare(one.metric, one.type(), one.contains));
  for (const auto& check : delta.checks) {
    const bool added = checks_.emplace(check.group, check.name).second;
    if (added) name_bytes_ += check.group.size() + check.name.size();
  }
  for (const auto& group : delta.groups)
    if (groups_.try_emplace(group, false).second) name_bytes_ += group.size();
}

void Aggregate::BoundParts(metrics::Delta& delta) {
  for (metrics::SeriesDelta& one : delta.series) {
    if (!metrics::IsPart(one.suffix)) continue;
    SeriesKey key(one.metric, one.suffix);
    if (parts_.contains(key)) continue;
    if (parts_.size() < kMostParts) {
      parts_.insert(std::move(key));
    } else {
      one.suffix = metrics::OtherOf(one.suffix);
    }
  }
}

Acceptance Aggregate::Add(metrics::Delta delta) {
  if (delta.agent < 1 || delta.agent > agents()) return Acceptance::kUnknownAgent;
  Agent& agent = agents_[static_cast<std::size_t>(delta.agent - 1)];
  Acceptance acceptance = Judge(agent, delta);
  if (acceptance == Acceptance::kAccepted) {
    std::string why = WhyInvalid(agent, delta);
    if (!why.empty()) {
      agent.deltas.refusal = std::move(why);
      acceptance = Acceptance::kInvalid;
    }
  }
  if (acceptance != Acceptance::kAccepted) {
    ++(acceptance == Acceptance::kRepeat ? agent.deltas.repeats : agent.deltas.refused);
    return acceptance;
  }
  Register(delta);
  BoundParts(delta);
  agent.epoch = delta.epoch;
  agent.deltas.delivered = delta.sequence;
  agent.deltas.interval = delta.interval;
  agent.deltas.samples += MostSamplesOf(delta);
  agent.deltas.final = delta.final;
  agent.waiting.push_back(std::move(delta));
  MergeThrough(NewestComplete());
  return acceptance;
}

void Aggregate::MarkLost(int agent) {
  if (agent < 1 || agent > agents()) return;
  Agent& lost = agents_[static_cast<std::size_t>(agent - 1)];
  if (lost.deltas.lost) return;
  lost.deltas.lost = true;
  MergeThrough(NewestComplete());
}

void Aggregate::Finish() {
  MergeThrough(std::numeric_limits<std::int64_t>::max());
  finished_ = true;
  SecondBuilder last(interval_);
  NoteSums(last);
  if (!last.empty()) GiveOut(last);
}

// The newest second such that every agent that may still send has delivered it, and no waiting
// delta reaches from it into the next.
std::int64_t Aggregate::NewestComplete() const {
  std::int64_t newest = -1;
  std::int64_t complete = std::numeric_limits<std::int64_t>::max();
  for (const Agent& agent : agents_) {
    newest = std::max(newest, agent.deltas.interval);
    if (!agent.deltas.final && !agent.deltas.lost) {
      complete = std::min(complete, agent.deltas.interval);
    }
  }
  complete = std::min(complete, newest);
  for (bool cut = true; cut;) {
    cut = false;
    for (const Agent& agent : agents_) {
      for (const metrics::Delta& delta : agent.waiting) {
        if (delta.first_interval <= complete && complete < delta.interval) {
          complete = delta.first_interval - 1;
          cut = true;
        }
      }
    }
  }
  return complete;
}

void Aggregate::MergeThrough(std::int64_t interval) {
  for (;;) {
    std::int64_t next = std::numeric_limits<std::int64_t>::max();
    bool any = false;
    for (const Agent& agent : agents_) {
      if (agent.waiting.empty() || agent.waiting.front().interval > interval) continue;
      next = std::min(next, agent.waiting.front().interval);
      any = true;
    }
    if (!any) return;
    SecondBuilder second(next);
    for (std::size_t i = 0; i < agents_.size(); ++i) {
      auto& waiting = agents_[i].waiting;
      while (!waiting.empty() && waiting.front().interval <= next) {
        metrics::Delta delta = std::move(waiting.front());
        waiting.pop_front();
        MergeOne(i, std::move(delta), second);
      }
    }
    interval_ = std::max(interval_, next);
    NoteSums(second);
    GiveOut(second);
  }
}

void Aggregate::GiveOut(SecondBuilder& second) {
  metrics::Delta delta = second.Take();
  delta.sequence = ++sequence_;
  second_(std::move(delta));
}

void Aggregate::MergeOne(std::size_t agent, metrics::Delta delta, SecondBuilder& second) {
  second.Cover(delta.first_interval);
  for (metrics::SeriesDelta& one : delta.series) MergeSeries(agent, std::move(one), second);
  for (const std::string& group : delta.groups) NoteGroup(group, second);
  std::stable_sort(delta.checks.begin(), delta.checks.end(),
                   [](const auto& a, const auto& b) { return a.first_seen < b.first_seen; });
  for (metrics::CheckDelta& check : delta.checks) {
    NoteGroup(check.group, second);
    second.Merge(std::move(check));
  }
  ++agents_[agent].deltas.merged;
}

void Aggregate::NoteGroup(const std::string& group, SecondBuilder& second) {
  if (!std::exchange(groups_[group], true)) second.AddGroup(group);
}

void Aggregate::MergeSeries(std::size_t agent, metrics::SeriesDelta delta, SecondBuilder& second) {
  auto* gauge = std::get_if<GaugeSink>(&delta.sink);
  if (gauge == nullptr) return second.Merge(std::move(delta));
  if (gauge->empty()) return;
  if (!metrics::IsSummed(delta.metric)) {
    gauge->set_origin(static_cast<std::uint32_t>(agent + 1));
    return second.Merge(std::move(delta));
  }
  SummedGauge& sum = sums_[{delta.metric, delta.suffix}];
  sum.values.resize(agents_.size());
  sum.values[agent] = gauge->value();
  sum.time = std::max(sum.time, gauge->stamp().time);
  sum.contains = delta.contains;
  sum.changed = true;
}

// Gives one sample of each summed gauge that changed in this second.
void Aggregate::NoteSums(SecondBuilder& second) {
  for (auto& [key, sum] : sums_) {
    double total = 0;
    bool whole = true;  // every agent that is still there has said its part
    for (std::size_t i = 0; i < agents_.size(); ++i) {
      const bool gone = agents_[i].deltas.lost && agents_[i].waiting.empty();
      if (gone) continue;
      if (!sum.values[i] && !agents_[i].deltas.final) whole = false;
      total += sum.values[i].value_or(0);
    }
    if (!sum.changed || !(whole || finished_)) continue;
    // Of two sums the later noted is the last, whatever the agents' clocks say.
    if (sum.time <= sum.noted) sum.time = sum.noted + 1;
    sum.noted = sum.time;
    sum.changed = false;
    GaugeSink gauge;
    gauge.Add(total, {sum.time, 0});
    second.Merge({key.first, key.second, sum.contains, gauge});
  }
}

}  // namespace loadctl::aggregate
