#include "controller/run/bottleneck.h"

#include <chrono>
#include <cstdint>
#include <cstdio>

namespace loadctl::controller {
namespace {

// What k6's users call late: from here on the generator, not the target, shapes the load.
constexpr double kLateMs = 10;
constexpr std::uint64_t kEnoughSamples = 100;  // of loop lag: a second of one worker
// A good part of the run, and more than its first moments.
constexpr double kSaturatedPart = 0.5;
constexpr std::chrono::seconds kSaturatedTime{2};

using summary::Milliseconds;
using summary::ShareOf;

std::string LateStarts(const summary::LedgerEntry& entry) {
  if (!entry.has_start_lag() || entry.start_lag().p99() <= kLateMs) return "";
  char text[100];
  std::snprintf(text, sizeof text, "started 1 %% of its iterations %.0fms late or more",
                entry.start_lag().p99());
  return text;
}

std::string LateLoops(const summary::Lateness& lag) {
  if (lag.samples() < kEnoughSamples || Milliseconds(lag.p99_ns()) <= kLateMs) return "";
  char text[100];
  std::snprintf(text, sizeof text, "its event loops were %.0fms late at p99, %.0fms at worst",
                Milliseconds(lag.p99_ns()), Milliseconds(lag.max_ns()));
  return text;
}

std::string StoodStill(const summary::CpuUse& cpu) {
  if (cpu.stalled_ns() == 0) return "";
  char text[150];
  std::snprintf(text, sizeof text,
                "its VUs stood still for %.1f %% of the time, a second or more at a stretch",
                100 * ShareOf(cpu.stalled_ns(), cpu));
  return text;
}

std::string NoCpuToSpare(const summary::CpuUse& cpu) {
  const double part = ShareOf(cpu.saturated_ns(), cpu);
  if (part < kSaturatedPart || summary::SpanOf(cpu.saturated_ns()) < kSaturatedTime) return "";
  char text[150];
  std::snprintf(text, sizeof text,
                "its workers had no CPU to spare for %.0f %% of the time (%.0f %% on a core, "
                "%.0f %% waiting for one)",
                100 * part, 100 * ShareOf(cpu.used_ns(), cpu), 100 * ShareOf(cpu.waited_ns(), cpu));
  return text;
}

}  // namespace

std::string WhyBottleneck(const summary::LedgerEntry& entry) {
  std::string why = LateStarts(entry);
  const auto add = [&why](const std::string& more) {
    if (!more.empty()) why += (why.empty() ? "" : ", ") + more;
  };
  add(StoodStill(entry.health().cpu()));
  add(LateLoops(entry.health().loop_lag()));
  if (entry.has_start_lag() || !why.empty()) add(NoCpuToSpare(entry.health().cpu()));
  return why;
}

}  // namespace loadctl::controller
