// OpenMetrics text of a summary's values.
#include <cmath>
#include <string_view>

#include "common/text/number.h"
#include "controller/report/report.h"

namespace loadctl::report {
namespace {

/// What a metric may be called; k6's names are such but for rare ones.
std::string NameOf(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      (c >= '0' && c <= '9' && !out.empty()) || c == '_' || c == ':';
    out += good ? c : '_';
  }
  return out;
}

std::string Label(std::string_view name, std::string_view value) {
  std::string out = std::string(name) + "=\"";
  for (const char c : value) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

std::string Metrics(const Subject& subject) {
  std::string out;
  for (const auto& metric : subject.outcome.summary().metrics()) {
    if (!metric.has_samples()) continue;
    const bool part = !metric.parent().empty();
    const std::string name = NameOf(part ? metric.parent() : metric.name());
    const auto add = [&](std::string_view stat, double value) {
      if (!std::isfinite(value)) return;
      out += name + "{" + Label("stat", stat) +
             (part ? "," + Label("selector", metric.suffix()) : std::string()) + "} " +
             text::JsNumber(value) + "\n";
    };
    if (metric.has_counter()) {
      add("count", metric.counter().count());
      add("rate", metric.counter().rate());
    } else if (metric.has_gauge()) {
      add("value", metric.gauge().value());
      add("min", metric.gauge().min());
      add("max", metric.gauge().max());
    } else if (metric.has_rate()) {
      add("rate", metric.rate().rate());
    } else {
      for (const auto& stat : metric.trend().stats()) add(stat.name(), stat.value());
    }
  }
  return out + "# EOF\n";
}

}  // namespace loadctl::report
