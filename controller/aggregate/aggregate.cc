#include "controller/aggregate/aggregate.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "common/base/check.h"
#include "common/metrics/builtin.h"

namespace loadctl::aggregate {
namespace {

using metrics::Builtin;
using metrics::Describe;
using metrics::GaugeSink;

using KeyView = std::pair<std::string_view, std::string_view>;

// Gauges of which each agent has a part, so that the run's value is their sum.
bool IsSummed(std::string_view metric) {
  return metric == Describe(Builtin::kVus).name || metric == Describe(Builtin::kVusMax).name;
}

double* CountOf(Delivered& delivered, std::string_view metric) {
  if (metric == Describe(Builtin::kIterations).name) return &delivered.iterations;
  if (metric == Describe(Builtin::kHttpReqs).name) return &delivered.http_reqs;
  if (metric == Describe(Builtin::kDroppedIterations).name) return &delivered.dropped_iterations;
  return nullptr;
}

}  // namespace

const MergedSeries* Totals::Find(std::string_view metric, std::string_view suffix) const {
  const auto found = series.find(KeyView(metric, suffix));
  return found == series.end() ? nullptr : &found->second;
}

Aggregate::Aggregate(int agents) : agents_(static_cast<std::size_t>(std::max(agents, 1))) {}

const AgentDeltas& Aggregate::agent(int agent) const {
  LOADCTL_CHECK(agent >= 1 && agent <= agents(), "no such agent");
  return agents_[static_cast<std::size_t>(agent - 1)].deltas;
}

bool Aggregate::TypesAgree(const metrics::Delta& delta) const {
  SeriesMap<metrics::MetricType> here;
  for (const metrics::SeriesDelta& one : delta.series) {
    const auto known = types_.find(KeyView(one.metric, one.suffix));
    if (known != types_.end()) {
      if (known->second != one.type()) return false;
      continue;
    }
    const auto [place, added] = here.try_emplace({one.metric, one.suffix}, one.type());
    if (!added && place->second != one.type()) return false;
  }
  return true;
}

Acceptance Aggregate::Judge(const Agent& agent, const metrics::Delta& delta) const {
  if (agent.epoch && *agent.epoch != delta.epoch) return Acceptance::kWrongEpoch;
  if (delta.sequence > 0 && delta.sequence <= agent.deltas.delivered) return Acceptance::kRepeat;
  if (agent.deltas.lost) return Acceptance::kLost;
  if (agent.deltas.final) return Acceptance::kAfterFinal;
  if (delta.sequence != agent.deltas.delivered + 1) return Acceptance::kGap;
  const bool in_order = 0 <= delta.first_interval && delta.first_interval <= delta.interval &&
                        delta.interval >= agent.deltas.interval;
  return in_order && TypesAgree(delta) ? Acceptance::kAccepted : Acceptance::kInvalid;
}

// What is known as soon as a delta is delivered, before its second is complete.
void Aggregate::Register(const metrics::Delta& delta) {
  for (const metrics::SeriesDelta& one : delta.series) {
    if (types_.find(KeyView(one.metric, one.suffix)) == types_.end()) {
      types_.emplace(SeriesKey(one.metric, one.suffix), one.type());
    }
    const auto* counter = std::get_if<metrics::CounterSink>(&one.sink);
    if (counter == nullptr || !one.suffix.empty()) continue;
    if (double* count = CountOf(delivered_, one.metric)) *count += counter->sum();
  }
}

Acceptance Aggregate::Add(metrics::Delta delta) {
  if (delta.agent < 1 || delta.agent > agents()) return Acceptance::kUnknownAgent;
  Agent& agent = agents_[static_cast<std::size_t>(delta.agent - 1)];
  const Acceptance acceptance = Judge(agent, delta);
  if (acceptance != Acceptance::kAccepted) {
    ++(acceptance == Acceptance::kRepeat ? agent.deltas.repeats : agent.deltas.refused);
    return acceptance;
  }
  Register(delta);
  agent.epoch = delta.epoch;
  agent.deltas.delivered = delta.sequence;
  agent.deltas.interval = delta.interval;
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
  NoteSums();
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
    for (std::size_t i = 0; i < agents_.size(); ++i) {
      auto& waiting = agents_[i].waiting;
      while (!waiting.empty() && waiting.front().interval <= next) {
        MergeOne(i, waiting.front());
        waiting.pop_front();
      }
    }
    NoteSums();
    totals_.interval = std::max(totals_.interval, next);
  }
}

void Aggregate::MergeOne(std::size_t agent, const metrics::Delta& delta) {
  for (const metrics::SeriesDelta& one : delta.series) MergeSeries(agent, one);
  for (const std::string& group : delta.groups) {
    if (groups_.insert(group).second) totals_.groups.push_back(group);
  }
  std::vector<const metrics::CheckDelta*> checks;
  for (const metrics::CheckDelta& check : delta.checks) checks.push_back(&check);
  std::stable_sort(checks.begin(), checks.end(),
                   [](const auto* a, const auto* b) { return a->first_seen < b->first_seen; });
  for (const metrics::CheckDelta* check : checks) MergeCheck(*check);
  ++agents_[agent].deltas.merged;
}

void Aggregate::MergeSeries(std::size_t agent, const metrics::SeriesDelta& delta) {
  auto found = totals_.series.find(KeyView(delta.metric, delta.suffix));
  if (found == totals_.series.end()) {
    MergedSeries fresh{delta.metric, delta.suffix, delta.contains, MakeSink(delta.type())};
    found = totals_.series.emplace(SeriesKey(delta.metric, delta.suffix), std::move(fresh)).first;
  }
  const auto* gauge = std::get_if<GaugeSink>(&delta.sink);
  if (gauge == nullptr) {
    metrics::Merge(found->second.sink, delta.sink);
    return;
  }
  if (gauge->empty()) return;
  if (!IsSummed(delta.metric)) {
    GaugeSink stamped = *gauge;
    stamped.set_origin(static_cast<std::uint32_t>(agent + 1));
    std::get<GaugeSink>(found->second.sink).Merge(stamped);
    return;
  }
  SummedGauge& sum = sums_[found->first];
  sum.values.resize(agents_.size());
  sum.values[agent] = gauge->value();
  sum.time = std::max(sum.time, gauge->stamp().time);
  sum.changed = true;
}

// Adds one sample to each summed gauge that changed in this second.
void Aggregate::NoteSums() {
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
    const std::int64_t time = sum.time;
    std::get<GaugeSink>(totals_.series.find(key)->second.sink).Add(total, {time, 0});
    sum.changed = false;
  }
}

void Aggregate::MergeCheck(const metrics::CheckDelta& check) {
  const auto [place, added] = checks_.try_emplace({check.group, check.name}, totals_.checks.size());
  if (added) {
    totals_.checks.push_back({check.group, check.name, 0, 0});
    if (groups_.insert(check.group).second) totals_.groups.push_back(check.group);
  }
  MergedCheck& total = totals_.checks[place->second];
  total.passes += check.passes;
  total.fails += check.fails;
}

}  // namespace loadctl::aggregate
