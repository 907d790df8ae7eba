// Raw samples on their way to outputs: what one worker took, in chunks of compact bytes.
// Not for what samples add up to (delta.h), nor for who carries the chunks (common/wire, agent).
// Each side belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/metrics/bytes.h"
#include "common/metrics/registry.h"

namespace loadctl::metrics {

/// Keys and values, sorted by key, each key once: a sample's tags, or its metadata.
using TagPairs = std::vector<std::pair<std::string, std::string>>;

/// What a chunk says of itself before its samples.
struct ChunkHead {
  std::uint32_t stream = 0;    ///< the worker that took the samples; tag sets are a stream's own
  std::uint64_t sequence = 0;  ///< 1, 2, 3, ... within the stream
  /// How often the stream's table of tag sets has started anew. Who misses a chunk may go on with
  /// the sets it knows if this is as before.
  std::uint32_t generation = 0;
  std::uint64_t before = 0;   ///< samples in the stream's chunks before this one
  std::uint64_t samples = 0;  ///< in this chunk
  std::uint64_t dropped = 0;  ///< taken since the chunk before, but not kept: no room
};

/// Writes one stream's samples. A tag set is defined where it is first used and then named by its
/// number; metadata stays until it changes; so a sample takes 6 to 12 bytes.
class SampleEncoder {
 public:
  /// Most tag sets that are remembered; with more the table starts anew, so that a script with a
  /// million URLs needs no more memory than one with a thousand.
  static constexpr std::size_t kMaxTagSets = 8192;
  static constexpr std::size_t kMaxTagBytes = std::size_t{4} << 20;

  /// `defined`: how many metrics of `set` the other side knows. `set` outlives it.
  SampleEncoder(std::uint32_t stream, const MetricSet& set, std::size_t defined)
      : stream_(stream), set_(set), defined_(defined) {}

  /// The number of a tag set, for Add(). It is good until generation() changes.
  [[nodiscard]] std::uint32_t Intern(const TagPairs& tags);
  [[nodiscard]] std::uint32_t generation() const { return generation_; }

  /// A sample in nanoseconds since 1970; `metadata` as of ToBytes(), empty: none.
  void Add(MetricId metric, double value, std::int64_t time, std::uint32_t tags,
           std::string_view metadata);
  void NoteDropped(std::uint64_t samples) { dropped_ += samples; }

  /// Bytes of the samples since the last chunk.
  [[nodiscard]] std::size_t size() const { return body_.size(); }
  [[nodiscard]] bool empty() const { return samples_ == 0 && dropped_ == 0; }
  /// Ends the chunk: its bytes, and how many samples are in them.
  [[nodiscard]] std::string Take(std::uint64_t& samples);

  /// Tags as bytes: the form in which metadata is given to Add().
  static void ToBytes(const TagPairs& tags, std::string& out);

 private:
  void Define(MetricId metric);
  void StartAnew();

  const std::uint32_t stream_;
  const MetricSet& set_;
  std::size_t defined_;
  std::map<MetricId, bool> late_;  // beyond `defined_`, and already defined in the stream
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::size_t tag_bytes_ = 0;
  std::uint32_t generation_ = 1;
  std::string scratch_;

  ByteWriter body_;
  std::uint32_t tags_ = UINT32_MAX;  // of the last sample in the chunk
  std::string metadata_;
  std::int64_t time_ = 0;
  std::uint64_t sequence_ = 0, before_ = 0, samples_ = 0, dropped_ = 0;
};

/// The chunk that ends those of an agent, by itself and of no worker's stream.
[[nodiscard]] std::string EndOfSamples(std::uint64_t sent, std::uint64_t dropped);
inline constexpr std::uint32_t kEndStream = UINT32_MAX;

/// The head of a chunk, without reading its samples. Fails as DecodeSamples() does.
[[nodiscard]] Result<ChunkHead> ReadChunkHead(std::string_view bytes);

/// What a chunk holds, in its order.
struct SampleHandler {
  /// A metric that only this stream has, under a number of its own.
  std::function<void(MetricId, std::string_view name, MetricType, ValueType)> metric;
  /// A tag set: its number may have had another meaning before.
  std::function<void(std::uint32_t number, TagPairs)> tags;
  /// Metadata of the samples that follow in this chunk; empty: none, as at its begin.
  std::function<void(TagPairs)> metadata;
  /// The agent has sent its last: so many samples, and so many were dropped.
  std::function<void(std::uint64_t sent, std::uint64_t dropped)> end;
  /// One sample. The metric's number and that of its tags are as they came: if a chunk before was
  /// lost, what they stand for may not be known.
  std::function<void(MetricId, double value, std::int64_t time, std::uint32_t tags)> sample;
};

/// Reads a chunk; all of the handler's functions must be there.
///
/// Fails (kGeneric) with `broken samples: ...` on anything that SampleEncoder cannot have made,
/// then some of it may have been handled; time and memory stay in proportion to the input.
[[nodiscard]] Result<ChunkHead> DecodeSamples(std::string_view bytes, const SampleHandler& handler);

}  // namespace loadctl::metrics
