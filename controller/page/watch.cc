#include "controller/page/watch.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/metrics/delta.h"
#include "common/plan/options.h"
#include "common/plan/scenario.h"
#include "common/wire/codes.h"
#include "common/wire/health.h"
#include "controller/summary/build.h"

namespace loadctl::page {
namespace {

using text::JsonWriter;

constexpr const char* kPhases[] = {"starting", "init",     "paused", "setup",
                                   "running",  "teardown", "ended"};
constexpr const char* kStates[] = {"running", "waiting", "stopping", "interrupted", "done"};
constexpr const char* kLevels[] = {"debug", "info", "warning", "error"};

template <std::size_t kCount>
const char* NameOf(const char* const (&names)[kCount], int value) {
  return value >= 0 && static_cast<std::size_t>(value) < kCount ? names[value] : "";
}

void WriteValues(JsonWriter& out, const summary::MetricSummary& metric) {
  switch (metric.values_case()) {
    case summary::MetricSummary::kGauge:
      out.Key("value").Number(metric.gauge().value());
      out.Key("min").Number(metric.gauge().min());
      out.Key("max").Number(metric.gauge().max());
      return;
    case summary::MetricSummary::kRate:
      out.Key("rate").Number(metric.rate().rate());
      out.Key("passes").Number(metric.rate().passes());
      out.Key("fails").Number(metric.rate().fails());
      return;
    case summary::MetricSummary::kTrend:
      for (const auto& stat : metric.trend().stats()) out.Key(stat.name()).Number(stat.value());
      return;
    default:
      out.Key("count").Number(metric.counter().count());
      out.Key("rate").Number(metric.counter().rate());
  }
}

void WriteMetrics(JsonWriter& out,
                  const google::protobuf::RepeatedPtrField<summary::MetricSummary>& metrics) {
  out.Key("metrics").Array([&] {
    for (const auto& metric : metrics) {
      out.Element().Object([&] {
        out.Key("name").String(metric.name());
        out.Key("type").String(metrics::TypeName(summary::TypeOf(metric)));
        out.Key("contains").String(metrics::ValueTypeName(summary::ContainsOf(metric)));
        out.Key("values").Object([&] { WriteValues(out, metric); });
      });
    }
  });
}

void WriteChecks(JsonWriter& out,
                 const google::protobuf::RepeatedPtrField<summary::CheckSummary>& checks) {
  out.Key("checks").Array([&] {
    for (const auto& check : checks) {
      out.Element().Object([&] {
        out.Key("name").String(check.name());
        out.Key("passes").Number(check.passes());
        out.Key("fails").Number(check.fails());
      });
    }
  });
}

void WriteFigures(JsonWriter& out, const summary::Summary& figures) {
  WriteMetrics(out, figures.metrics());
  out.Key("groups").Array([&] {
    for (const auto& group : figures.groups()) {
      out.Element().Object([&] {
        out.Key("path").String(group.path());
        WriteChecks(out, group.checks());
      });
    }
  });
  out.Key("sections").Array([&] {
    for (const auto& section : figures.sections()) {
      out.Element().Object([&] {
        out.Key("scenario").String(section.scenario());
        out.Key("group").String(section.group());
        WriteMetrics(out, section.metrics());
        WriteChecks(out, section.checks());
      });
    }
  });
  out.Key("failed").Array([&] {
    for (const auto& row : figures.failed_requests()) {
      out.Element().Object([&] {
        out.Key("method").String(row.method());
        out.Key("name").String(row.name());
        out.Key("status").String(row.status());
        out.Key("error_code").String(row.error_code());
        out.Key("count").Number(row.count());
      });
    }
  });
}

void WriteHealth(const v1::Health& health, const v1::StartLag* lag, JsonWriter& out) {
  if (lag != nullptr) {
    out.Key("start_lag_p99").Number(lag->p99());
    out.Key("start_lag_max").Number(lag->max());
  }
  out.Key("loop_lag_p99").Number(summary::Milliseconds(health.loop_lag().p99_ns()));
  out.Key("loop_lag_max").Number(summary::Milliseconds(health.loop_lag().max_ns()));
  out.Key("cpu").Number(summary::ShareOf(health.cpu().used_ns(), health.cpu()));
  out.Key("cpu_waited").Number(summary::ShareOf(health.cpu().waited_ns(), health.cpu()));
  out.Key("stalled").Number(summary::ShareOf(health.cpu().stalled_ns(), health.cpu()));
  out.Key("memory_peak").Number(health.memory_peak_bytes());
  out.Key("memory").Number(health.memory_bytes());
  out.Key("heap").Number(health.heap_bytes());
}

void WriteLedger(JsonWriter& out, const summary::LedgerEntry& entry) {
  const auto& counts = entry.iterations();
  out.Key("planned").Number(counts.planned());
  out.Key("started").Number(counts.started());
  out.Key("dropped").Number(counts.dropped());
  out.Key("complete").Number(counts.complete());
  out.Key("interrupted").Number(counts.interrupted());
  out.Key("exceptions").Number(counts.exceptions());
  out.Key("balanced").Bool(entry.balanced());
  out.Key("shortfall").String(entry.shortfall());
  WriteHealth(entry.health(), entry.has_start_lag() ? &entry.start_lag() : nullptr, out);
}

}  // namespace

void Watch::On(const v1::RunEvent& event) {
  const std::lock_guard lock(mutex_);
  if (event.number() > 0) at_ns_ = event.at_ns();
  switch (event.body_case()) {
    case v1::RunEvent::kPlanned: {
      planned_ = event.planned();
      began_unix_ns_ = event.unix_ns();
      auto results = controller::Results::Make(event.planned());
      if (results) results_.emplace(std::move(*results));
      break;
    }
    case v1::RunEvent::kPhase:
      phase_ = event.phase();
      ++serial_;
      break;
    case v1::RunEvent::kProgress:
      progress_ = event.progress();
      return;
    case v1::RunEvent::kSecond:
      if (const auto second = metrics::DecodeDelta(event.second().delta())) history_.Add(*second);
      ++serial_;
      break;
    case v1::RunEvent::kLog:
      return KeepLine(event);
    case v1::RunEvent::kAgent:
      TakeAgent(event);
      break;
    case v1::RunEvent::kOutcome:
      outcome_ = event.outcome();
      if (outcome_->has_progress()) progress_ = outcome_->progress();
      outcome_->clear_files();
      ++serial_;
      break;
    default:
      break;
  }
  if (results_) results_->On(event);
}

void Watch::TakeAgent(const v1::RunEvent& event) {
  auto& agent = agents_[event.agent().agent()];
  if (event.agent().has_health()) {
    agent.health = event.agent().health();
    agent.told = ++told_;
    agent.told_ns = event.at_ns();
    return;
  }
  if (event.agent().has_attached()) {
    agent.name = event.agent().attached().name();
    agent.workers = event.agent().attached().workers();
  }
  if (event.agent().has_ready()) {
    const v1::AgentReady& ready = event.agent().ready();
    agent.vus = ready.vus();
    if (ready.workers() != 0) agent.workers = ready.workers();
  }
  if (event.agent().has_lost()) agent.lost = event.agent().lost();
  agent.changed_ns = event.at_ns();
  ++serial_;
}

void Watch::KeepLine(const v1::RunEvent& event) {
  lines_.push_back({++told_, event.at_ns(), event.log()});
  line_bytes_ += event.log().ByteSizeLong();
  while (lines_.size() > kMostLogLines || (line_bytes_ > kMostLogBytes && lines_.size() > 1)) {
    line_bytes_ -= lines_.front().entry.ByteSizeLong();
    lines_.pop_front();
  }
}

std::uint64_t Watch::serial() const {
  const std::lock_guard lock(mutex_);
  return serial_;
}

bool Watch::ended() const {
  const std::lock_guard lock(mutex_);
  return outcome_.has_value();
}

std::string Watch::Snapshot(std::size_t most_bytes) const {
  const std::lock_guard lock(mutex_);
  JsonWriter out(0, text::JsonEscapes::kGoHtml);
  constexpr std::size_t kBytesOfNumber = 7;
  const std::size_t most =
      most_bytes / kBytesOfNumber / std::max<std::size_t>(history_.columns(), 1);
  Write(std::nullopt, 0, std::clamp<std::size_t>(most, 60, History::kMostPoints), out);
  return out.Take();
}

std::string Watch::News(std::uint64_t& since) const {
  const std::lock_guard lock(mutex_);
  JsonWriter out(0, text::JsonEscapes::kGoHtml);
  const std::size_t first = history_.size() > 2 ? history_.size() - 2 : 0;
  Write(since, first, History::kMostPoints, out);
  since = told_;
  return out.Take();
}

void Watch::Write(std::optional<std::uint64_t> after, std::size_t first_point,
                  std::size_t most_points, JsonWriter& out) const {
  out.Object([&] {
    out.Key("serial").Number(told_);
    out.Key("run");
    WriteRun(out);
    WriteThresholds(out);
    WriteScenarios(out);
    WriteFigures(out, Figures());
    WriteAgents(after, out);
    WriteLog(after.value_or(0), out);
    WriteOutcome(out);
    out.Key("history");
    history_.Write(first_point, most_points, out);
  });
}

void Watch::WriteRun(JsonWriter& out) const {
  out.Object([&] {
    out.Key("script").String(planned_.script());
    out.Key("id").String(planned_.run_id());
    out.Key("began").Number(began_unix_ns_ / 1'000'000);
    out.Key("agents").Number(std::int64_t{planned_.agents()});
    out.Key("agents_tell_every").Number(wire::HealthEvery(planned_.agents()).count());
    out.Key("phase").String(outcome_ ? "ended" : NameOf(kPhases, phase_.phase()));
    out.Key("paused").Bool(phase_.paused());
    out.Key("elapsed").Number(static_cast<double>(at_ns_) / 1e9);
    out.Key("max_duration").Number(static_cast<double>(progress_.max_duration_ns()) / 1e9);
    out.Key("vus").Number(progress_.active_vus());
    out.Key("vus_max").Number(progress_.initialized_vus());
    out.Key("complete").Number(progress_.complete_iterations());
    out.Key("interrupted").Number(progress_.interrupted_iterations());
  });
}

// Of a run that has ended those of its outcome: they are judged last, and all of them.
void Watch::WriteThresholds(JsonWriter& out) const {
  const auto write = [&](const std::string& metric, const auto& thresholds) {
    for (const auto& one : thresholds) {
      out.Element().Object([&] {
        out.Key("metric").String(metric);
        out.Key("source").String(one.source());
        out.Key("value").Number(one.value());
        out.Key("ok").Bool(one.ok());
        out.Key("judged").Bool(!outcome_ || one.judged());
        out.Key("within_error").Bool(one.within_error());
        out.Key("warn").Bool(one.warn());
        out.Key("note").String(one.note());
      });
    }
  };
  out.Key("thresholds").Array([&] {
    if (outcome_ && outcome_->has_summary()) {
      for (const auto& metric : outcome_->summary().metrics())
        write(metric.name(), metric.thresholds());
    } else if (results_ && results_->thresholds()) {
      for (const auto& metric : results_->thresholds()->metrics())
        write(metric.metric(), metric.thresholds());
    }
  });
}

void Watch::WriteScenarios(JsonWriter& out) const {
  const auto options = plan::OptionsFromJson(planned_.options_json());
  const auto described = [&](const std::string& name) -> std::string {
    if (!options) return "";
    const auto tuple = plan::TupleOf(*options).value_or(plan::ExecutionTuple());
    for (const auto& scenario : options->scenarios)
      if (scenario.name == name) return plan::Describe(scenario, tuple);
    return "";
  };
  const auto external = [&](const std::string& name) {
    return options && std::any_of(options->scenarios.begin(), options->scenarios.end(),
                                  [&](const plan::Scenario& scenario) {
                                    return scenario.name == name &&
                                           std::holds_alternative<plan::ExternallyControlled>(
                                               scenario.executor);
                                  });
  };
  out.Key("scenarios").Array([&] {
    for (const auto& scenario : progress_.scenarios()) {
      out.Element().Object([&] {
        out.Key("name").String(scenario.name());
        out.Key("text").String(described(scenario.name()));
        out.Key("state").String(NameOf(kStates, scenario.status()));
        out.Key("vus").Number(scenario.vus());
        out.Key("spent").Number(static_cast<double>(scenario.elapsed_ns()) / 1e9);
        out.Key("total").Number(static_cast<double>(scenario.total_ns()) / 1e9);
        out.Key("done").Number(scenario.done_iterations());
        out.Key("of").Number(scenario.total_iterations());
        out.Key("external").Bool(external(scenario.name()));
      });
    }
  });
}

// There may be a thousand, of which a few tell something in a second. News may be a second apart,
// and some are dropped where a client is slow: that one came or was lost is told for longer.
void Watch::WriteAgents(std::optional<std::uint64_t> after, JsonWriter& out) const {
  constexpr std::int64_t kTold = 5'000'000'000;
  out.Key("agents").Array([&] {
    for (const auto& [number, agent] : agents_) {
      const bool news =
          !after || outcome_ || agent.told > *after || at_ns_ < agent.changed_ns + kTold;
      if (news) WriteAgent(number, agent, out);
    }
  });
}

void Watch::WriteAgent(std::uint32_t number, const Agent& agent, JsonWriter& out) const {
  out.Element().Object([&] {
    out.Key("agent").Number(std::int64_t{number});
    out.Key("name").String(agent.name);
    out.Key("workers").Number(std::int64_t{agent.workers});
    out.Key("vus").Number(agent.vus);
    out.Key("lost").String(agent.lost);
    const v1::AgentHealth& now = agent.health;
    if (agent.told > 0) {
      out.Key("told").Number(static_cast<double>(agent.told_ns) / 1e9);
      out.Key("busy").Number(now.active_vus());
      out.Key("delay").Number(summary::Milliseconds(now.delay_ns()));
      out.Key("round_trip").Number(summary::Milliseconds(now.round_trip_ns()));
    }
    if (!outcome_) {
      if (agent.told > 0)
        WriteHealth(now.health(), now.has_start_lag() ? &now.start_lag() : nullptr, out);
      return;
    }
    for (const auto& entry : outcome_->summary().ledger())
      if (entry.agent() == number) WriteLedger(out, entry);
  });
}

void Watch::WriteLog(std::uint64_t after, JsonWriter& out) const {
  out.Key("log").Array([&] {
    for (const Line& line : lines_) {
      if (line.number <= after) continue;
      out.Element().Object([&] {
        out.Key("number").Number(line.number);
        out.Key("at").Number(static_cast<double>(line.at_ns) / 1e9);
        out.Key("level").String(NameOf(kLevels, line.entry.level()));
        out.Key("agent").Number(std::int64_t{line.entry.agent()});
        out.Key("message").String(line.entry.message());
      });
    }
  });
}

void Watch::WriteOutcome(JsonWriter& out) const {
  if (!outcome_) return;
  out.Key("outcome").Object([&] {
    const auto error = wire::ErrorOf(*outcome_);
    out.Key("complete").Bool(outcome_->has_summary() && outcome_->summary().complete());
    out.Key("code").Number(std::int64_t{error ? wire::ExitStatusOf(outcome_->error()) : 0});
    out.Key("message").String(error ? error->message : "");
    if (outcome_->summary().has_start_lag()) {
      out.Key("start_lag_p99").Number(outcome_->summary().start_lag().p99());
      out.Key("start_lag_max").Number(outcome_->summary().start_lag().max());
    }
  });
}

summary::Summary Watch::Figures() const {
  if (!results_) return {};
  summary::BuildOptions build;
  build.duration = std::chrono::nanoseconds(
      outcome_ && outcome_->has_summary() ? outcome_->summary().duration_ns() : at_ns_);
  build.trend_stats = {"avg", "min", "med", "p(90)", "p(95)", "p(99)", "max", "count"};
  return summary::BuildSummary(results_->totals(), {}, build);
}

}  // namespace loadctl::page
