#include "controller/cli/recorded.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "common/metrics/delta.h"
#include "common/metrics/submetric.h"
#include "controller/plan/plan.h"
#include "controller/record/reader.h"

namespace loadctl::cli {
namespace {

/// `http_req_duration{status:200}:p(95)<200`
Result<plan::MetricThresholds> ParseThreshold(const std::string& text) {
  const std::size_t brace = text.find('{');
  const std::size_t first = text.find(':');
  std::size_t colon = first;
  if (brace != std::string::npos && brace < first) {
    const std::size_t end = text.find('}', brace);
    colon = end == std::string::npos ? end : text.find(':', end);
  }
  if (colon == std::string::npos || colon == 0) {
    return Fail("invalid argument \"" + text +
                "\" for \"--threshold\" flag: METRIC:EXPRESSION is wanted, such as "
                "http_req_duration:p(95)<200");
  }
  return plan::MetricThresholds{text.substr(0, colon), {{text.substr(colon + 1), false, {}}}};
}

/// Whether a second lies in the window; nullopt: across one of its ends.
std::optional<bool> IsInside(const v1::Second& second, const Window& window) {
  const auto delta = metrics::DecodeDelta(second.delta());
  if (!delta) return true;  // for Results to find
  constexpr std::int64_t kMostSeconds = std::int64_t{1} << 32;
  const auto first = std::chrono::seconds(std::min(delta->first_interval, kMostSeconds));
  const auto end = std::chrono::seconds(std::min(delta->interval, kMostSeconds) + 1);
  if (end <= window.from || first >= window.to) return false;
  if (first >= window.from && end <= window.to) return true;
  return std::nullopt;
}

/// The plan with other thresholds, if there are any.
Result<v1::Planned> WithThresholds(v1::Planned planned, const Window& window) {
  if (window.thresholds.empty()) return planned;
  LOADCTL_TRY(plan::Options options, plan::OptionsFromJson(planned.options_json()));
  options.thresholds.clear();
  options.no_thresholds = false;
  for (const std::string& text : window.thresholds) {
    LOADCTL_TRY(plan::MetricThresholds one, ParseThreshold(text));
    const auto same = std::find_if(options.thresholds.begin(), options.thresholds.end(),
                                   [&](const auto& other) { return other.metric == one.metric; });
    if (same == options.thresholds.end()) {
      options.thresholds.push_back(std::move(one));
    } else {
      same->thresholds.push_back(one.thresholds.front());
    }
  }
  planned.set_options_json(plan::OptionsToJson(options));
  return planned;
}

}  // namespace

Result<Recorded> ReadRecord(const std::string& path, const Window& window,
                            events::Subscriber* also) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail("cannot read '" + path + "': " + std::strerror(errno));
  auto reader = record::Reader::Make(file);
  if (!reader) return tl::unexpected(reader.error().While("'" + path + "'"));
  auto event = reader->Next();
  if (!event || !event->has_planned()) {
    return Fail("'" + path + "' has no run in it" +
                (reader->problem().empty() ? "" : ": " + reader->problem()));
  }
  if (also != nullptr) also->On(*event);
  const v1::Planned as_run = event->planned();
  LOADCTL_TRY(const v1::Planned planned, WithThresholds(as_run, window));
  LOADCTL_TRY(auto results, controller::Results::Make(planned));
  LOADCTL_TRY(const auto of_run, controller::Results::Make(as_run));
  for (const std::string& name : results.submetrics()) {
    const auto& kept = of_run.submetrics();
    if (std::find(kept.begin(), kept.end(), name) == kept.end()) {
      return Fail(ErrorCode::kInvalidConfig,
                  "the run kept no sub-metric " + name +
                      ": only those that its own thresholds name are measured");
    }
  }
  Recorded out{as_run, std::move(results), std::nullopt, "", 0};
  while ((event = reader->Next())) {
    if (also != nullptr) also->On(*event);
    if (event->has_second()) {
      const auto inside = IsInside(event->second(), window);
      if (!inside) ++out.across;
      if (!inside.value_or(false)) continue;
    }
    if (event->has_outcome()) {
      out.outcome = std::move(*event->mutable_outcome());
    } else {
      out.results.On(*event);
    }
  }
  out.problem = reader->problem();
  if (!out.outcome && out.problem.empty()) out.problem = "it is cut";
  return out;
}

}  // namespace loadctl::cli
