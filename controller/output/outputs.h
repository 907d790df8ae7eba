// The outputs of a run: decodes the agents' raw samples once and hands them to each output on a
// thread of its own. Not for any output in particular (json.cc, ...).
// Take() from any thread, and it never waits; the rest on the thread that made them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/metrics/registry.h"
#include "controller/output/output.h"

namespace loadctl::output {

/// What became of a run's samples at one output.
struct OutputReport {
  std::string output;         ///< as --out names it: `json=out.json`
  std::uint64_t samples = 0;  ///< handed to the output
  /// That are not where they belong: dropped by agents, on the way, by a queue that was full, or by
  /// the output itself.
  std::uint64_t lost = 0;
};

/// So many samples may wait for an output; what comes beyond is lost to it.
inline constexpr std::size_t kMostWaiting = 2'000'000;

class Decoder;
class Runner;

class Outputs final {
 public:
  /// `asked` as of --out; `set` has all the metrics that agents know, in the same order, and their
  /// sub-metrics. Fails as MakeOutput() does, or because an output could not be started, which ends
  /// those that were.
  [[nodiscard]] static Result<std::unique_ptr<Outputs>> Make(std::span<const std::string> asked,
                                                             const metrics::MetricSet& set,
                                                             Context context);
  ~Outputs();
  Outputs(const Outputs&) = delete;
  Outputs& operator=(const Outputs&) = delete;

  [[nodiscard]] std::vector<std::string> Descriptions() const;

  /// Opens the outputs and starts their threads.
  [[nodiscard]] Result<void> Start();
  /// A chunk of samples of an agent; 0: of the controller itself.
  void Take(int agent, std::string chunk);
  /// A last flush, and the end. Waits for the outputs, each of which bounds its own waiting.
  [[nodiscard]] std::vector<OutputReport> Stop();

 private:
  explicit Outputs(Context context);

  Context context_;
  std::unique_ptr<Decoder> decoder_;
  std::vector<std::unique_ptr<Runner>> runners_;
};

}  // namespace loadctl::output
