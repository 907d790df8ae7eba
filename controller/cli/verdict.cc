#include "controller/cli/verdict.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>

#include "common/base/saturating.h"
#include "common/wire/codes.h"
#include "controller/cli/outputs.h"
#include "controller/summary/summary.h"

namespace loadctl::cli {
namespace json = boost::json;
namespace {

/// Of a count of all agents' iterations.
std::int64_t Sum(const summary::Summary& summary, std::int64_t (v1::RunDone::*count)() const) {
  std::int64_t sum = 0;
  for (const auto& entry : summary.ledger())
    sum = SaturatingAdd(sum, (entry.iterations().*count)());
  return sum;
}

const summary::MetricSummary* Find(const summary::Summary& summary, std::string_view name) {
  for (const auto& metric : summary.metrics())
    if (metric.name() == name) return &metric;
  return nullptr;
}

bool Counted(const summary::Summary& summary, std::string_view name) {
  const auto* metric = Find(summary, name);
  return metric != nullptr && metric->has_counter() && metric->counter().count() >= 1;
}

/// Failed and all checks.
std::pair<std::int64_t, std::int64_t> ChecksOf(const summary::Summary& summary) {
  const auto* metric = Find(summary, "checks");
  if (metric == nullptr || !metric->has_rate()) return {0, 0};
  return {metric->rate().fails(), SaturatingAdd(metric->rate().fails(), metric->rate().passes())};
}

std::string Part(std::int64_t part, std::int64_t all, const std::string& what) {
  return std::to_string(part) + " of " + std::to_string(all) + " " + what;
}

/// What is wrong, or an empty text.
std::string Problem(plan::FailOn what, const summary::Summary& summary) {
  using enum plan::FailOn;
  switch (what) {
    case kException: {
      const auto threw = Sum(summary, &v1::RunDone::exceptions);
      const auto all = Sum(summary, &v1::RunDone::complete);
      return threw == 0 ? "" : "exception: " + Part(threw, all, "iterations threw an exception");
    }
    case kCheck: {
      const auto [fails, all] = ChecksOf(summary);
      return fails == 0 ? "" : "check: " + Part(fails, all, "checks failed");
    }
    case kNoRequests: {
      const bool any = Counted(summary, "http_reqs") || Counted(summary, "ws_sessions") ||
                       Find(summary, "grpc_req_duration") != nullptr;
      return any ? "" : "no-requests: no request was made";
    }
    case kNoIterations:
      return Sum(summary, &v1::RunDone::complete) > 0 ? ""
                                                      : "no-iterations: no iteration was completed";
    case kMissedRate: {
      const auto dropped = Sum(summary, &v1::RunDone::dropped);
      const auto planned = Sum(summary, &v1::RunDone::planned);
      if (dropped != 0) return "missed-rate: " + Part(dropped, planned, "iterations were dropped");
      // Where nobody says how many iterations there are to be: time without the VUs.
      for (const auto& entry : summary.ledger()) {
        const auto& cpu = entry.health().cpu();
        if (cpu.stalled_ns() == 0) continue;
        const double share = 100 * summary::ShareOf(cpu.stalled_ns(), cpu);
        return "missed-rate: agent " + std::to_string(entry.agent()) + " stood still for " +
               std::to_string(static_cast<int>(share + 0.5)) + " % of the time";
      }
      return "";
    }
    case kNoData:
      for (const auto& metric : summary.metrics()) {
        if (!metric.thresholds().empty() && !metric.has_samples())
          return "no-data: " + metric.name() + " has a threshold and no samples";
      }
      return "";
    case kOutputLoss:
      for (const auto& one : summary.outputs())
        if (one.lost() > 0) return "output-loss: " + LossText(one);
      return "";
  }
  return "";
}

std::string_view VerdictOf(const std::optional<Error>& error, const v1::Outcome* outcome) {
  if (outcome != nullptr && outcome->has_summary() && !outcome->summary().complete())
    return "incomplete";
  if (!error) return "passed";
  switch (error->code) {
    case ErrorCode::kThresholds:
    case ErrorCode::kMarkedFailed:
    case ErrorCode::kFailOn:
      return "failed";
    case ErrorCode::kSignal:
    case ErrorCode::kScriptAborted:
      return "aborted";
    case ErrorCode::kAgentLost:
      return "incomplete";
    default:
      return "error";
  }
}

json::array ThresholdsOf(const summary::Summary& summary) {
  json::array out;
  for (const auto& metric : summary.metrics()) {
    for (const auto& one : metric.thresholds()) {
      json::object item{
          {"metric", metric.name()}, {"expression", one.source()}, {"value", one.value()}};
      if (one.judged()) {
        item["ok"] = one.ok();
      } else {
        item["ok"] = nullptr;
      }
      item["no_data"] = !metric.has_samples();
      item["within_error"] = one.within_error();
      if (one.warn()) item["level"] = "warn";
      if (one.exit_code() != 0) item["exit_code"] = one.exit_code();
      if (!one.note().empty()) item["note"] = one.note();
      out.push_back(std::move(item));
    }
  }
  return out;
}

json::array AgentsOf(const summary::Summary& summary) {
  json::array out;
  for (const auto& entry : summary.ledger()) {
    const bool lost = std::any_of(summary.lost().begin(), summary.lost().end(),
                                  [&](const auto& one) { return one.agent() == entry.agent(); });
    const auto& iterations = entry.iterations();
    json::object item{{"agent", entry.agent()},
                      {"lost", lost},
                      {"planned", iterations.planned()},
                      {"started", iterations.started()},
                      {"dropped", iterations.dropped()},
                      {"complete", iterations.complete()},
                      {"interrupted", iterations.interrupted()},
                      {"exceptions", iterations.exceptions()},
                      {"balanced", entry.balanced()}};
    if (entry.has_start_lag()) item["start_lag_p99_ms"] = entry.start_lag().p99();
    const auto& cpu = entry.health().cpu();
    item["cpu"] = json::object{{"used", summary::ShareOf(cpu.used_ns(), cpu)},
                               {"waited", summary::ShareOf(cpu.waited_ns(), cpu)},
                               {"saturated", summary::ShareOf(cpu.saturated_ns(), cpu)},
                               {"stalled", summary::ShareOf(cpu.stalled_ns(), cpu)}};
    out.push_back(std::move(item));
  }
  return out;
}

}  // namespace

std::optional<Error> JudgeFailOn(std::span<const plan::FailOn> fail_on,
                                 const v1::Outcome& outcome) {
  if (!outcome.has_summary()) return std::nullopt;
  for (const plan::FailOn what : fail_on) {
    std::string problem = Problem(what, outcome.summary());
    if (!problem.empty()) return Error{ErrorCode::kFailOn, "--fail-on " + problem};
  }
  return std::nullopt;
}

std::string AllThrew(const v1::Outcome& outcome) {
  const auto threw = Sum(outcome.summary(), &v1::RunDone::exceptions);
  const auto complete = Sum(outcome.summary(), &v1::RunDone::complete);
  if (threw == 0 || threw < complete) return "";
  return "Every iteration (" + std::to_string(threw) +
         ") threw an exception; the exit code is 0 all the same, as in k6: --fail-on exception "
         "makes it 112";
}

std::string RunningVerdictJson() {
  return json::serialize(json::object{{"verdict", "running"},
                                      {"cause", nullptr},
                                      {"code", nullptr},
                                      {"thresholds", json::array()},
                                      {"agents", json::array()}}) +
         "\n";
}

std::string VerdictJson(const std::optional<Error>& error, const v1::Outcome* outcome) {
  json::object out;
  const std::string_view verdict = VerdictOf(error, outcome);
  out["verdict"] = json::string_view(verdict.data(), verdict.size());
  if (error) {
    out["cause"] = error->message;
  } else {
    out["cause"] = nullptr;
  }
  out["code"] = error ? wire::ExitStatusOf(*error, outcome) : 0;
  const bool ran = outcome != nullptr && outcome->has_summary();
  out["thresholds"] = ran ? ThresholdsOf(outcome->summary()) : json::array();
  out["agents"] = ran ? AgentsOf(outcome->summary()) : json::array();
  json::array list;
  if (ran) {
    for (const auto& one : outcome->summary().outputs()) {
      list.push_back(
          json::object{{"output", one.output()}, {"samples", one.samples()}, {"lost", one.lost()}});
    }
  }
  out["outputs"] = std::move(list);
  return json::serialize(out) + "\n";
}

}  // namespace loadctl::cli
