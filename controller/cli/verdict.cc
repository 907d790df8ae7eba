#include "controller/cli/verdict.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>

namespace loadctl::cli {
namespace json = boost::json;
namespace {

std::int64_t Sum(const summary::Summary& summary, std::int64_t summary::LedgerEntry::*part) {
  std::int64_t sum = 0;
  for (const auto& entry : summary.ledger) sum += entry.*part;
  return sum;
}

const summary::MetricSummary* Find(const summary::Summary& summary, std::string_view name) {
  for (const auto& metric : summary.metrics)
    if (metric.name == name) return &metric;
  return nullptr;
}

std::int64_t CountOf(const summary::Summary& summary, std::string_view name) {
  const auto* metric = Find(summary, name);
  const auto* counter =
      metric == nullptr ? nullptr : std::get_if<summary::CounterValues>(&metric->values);
  return counter == nullptr ? 0 : static_cast<std::int64_t>(counter->count);
}

/// Failed and all checks.
std::pair<std::int64_t, std::int64_t> ChecksOf(const summary::Summary& summary) {
  const auto* metric = Find(summary, "checks");
  const auto* rate =
      metric == nullptr ? nullptr : std::get_if<summary::RateValues>(&metric->values);
  if (rate == nullptr) return {0, 0};
  return {rate->fails, rate->fails + rate->passes};
}

std::string Part(std::int64_t part, std::int64_t all, const std::string& what) {
  return std::to_string(part) + " of " + std::to_string(all) + " " + what;
}

/// What is wrong, or an empty text.
std::string Problem(plan::FailOn what, const summary::Summary& summary) {
  using enum plan::FailOn;
  switch (what) {
    case kException: {
      const auto threw = Sum(summary, &summary::LedgerEntry::exceptions);
      const auto all = Sum(summary, &summary::LedgerEntry::complete);
      return threw == 0 ? "" : "exception: " + Part(threw, all, "iterations threw an exception");
    }
    case kCheck: {
      const auto [fails, all] = ChecksOf(summary);
      return fails == 0 ? "" : "check: " + Part(fails, all, "checks failed");
    }
    case kNoRequests: {
      const bool any = CountOf(summary, "http_reqs") > 0 || CountOf(summary, "ws_sessions") > 0 ||
                       Find(summary, "grpc_req_duration") != nullptr;
      return any ? "" : "no-requests: no request was made";
    }
    case kNoIterations:
      return Sum(summary, &summary::LedgerEntry::complete) > 0
                 ? ""
                 : "no-iterations: no iteration was completed";
    case kMissedRate: {
      const auto dropped = Sum(summary, &summary::LedgerEntry::dropped);
      const auto planned = Sum(summary, &summary::LedgerEntry::planned);
      return dropped == 0 ? ""
                          : "missed-rate: " + Part(dropped, planned, "iterations were dropped");
    }
    case kNoData:
      for (const auto& metric : summary.metrics) {
        if (!metric.thresholds.empty() && !metric.has_samples)
          return "no-data: " + metric.name + " has a threshold and no samples";
      }
      return "";
  }
  return "";
}

std::string_view VerdictOf(const std::optional<Error>& error, const controller::RunResult* result) {
  if (result != nullptr && result->summary && !result->summary->complete) return "incomplete";
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
  for (const auto& metric : summary.metrics) {
    for (const auto& one : metric.thresholds) {
      json::object item{{"metric", metric.name}, {"expression", one.source}, {"value", one.value}};
      if (one.judged) {
        item["ok"] = one.ok;
      } else {
        item["ok"] = nullptr;
      }
      item["no_data"] = !metric.has_samples;
      item["within_error"] = one.within_error;
      out.push_back(std::move(item));
    }
  }
  return out;
}

json::array AgentsOf(const summary::Summary& summary) {
  json::array out;
  for (const auto& entry : summary.ledger) {
    const bool lost = std::any_of(summary.lost.begin(), summary.lost.end(),
                                  [&](const auto& one) { return one.agent == entry.agent; });
    json::object item{{"agent", entry.agent},
                      {"lost", lost},
                      {"planned", entry.planned},
                      {"started", entry.started},
                      {"dropped", entry.dropped},
                      {"complete", entry.complete},
                      {"interrupted", entry.interrupted},
                      {"exceptions", entry.exceptions},
                      {"balanced", entry.balanced}};
    if (entry.start_lag) item["start_lag_p99_ms"] = entry.start_lag->p99;
    item["cpu"] = json::object{{"used", entry.cpu.ShareOf(entry.cpu.used)},
                               {"waited", entry.cpu.ShareOf(entry.cpu.waited)},
                               {"saturated", entry.cpu.ShareOf(entry.cpu.saturated)}};
    out.push_back(std::move(item));
  }
  return out;
}

}  // namespace

std::optional<Error> JudgeFailOn(std::span<const plan::FailOn> fail_on,
                                 const controller::RunResult& result) {
  if (!result.summary) return std::nullopt;
  for (const plan::FailOn what : fail_on) {
    std::string problem = Problem(what, *result.summary);
    if (!problem.empty()) return Error{ErrorCode::kFailOn, "--fail-on " + problem};
  }
  return std::nullopt;
}

std::string AllThrew(const controller::RunResult& result) {
  if (!result.summary) return "";
  const auto threw = Sum(*result.summary, &summary::LedgerEntry::exceptions);
  const auto complete = Sum(*result.summary, &summary::LedgerEntry::complete);
  if (threw == 0 || threw < complete) return "";
  return "Every iteration (" + std::to_string(threw) +
         ") threw an exception; the exit code is 0 all the same, as in k6: --fail-on exception "
         "makes it 112";
}

std::string VerdictJson(const std::optional<Error>& error, const controller::RunResult* result) {
  json::object out;
  const std::string_view verdict = VerdictOf(error, result);
  out["verdict"] = json::string_view(verdict.data(), verdict.size());
  if (error) {
    out["cause"] = error->message;
  } else {
    out["cause"] = nullptr;
  }
  out["code"] = error ? ExitStatus(error->code) : 0;
  const bool ran = result != nullptr && result->summary;
  out["thresholds"] = ran ? ThresholdsOf(*result->summary) : json::array();
  out["agents"] = ran ? AgentsOf(*result->summary) : json::array();
  return json::serialize(out) + "\n";
}

}  // namespace loadctl::cli
