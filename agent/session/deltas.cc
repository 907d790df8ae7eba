#include "agent/session/deltas.h"

#include <algorithm>
#include <chrono>
#include <mutex>

#include "agent/vu/clock.h"
#include "common/metrics/delta.h"

namespace loadctl::session {

/// What the workers have answered so far; each adds to it on its own thread.
struct Deltas::Gathering {
  std::mutex mutex;
  metrics::Recorder::Collected all;
  GeneratorHealth health;
  std::size_t missing = 0;
  std::int64_t active = 0;
  std::int64_t connections = 0;
  bool last = false;          // with the health of the whole run
  bool tells_health = false;  // with that since it was last told
};

Deltas::Deltas(std::uint32_t assignment, Sources sources, metrics::MetricSet told)
    : assignment_(assignment),
      sources_(sources),
      told_(std::move(told)),
      own_(sources.program.metrics, static_cast<std::uint32_t>(sources.workers.size())) {}

void Deltas::Collect(Done done) {
  if (done) finish_ = std::move(done);
  if (on_its_way_) return;
  on_its_way_ = true;
  auto gathering = std::make_shared<Gathering>();
  gathering->missing = sources_.workers.size();
  gathering->last = finish_ != nullptr;
  gathering->tells_health = !gathering->last && std::exchange(health_due_, false);
  // Now, not when the last worker has answered: one may be busy with a script for a while.
  for (const auto* stats : sources_.program.stats) gathering->active += stats->active.load();
  for (const auto& worker : sources_.workers) gathering->connections += worker->connections();
  for (const auto& worker : sources_.workers) {
    worker->Post([this, gathering, raw = worker.get()] {
      raw->cpu_watch().Mark();
      const std::lock_guard lock(gathering->mutex);
      Gather(*raw, *gathering);
      if (--gathering->missing > 0) return;
      sources_.conductor.Post([this, gathering] { OnGathered(*gathering); });
    });
  }
}

void Deltas::Gather(worker::Worker& worker, Gathering& into) {
  worker.recorder().CollectInto(into.all);
  if (!into.last && !into.tells_health) return;
  into.health.loop_lag.Merge(into.last ? worker.loop_lag().lateness()
                                       : worker.loop_lag().TakeRecent());
  into.health.heap_bytes += worker.UsedHeap();
  worker::CpuUse use = worker.cpu_watch().use();
  use.stalled = worker.loop_lag().stalled();
  into.health.cpu.Add(use);
  if (!into.last) return;
  if (auto* samples = worker.recorder().raw(); samples != nullptr) {
    samples->Flush();
    into.health.samples_dropped += samples->dropped();
  }
}

void Deltas::OnGathered(Gathering& gathered) {
  on_its_way_ = false;
  if (!gathered.last) CountVus(gathered.active, gathered.connections, gathered.all);
  Send(std::move(gathered.all), gathered);
  if (gathered.last) return std::exchange(finish_, nullptr)(gathered.health);
  if (finish_) Collect(nullptr);
}

// Of this agent: the run's values are the sums over all, which is why no output gets these.
void Deltas::CountVus(std::int64_t active, std::int64_t connections,
                      metrics::Recorder::Collected& into) {
  metrics::SampleTags tags;
  tags.run_tags = &sources_.program.options.tags;
  const std::int64_t now = vu::WallNow();
  own_.Add(metrics::Builtin::kVus, static_cast<double>(active), now, tags);
  own_.Add(metrics::Builtin::kVusMax, static_cast<double>(sources_.program.vus_initialized.load()),
           now, tags);
  if (sources_.program.options.connection_metrics)
    own_.Add(metrics::Builtin::kConnectionsOpen, static_cast<double>(connections), now, tags);
  own_.CollectInto(into);
}

void Deltas::Send(metrics::Recorder::Collected collected, const Gathering& gathered) {
  Redact(collected, sources_.redactor);
  metrics::Delta delta;
  delta.agent = sources_.identity.agent;
  delta.epoch = sources_.identity.epoch;
  delta.sequence = ++sequence_;
  delta.final = gathered.last;
  const std::int64_t ending = std::max<std::int64_t>(
      std::chrono::floor<std::chrono::seconds>(sources_.clock.Now() - run_start_).count() - 1,
      next_interval_);
  delta.first_interval = next_interval_;
  delta.interval = ending;
  next_interval_ = ending + 1;
  const metrics::MetricSet& set = sources_.program.metrics;
  for (std::size_t i = 0; i < collected.sinks.size(); ++i) {
    if (metrics::IsEmpty(collected.sinks[i])) continue;
    const auto& series = set.series()[i];
    const auto& metric = set.metric(series.metric);
    delta.series.push_back(
        {metric.name, series.suffix, metric.contains, std::move(collected.sinks[i])});
  }
  for (auto& [key, sink] : collected.parts) {
    const auto& metric = set.metric(key.first);
    delta.series.push_back({metric.name, key.second, metric.contains, std::move(sink)});
  }
  for (auto& check : collected.checks) {
    const auto rank =
        check_ranks_.try_emplace({check.group, check.name}, check_ranks_.size() + 1).first->second;
    check.first_seen = rank;
    delta.checks.push_back(std::move(check));
  }
  delta.groups = std::move(collected.groups);
  v1::FromAgent message;
  message.mutable_delta()->set_assignment(assignment_);
  message.mutable_delta()->set_encoded(metrics::EncodeDelta(delta, &told_));
  if (gathered.tells_health) {
    GeneratorHealth since = gathered.health;
    since.cpu = gathered.health.cpu.Since(std::exchange(cpu_told_, gathered.health.cpu));
    *message.mutable_delta()->mutable_health() = ToProto(since);
  }
  sources_.link.Send(std::move(message));
}

}  // namespace loadctl::session
