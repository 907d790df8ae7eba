// Raw samples of a worker, for the run's outputs, and the queue in which those of all workers wait.
// Not for sending them (agent/session). RawSamples: the worker's thread; SampleQueue: any.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/metrics/sample_tags.h"
#include "common/metrics/samples.h"
#include "common/secrets/redactor.h"

namespace loadctl::metrics {

/// Chunks that wait to be sent, of all workers of an agent. Bounded: a worker that begins a chunk
/// asks HasRoom() first, so the queue holds at most a chunk of each worker more than its limit.
class SampleQueue final {
 public:
  explicit SampleQueue(std::size_t most_bytes) : most_(most_bytes) {}

  [[nodiscard]] bool HasRoom() const { return bytes_.load(std::memory_order_relaxed) < most_; }
  void Push(std::string chunk, std::uint64_t samples);
  struct Chunk {
    std::string bytes;
    std::uint64_t samples = 0;
  };
  [[nodiscard]] std::optional<Chunk> Pop();
  /// Throws away what waits: how many samples that was.
  std::uint64_t Clear();

 private:
  const std::size_t most_;
  std::atomic<std::size_t> bytes_{0};
  std::mutex mutex_;
  std::deque<Chunk> chunks_;
};

class RawSamples final {
 public:
  struct Options {
    SampleQueue* queue = nullptr;                 ///< outlives it
    std::size_t defined = 0;                      ///< how many metrics the controller knows
    std::vector<MetricId> left_out;               ///< metrics that no output gets raw
    const secrets::Redactor* redactor = nullptr;  ///< of tags and metadata; null: of nothing
  };
  RawSamples(const MetricSet& set, std::uint32_t stream, Options options);

  /// Keeps a sample, or counts it as dropped if the queue is full. Tag sets are looked up once for
  /// all samples with the same SampleTags.
  void Add(MetricId metric, double value, std::int64_t time, const SampleTags& tags);

  /// Hands what there is to the queue; once a fraction of a second.
  void Flush();
  /// All that were dropped so far.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  [[nodiscard]] std::uint32_t Number(const SampleTags& tags);
  void HandOver();
  void Redact(TagPairs& pairs) const;

  SampleQueue& queue_;
  const secrets::Redactor* redactor_;
  std::vector<bool> left_out_;  // by metric
  SampleEncoder encoder_;
  std::uint64_t dropped_ = 0;
  std::vector<SystemTag> effective_;
  TagPairs pairs_;
  std::string metadata_;
};

}  // namespace loadctl::metrics
