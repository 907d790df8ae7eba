#include "agent/metrics/raw_samples.h"

#include <utility>

namespace loadctl::metrics {
namespace {

// Small, so that deltas and heartbeats get between chunks on a slow wire.
constexpr std::size_t kChunkBytes = std::size_t{64} << 10;

}  // namespace

void SampleQueue::Push(std::string chunk, std::uint64_t samples) {
  const std::lock_guard lock(mutex_);
  bytes_.fetch_add(chunk.size(), std::memory_order_relaxed);
  chunks_.push_back({std::move(chunk), samples});
}

std::optional<SampleQueue::Chunk> SampleQueue::Pop() {
  const std::lock_guard lock(mutex_);
  if (chunks_.empty()) return std::nullopt;
  Chunk chunk = std::move(chunks_.front());
  chunks_.pop_front();
  bytes_.fetch_sub(chunk.bytes.size(), std::memory_order_relaxed);
  return chunk;
}

std::uint64_t SampleQueue::Clear() {
  std::uint64_t samples = 0;
  while (const auto chunk = Pop()) samples += chunk->samples;
  return samples;
}

RawSamples::RawSamples(const MetricSet& set, std::uint32_t stream, Options options)
    : queue_(*options.queue), redactor_(options.redactor), encoder_(stream, set, options.defined) {
  for (const MetricId metric : options.left_out) {
    if (Index(metric) >= left_out_.size()) left_out_.resize(Index(metric) + 1);
    left_out_[Index(metric)] = true;
  }
}

std::uint32_t RawSamples::Number(const SampleTags& tags) {
  const auto generation = std::uint64_t{encoder_.generation()} << 32;
  if ((tags.interned & ~std::uint64_t{UINT32_MAX}) == generation)
    return static_cast<std::uint32_t>(tags.interned);
  tags.Effective(effective_);
  pairs_.resize(effective_.size());
  for (std::size_t i = 0; i < effective_.size(); ++i) {
    pairs_[i].first = effective_[i].key;
    pairs_[i].second = effective_[i].value;
  }
  Redact(pairs_);
  const std::uint32_t number = encoder_.Intern(pairs_);
  tags.interned = std::uint64_t{encoder_.generation()} << 32 | number;
  return number;
}

void RawSamples::Add(MetricId metric, double value, std::int64_t time, const SampleTags& tags) {
  if (Index(metric) < left_out_.size() && left_out_[Index(metric)]) return;
  // A chunk that was begun is sent: what it defines must not be lost.
  if (encoder_.size() == 0 && !queue_.HasRoom()) {
    ++dropped_;
    encoder_.NoteDropped(1);
    return;
  }
  const std::uint32_t number = Number(tags);
  if (tags.metadata == nullptr || tags.metadata->empty()) {
    metadata_.clear();
  } else {
    pairs_.assign(tags.metadata->begin(), tags.metadata->end());
    Redact(pairs_);
    SampleEncoder::ToBytes(pairs_, metadata_);
  }
  encoder_.Add(metric, value, time, number, metadata_);
  if (encoder_.size() >= kChunkBytes) HandOver();
}

void RawSamples::Redact(TagPairs& pairs) const {
  if (redactor_ == nullptr || redactor_->empty()) return;
  for (auto& [key, value] : pairs) {
    redactor_->Redact(key);
    redactor_->Redact(value);
  }
}

void RawSamples::Flush() {
  if (!encoder_.empty()) HandOver();
}

void RawSamples::HandOver() {
  std::uint64_t samples = 0;
  std::string chunk = encoder_.Take(samples);
  queue_.Push(std::move(chunk), samples);
}

}  // namespace loadctl::metrics
