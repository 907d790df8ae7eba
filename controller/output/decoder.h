// From the chunks of all agents to batches of samples, on a thread of its own.
// Not for what outputs do with them (runner.h). Take() from any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/metrics/registry.h"
#include "controller/output/output.h"
#include "controller/output/selection.h"

namespace loadctl::output {

/// The metrics of a run, each with one MetricInfo that stays where it is. The decoder's thread.
class MetricInfos {
 public:
  MetricInfos(const metrics::MetricSet& set, const plan::Options& options);
  /// The metric with this number at every agent; nullptr: there is none.
  [[nodiscard]] const MetricInfo* Common(metrics::MetricId id) const;
  /// One that an agent declares; nullptr if there is one of that name and another type.
  [[nodiscard]] const MetricInfo* Declare(std::string_view name, metrics::MetricType type,
                                          metrics::ValueType contains);

 private:
  const std::size_t common_;
  std::deque<MetricInfo> infos_;
  std::map<std::string, const MetricInfo*, std::less<>> by_name_;
};

class Decoder final {
 public:
  using Sink = std::function<void(std::shared_ptr<const Batch>)>;
  Decoder(const metrics::MetricSet& set, const plan::Options& options, Selection selection,
          Log log);
  ~Decoder();

  /// `sink` is called on the decoder's thread.
  void Start(Sink sink);
  void Take(int agent, std::string chunk);
  /// Decodes what there is, and ends the thread.
  void Stop();
  /// Samples that no output gets; after Stop().
  [[nodiscard]] std::uint64_t lost() const;
  /// Samples whose tags were beyond the cap on sets of tags; after Stop().
  [[nodiscard]] std::uint64_t shared() const { return shared_; }

 private:
  struct Stream {
    std::vector<std::shared_ptr<const TagSet>> sets;  // by number; null: its definition was lost
    std::vector<std::uint64_t> held_in;               // by number: the batch that holds it
    std::map<metrics::MetricId, const MetricInfo*> metrics;
    std::uint64_t last = 0;  // sequence
    std::uint32_t generation = 0;
    std::uint64_t taken = 0;  // samples in its chunks so far, with those that did not come
  };
  struct Agent {
    std::map<std::uint32_t, Stream> streams;
    bool broken = false;
    bool ended = false;
    std::uint64_t sent = 0, dropped = 0;                                // as it says at its end
    std::uint64_t taken = 0, missed = 0, told_dropped = 0, wasted = 0;  // as its chunks say
  };
  struct Chunk {
    int agent;
    std::string bytes;
  };

  void Run();
  void Decode(const Chunk& chunk);
  void DecodeInto(int of, Agent& agent, Stream& stream, const std::string& bytes);
  [[nodiscard]] const MetricInfo* Declared(std::string_view name, metrics::MetricType type,
                                           metrics::ValueType contains);
  [[nodiscard]] std::shared_ptr<const TagSet> Interned(int agent, metrics::TagPairs pairs);
  [[nodiscard]] std::shared_ptr<const TagSet> Other();
  void Publish();

  Selection selection_;
  MetricInfos infos_;
  std::vector<bool> left_out_;  // by the metric's number, as far as they are known from the start
  const Log log_;
  Sink sink_;
  std::map<int, Agent> agents_;
  std::unordered_map<std::string, std::shared_ptr<const TagSet>> interned_;
  std::shared_ptr<Batch> batch_ = std::make_shared<Batch>();
  std::uint64_t batches_ = 1;
  std::uint64_t next_id_ = 1;
  std::shared_ptr<const TagSet> other_;  // null: no set was beyond the cap
  std::uint64_t shared_ = 0;

  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::deque<Chunk> queue_;
  std::size_t queued_bytes_ = 0;
  std::map<int, std::uint64_t> overflowed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace loadctl::output
