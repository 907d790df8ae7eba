// Samples that go another way than workers' sums, and a run's last messages: what became of its
// iterations, and how the generator did.
#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "agent/session/agent_run.h"
#include "agent/vu/clock.h"
#include "common/base/saturating.h"

namespace loadctl::session {
namespace {

void Put(const metrics::TrendSink& milliseconds, v1::Lateness& to) {
  const auto nanoseconds = [](double value) { return static_cast<std::int64_t>(value * 1e6); };
  to.set_samples(milliseconds.count());
  to.set_p99_ns(nanoseconds(milliseconds.Percentile(99)));
  to.set_max_ns(nanoseconds(milliseconds.max()));
}

void Put(const worker::CpuUse& use, v1::CpuUse& to) {
  to.set_wall_ns(use.wall.count());
  to.set_used_ns(use.used.count());
  to.set_waited_ns(use.waited.count());
  to.set_saturated_ns(use.saturated.count());
  to.set_stalled_ns(use.stalled.count());
}

void Put(const executor::ScenarioRun& run, v1::ScenarioCounts& to) {
  const auto counts = run.counts();
  to.set_name(run.scenario().name);
  to.set_started(counts.started);
  to.set_dropped(counts.dropped);
  to.set_complete(counts.complete);
  to.set_interrupted(counts.interrupted);
  to.set_exceptions(counts.exceptions);
}

/// Metrics that k6 does not have, and that no threshold asks for: outputs have what k6's have.
std::vector<metrics::MetricId> NotAskedFor(const metrics::MetricSet& set,
                                           const plan::Options& options) {
  std::vector<metrics::MetricId> ids;
  for (std::size_t i = 0; i < set.metrics().size(); ++i) {
    const std::string& name = set.metrics()[i].name;
    if (name.rfind(metrics::kOwnPrefix, 0) != 0) continue;
    bool asked = false;
    for (const auto& one : options.thresholds)
      asked = asked || one.metric == name || one.metric.rfind(name + "{", 0) == 0;
    if (!asked) ids.push_back(static_cast<metrics::MetricId>(i));
  }
  return ids;
}

}  // namespace

void AgentRun::CheckDone() {
  if (run_done_sent_ || !started_) return;
  for (const auto& run : scenarios_)
    if (!run->done()) return;
  run_done_sent_ = true;
  for (auto& worker : workers_) {
    worker->Post([raw = worker.get()] {
      raw->loop_lag().Stop();
      raw->cpu_watch().Stop();
    });
  }
  SendProgress();
  FlushLogs();
  v1::FromAgent message;
  auto* done = message.mutable_run_done();
  std::int64_t first = 0;
  for (const auto& run : scenarios_) {
    const auto counts = run->counts();
    const std::int64_t started = counts.started, dropped = counts.dropped;
    Put(*run, *done->add_scenarios());
    done->set_started(SaturatingAdd(done->started(), started));
    done->set_dropped(SaturatingAdd(done->dropped(), dropped));
    done->set_complete(SaturatingAdd(done->complete(), counts.complete));
    done->set_interrupted(SaturatingAdd(done->interrupted(), counts.interrupted));
    done->set_exceptions(SaturatingAdd(done->exceptions(), counts.exceptions));
    // Where the plan knows how many there were to be, the ledger is held against that; but for a
    // test that was stopped, if only by a script of this agent so far.
    const auto known = stopping_ || program_.aborted ? std::nullopt : run->PlannedIterations();
    done->set_planned(
        SaturatingAdd(done->planned(), known.value_or(SaturatingAdd(started, dropped))));
    const std::int64_t at = counts.first_start_ns;
    if (at == 0) continue;
    const std::int64_t skew = at - vu::SteadyNs(run->start());
    first = done->any_started() ? std::min(first, skew) : skew;
    done->set_any_started(true);
  }
  done->set_first_start_skew_ns(first);
  Send(std::move(message));
}

void AgentRun::KeepRawSamples() {
  samples_ = std::make_unique<SampleSender>(
      conductor_, [this](v1::FromAgent message) { Send(std::move(message)); }, callbacks_.backlog);
  const metrics::RawSamples::Options raw{&samples_->queue(), program_.metrics.metrics().size(),
                                         NotAskedFor(program_.metrics, program_.options),
                                         &secrets_.redactor()};
  for (auto& owner : workers_) {
    worker::Worker* worker = owner.get();
    worker->recorder().KeepRaw(raw);
    samples_->Add([worker] { worker->Post([worker] { worker->recorder().raw()->Flush(); }); });
  }
}

// Of this agent: the run's values are the sums over all, which is why no output gets these.
void AgentRun::CountVus(std::int64_t active, metrics::Recorder::Collected& into) {
  metrics::SampleTags tags;
  tags.run_tags = &program_.options.tags;
  const std::int64_t now = vu::WallNow();
  own_->Add(metrics::Builtin::kVus, static_cast<double>(active), now, tags);
  own_->Add(metrics::Builtin::kVusMax, static_cast<double>(program_.vus_initialized.load()), now,
            tags);
  own_->CollectInto(into);
}

void AgentRun::SendFlushed() {
  v1::FromAgent message;
  auto* flushed = message.mutable_flushed();
  flushed->set_deltas(sequence_);
  Put(health_.loop_lag, *flushed->mutable_health()->mutable_loop_lag());
  Put(health_.cpu, *flushed->mutable_health()->mutable_cpu());
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  flushed->mutable_health()->set_memory_peak_bytes(usage.ru_maxrss * 1024);
  Send(std::move(message));
}

}  // namespace loadctl::session
