#include "controller/output/decoder.h"

#include <algorithm>
#include <utility>

namespace loadctl::output {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 20;
constexpr std::size_t kMostStreams = 1025;      // of an agent: its workers
constexpr std::size_t kMostInterned = 200'000;  // tag sets that are the same object where equal
constexpr std::size_t kMostLate = 10'000;       // metrics that only some VU's init code declares
constexpr std::size_t kMostInBatch = 100'000;   // samples

}  // namespace

const std::string* TagSet::Find(std::string_view key) const {
  const auto found =
      std::lower_bound(pairs.begin(), pairs.end(), key,
                       [](const auto& pair, std::string_view k) { return pair.first < k; });
  return found != pairs.end() && found->first == key ? &found->second : nullptr;
}

MetricInfos::MetricInfos(const metrics::MetricSet& set, const plan::Options& options)
    : common_(set.metrics().size()) {
  for (std::size_t i = 0; i < common_; ++i) {
    const auto id = static_cast<metrics::MetricId>(i);
    const metrics::Metric& metric = set.metric(id);
    MetricInfo info{
        static_cast<std::uint32_t>(i), metric.name, metric.type, metric.contains, {}, {}};
    for (const metrics::SeriesId kept : set.submetrics(id)) {
      const auto& series = set.series()[metrics::Index(kept)];
      Submetric submetric{metrics::SeriesName(metric.name, series.suffix), series.suffix, {}};
      for (const auto& condition : series.conditions)
        submetric.tags.emplace_back(condition.key, condition.value);
      info.submetrics.push_back(std::move(submetric));
    }
    for (const auto& one : options.thresholds)
      if (one.metric == metric.name) info.thresholds = one.thresholds;
    infos_.push_back(std::move(info));
    by_name_.emplace(metric.name, &infos_.back());
  }
}

const MetricInfo* MetricInfos::Common(metrics::MetricId id) const {
  return metrics::Index(id) < common_ ? &infos_[metrics::Index(id)] : nullptr;
}

const MetricInfo* MetricInfos::Declare(std::string_view name, metrics::MetricType type,
                                       metrics::ValueType contains) {
  const auto found = by_name_.find(name);
  if (found != by_name_.end()) {
    const bool same = found->second->type == type && found->second->contains == contains;
    return same ? found->second : nullptr;
  }
  if (infos_.size() >= common_ + kMostLate) return nullptr;
  const auto number = static_cast<std::uint32_t>(infos_.size());
  infos_.push_back({number, std::string(name), type, contains, {}, {}});
  by_name_.emplace(name, &infos_.back());
  return &infos_.back();
}

Decoder::Decoder(const metrics::MetricSet& set, const plan::Options& options, Selection selection,
                 Log log)
    : selection_(std::move(selection)), infos_(set, options), log_(std::move(log)) {
  for (const auto& metric : set.metrics()) left_out_.push_back(!selection_.Wants(metric.name));
}

Decoder::~Decoder() { Stop(); }

void Decoder::Start(Sink sink) {
  sink_ = std::move(sink);
  thread_ = std::thread([this] { Run(); });
}

void Decoder::Take(int agent, std::string chunk) {
  const std::lock_guard lock(mutex_);
  if (queued_bytes_ + chunk.size() > kMostBytes || stopping_) {
    // Its samples are lost, and what it defines: samples that need that are lost, too.
    if (const auto head = metrics::ReadChunkHead(chunk))
      overflowed_[agent] += head->samples + head->dropped;
    return;
  }
  queued_bytes_ += chunk.size();
  queue_.push_back({agent, std::move(chunk)});
  wake_.notify_all();
}

void Decoder::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::uint64_t Decoder::lost() const {
  std::uint64_t lost = 0;
  for (const auto& [number, agent] : agents_) {
    // What it had to drop and what did not come; chunks know only of the part they could tell.
    const std::uint64_t dropped = std::max(agent.dropped, agent.told_dropped);
    const std::uint64_t missing = agent.sent > agent.taken ? agent.sent - agent.taken : 0;
    // Without its totals: what did not come before a chunk that did, or found no room here.
    const auto overflow = overflowed_.find(number);
    const std::uint64_t known =
        std::max(agent.missed, overflow == overflowed_.end() ? 0 : overflow->second);
    lost += dropped + agent.wasted + (agent.ended ? missing : known);
  }
  return lost;
}

void Decoder::Run() {
  std::deque<Chunk> taken;
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    taken.swap(queue_);
    queued_bytes_ = 0;
    lock.unlock();
    for (const Chunk& chunk : taken) Decode(chunk);
    taken.clear();
    Publish();
    lock.lock();
  }
}

void Decoder::Decode(const Chunk& chunk) {
  Agent* agent = &agents_[chunk.agent];
  const auto head = metrics::ReadChunkHead(chunk.bytes);
  const bool known =
      head && (head->stream == metrics::kEndStream || agent->streams.contains(head->stream));
  if (!head || agent->broken || (!known && agent->streams.size() >= kMostStreams)) {
    if (!std::exchange(agent->broken, true)) {
      log_(Severity::kWarning,
           "agent " + std::to_string(chunk.agent) +
               " sends samples that cannot be read: outputs get no more of it",
           {});
    }
    if (head) agent->wasted += head->samples;
    if (head) agent->taken += head->samples;
    return;
  }
  Stream& stream = agent->streams[head->stream];
  // Where a chunk was lost, old numbers may stand for something else by now.
  if (head->sequence != stream.last + 1 && head->generation != stream.generation)
    stream.sets.clear();
  if (head->before > stream.taken) agent->missed += head->before - stream.taken;
  stream.taken = head->before + head->samples;
  stream.last = head->sequence;
  stream.generation = head->generation;
  agent->taken += head->samples;
  agent->told_dropped += head->dropped;
  DecodeInto(chunk.agent, *agent, stream, chunk.bytes);
  if (batch_->samples.size() >= kMostInBatch) Publish();
}

void Decoder::DecodeInto(int of, Agent& agent, Stream& stream, const std::string& bytes) {
  const TagSet* metadata = nullptr;
  const MetricInfo* metric = nullptr;
  auto last = static_cast<metrics::MetricId>(UINT32_MAX);
  const auto find = [&](metrics::MetricId id) -> const MetricInfo* {
    if (const auto* common = infos_.Common(id)) return common;
    const auto late = stream.metrics.find(id);
    return late == stream.metrics.end() ? nullptr : late->second;
  };
  const metrics::SampleHandler handler{
      [&](metrics::MetricId id, std::string_view name, metrics::MetricType type,
          metrics::ValueType contains) {
        stream.metrics[id] = Declared(name, type, contains);
        last = static_cast<metrics::MetricId>(UINT32_MAX);
      },
      [&](std::uint32_t number, metrics::TagPairs pairs) {
        if (number >= stream.sets.size()) stream.sets.resize(number + 1);
        stream.held_in.resize(stream.sets.size());
        stream.sets[number] = Interned(of, std::move(pairs));
        stream.held_in[number] = 0;
      },
      [&](metrics::TagPairs pairs) {
        metadata = nullptr;
        if (pairs.empty()) return;
        auto set = std::make_shared<const TagSet>(TagSet{next_id_++, std::move(pairs)});
        metadata = set.get();
        batch_->held.push_back(std::move(set));
      },
      [&](std::uint64_t sent, std::uint64_t dropped) {
        agent.ended = true;
        agent.sent = sent;
        agent.dropped = dropped;
      },
      [&](metrics::MetricId id, double value, std::int64_t time, std::uint32_t tags) {
        if (id != last) {
          last = id;
          metric = find(id);
        }
        if (metric == nullptr || tags >= stream.sets.size() || !stream.sets[tags]) {
          ++agent.wasted;
          return;
        }
        if (left_out_[metric->number]) return;
        if (stream.sets[tags] == other_) ++shared_;
        if (stream.held_in[tags] != batches_) {
          stream.held_in[tags] = batches_;
          batch_->held.push_back(stream.sets[tags]);
        }
        batch_->samples.push_back({metric, stream.sets[tags].get(), metadata, time, value});
      }};
  const std::size_t before = batch_->samples.size();
  if (const auto head = metrics::DecodeSamples(bytes, handler); !head) {
    agent.wasted += batch_->samples.size() - before;
    batch_->samples.resize(before);
    agent.broken = true;
    log_(Severity::kWarning, "outputs get no more samples of an agent: " + head.error().message,
         {});
  }
}

const MetricInfo* Decoder::Declared(std::string_view name, metrics::MetricType type,
                                    metrics::ValueType contains) {
  const MetricInfo* const late = infos_.Declare(name, type, contains);
  if (late != nullptr && late->number >= left_out_.size())
    left_out_.push_back(!selection_.Wants(late->name));
  return late;
}

std::shared_ptr<const TagSet> Decoder::Interned(int agent, metrics::TagPairs pairs) {
  selection_.Reduce(agent, pairs);
  std::string key;
  metrics::SampleEncoder::ToBytes(pairs, key);
  if (selection_.capped() && !selection_.IsAmongFirst(key)) return Other();
  if (const auto found = interned_.find(key); found != interned_.end()) return found->second;
  // Of those that nobody uses any more it forgets all.
  if (interned_.size() >= kMostInterned) {
    std::erase_if(interned_, [](const auto& one) { return one.second.use_count() == 1; });
    if (interned_.size() >= kMostInterned) interned_.clear();
  }
  auto set = std::make_shared<const TagSet>(TagSet{next_id_++, std::move(pairs)});
  interned_.emplace(std::move(key), set);
  return set;
}

std::shared_ptr<const TagSet> Decoder::Other() {
  if (other_) return other_;
  log_(Severity::kWarning,
       "outputs have " + std::to_string(selection_.most()) +
           " sets of tags, as --out-max-series says: samples with further ones are tagged "
           "other=\"true\"",
       {});
  other_ = std::make_shared<const TagSet>(TagSet{next_id_++, OtherTags()});
  return other_;
}

void Decoder::Publish() {
  if (batch_->samples.empty()) return;
  sink_(std::exchange(batch_, std::make_shared<Batch>()));
  ++batches_;
}

}  // namespace loadctl::output
