#include "common/metrics/samples.h"

#include <cmath>

#include "common/base/check.h"

namespace loadctl::metrics {
namespace {

constexpr std::uint8_t kFormat = 1;
constexpr double kMaxInteger = 9007199254740992.0;  // 2^53
constexpr double kNanosecondsPerMillisecond = 1e6;
constexpr std::uint64_t kMaxCount = std::uint64_t{1} << 48;

// What a record is: bits 0 and 1 of its first varint, the rest is its number.
enum class Record : std::uint8_t {
  kSample,    // number: metric * 4 + ValueForm; then the time's difference, the value
  kTags,      // number: of the set that the samples from here on have
  kMetadata,  // number: how many pairs; then they
  kDefine,    // number: What; then what it says
};
enum class ValueForm : std::uint8_t { kDouble, kInteger, kNanoseconds, kOne };
enum class What : std::uint8_t { kTagSet, kMetric, kEnd };

ValueForm FormOf(double value, std::int64_t& whole) {
  if (value == 1) return ValueForm::kOne;
  if (std::trunc(value) == value && std::abs(value) < kMaxInteger &&
      !(value == 0 && std::signbit(value))) {
    whole = static_cast<std::int64_t>(value);
    return ValueForm::kInteger;
  }
  const double nanoseconds = std::nearbyint(value * kNanosecondsPerMillisecond);
  if (value != 0 && std::abs(nanoseconds) < kMaxInteger &&
      nanoseconds / kNanosecondsPerMillisecond == value) {
    whole = static_cast<std::int64_t>(nanoseconds);
    return ValueForm::kNanoseconds;
  }
  return ValueForm::kDouble;
}

std::uint64_t Mark(Record record, std::uint64_t number) {
  return number << 2 | static_cast<std::uint64_t>(record);
}

void WritePairs(ByteWriter& out, const TagPairs& tags) {
  for (const auto& [key, value] : tags) {
    out.String(key);
    out.String(value);
  }
}

TagPairs ReadPairs(ByteReader& in, std::uint64_t count) {
  TagPairs tags;
  for (; count > 0 && in.ok(); --count) {
    std::string key = in.String();
    std::string value = in.String();
    // Sorted, and each key once.
    if (!tags.empty() && tags.back().first >= key) in.Break();
    tags.emplace_back(std::move(key), std::move(value));
  }
  if (!in.ok()) tags.clear();
  return tags;
}

ChunkHead ReadHead(ByteReader& in) {
  ChunkHead head;
  if (in.Byte() != kFormat) in.Break();
  const std::uint64_t stream = in.Unsigned();
  if (stream > UINT32_MAX) in.Break();
  head.stream = static_cast<std::uint32_t>(stream);
  head.sequence = in.Unsigned();
  const std::uint64_t generation = in.Unsigned();
  if (generation > UINT32_MAX) in.Break();
  head.generation = static_cast<std::uint32_t>(generation);
  head.before = in.Unsigned();
  head.samples = in.Unsigned();
  head.dropped = in.Unsigned();
  // A sample takes two bytes at least.
  if (head.sequence == 0 || head.samples > in.left() / 2 || head.before > kMaxCount ||
      head.dropped > kMaxCount) {
    in.Break();
  }
  return head;
}

class ChunkReader {
 public:
  ChunkReader(std::string_view bytes, const SampleHandler& handler)
      : in_(bytes), handler_(handler) {}

  Result<ChunkHead> Read() {
    const ChunkHead head = ReadHead(in_);
    while (in_.ok() && in_.left() > 0) ReadRecord();
    if (!in_.ok()) return Fail("broken samples: cut short, or a value out of its range");
    if (samples_ != head.samples) return Fail("broken samples: not as many as announced");
    return head;
  }

 private:
  void ReadRecord() {
    const std::uint64_t mark = in_.Unsigned();
    const std::uint64_t number = mark >> 2;
    switch (static_cast<Record>(mark & 3)) {
      case Record::kSample:
        return ReadSample(number);
      case Record::kTags:
        if (number > UINT32_MAX) return in_.Break();
        tags_ = static_cast<std::uint32_t>(number);
        return;
      case Record::kMetadata: {
        if (number > in_.left() / 2) return in_.Break();
        TagPairs pairs = ReadPairs(in_, number);
        if (in_.ok()) handler_.metadata(std::move(pairs));
        return;
      }
      case Record::kDefine:
        return ReadDefinition(number);
    }
  }

  void ReadDefinition(std::uint64_t what) {
    if (what == static_cast<std::uint64_t>(What::kEnd)) {
      const std::uint64_t sent = in_.Unsigned(), dropped = in_.Unsigned();
      if (sent > kMaxCount || dropped > kMaxCount) return in_.Break();
      if (in_.ok()) handler_.end(sent, dropped);
      return;
    }
    const std::uint64_t number = in_.Unsigned();
    if (number > UINT32_MAX) return in_.Break();
    if (what == static_cast<std::uint64_t>(What::kTagSet)) {
      const std::uint64_t count = in_.Unsigned();
      if (number >= SampleEncoder::kMaxTagSets || count > in_.left() / 2) return in_.Break();
      TagPairs pairs = ReadPairs(in_, count);
      if (in_.ok()) handler_.tags(static_cast<std::uint32_t>(number), std::move(pairs));
      return;
    }
    if (what != static_cast<std::uint64_t>(What::kMetric)) return in_.Break();
    const std::uint8_t type = in_.Byte(), contains = in_.Byte();
    const std::string name = in_.String();
    if (type > static_cast<int>(MetricType::kTrend) ||
        contains > static_cast<int>(ValueType::kData) || !IsMetricName(name)) {
      return in_.Break();
    }
    handler_.metric(static_cast<MetricId>(number), name, static_cast<MetricType>(type),
                    static_cast<ValueType>(contains));
  }

  void ReadSample(std::uint64_t number) {
    const std::uint64_t metric = number >> 2;
    time_ = static_cast<std::int64_t>(static_cast<std::uint64_t>(time_) +
                                      static_cast<std::uint64_t>(in_.Signed()));
    double value = 1;
    switch (static_cast<ValueForm>(number & 3)) {
      case ValueForm::kDouble:
        value = in_.Double();
        break;
      case ValueForm::kInteger:
        value = static_cast<double>(in_.Signed());
        break;
      case ValueForm::kNanoseconds:
        value = static_cast<double>(in_.Signed()) / kNanosecondsPerMillisecond;
        break;
      case ValueForm::kOne:
        break;
    }
    if (metric > UINT32_MAX || std::isnan(value) || !tags_) in_.Break();
    if (!in_.ok()) return;
    ++samples_;
    handler_.sample(static_cast<MetricId>(metric), value, time_, *tags_);
  }

  ByteReader in_;
  const SampleHandler& handler_;
  std::optional<std::uint32_t> tags_;
  std::int64_t time_ = 0;
  std::uint64_t samples_ = 0;
};

}  // namespace

void SampleEncoder::ToBytes(const TagPairs& tags, std::string& out) {
  ByteWriter bytes;
  WritePairs(bytes, tags);
  out = bytes.Take();
}

void SampleEncoder::StartAnew() {
  numbers_.clear();
  tag_bytes_ = 0;
  ++generation_;
  tags_ = UINT32_MAX;
}

std::uint32_t SampleEncoder::Intern(const TagPairs& tags) {
  ToBytes(tags, scratch_);
  if (const auto found = numbers_.find(scratch_); found != numbers_.end()) return found->second;
  if (numbers_.size() >= kMaxTagSets || tag_bytes_ >= kMaxTagBytes) StartAnew();
  const auto number = static_cast<std::uint32_t>(numbers_.size());
  tag_bytes_ += scratch_.size();
  numbers_.emplace(scratch_, number);
  body_.Unsigned(Mark(Record::kDefine, static_cast<std::uint64_t>(What::kTagSet)));
  body_.Unsigned(number);
  body_.Unsigned(tags.size());
  WritePairs(body_, tags);
  return number;
}

void SampleEncoder::Define(MetricId metric) {
  if (!late_.try_emplace(metric, true).second) return;
  const Metric& defined = set_.metric(metric);
  body_.Unsigned(Mark(Record::kDefine, static_cast<std::uint64_t>(What::kMetric)));
  body_.Unsigned(Index(metric));
  body_.Byte(static_cast<std::uint8_t>(defined.type));
  body_.Byte(static_cast<std::uint8_t>(defined.contains));
  body_.String(defined.name);
}

void SampleEncoder::Add(MetricId metric, double value, std::int64_t time, std::uint32_t tags,
                        std::string_view metadata) {
  if (Index(metric) >= defined_) [[unlikely]]
    Define(metric);
  if (tags != tags_) {
    body_.Unsigned(Mark(Record::kTags, tags));
    tags_ = tags;
  }
  if (metadata != metadata_) {
    std::uint64_t strings = 0;
    for (ByteReader reader(metadata); reader.left() > 0 && reader.ok(); ++strings) reader.String();
    body_.Unsigned(Mark(Record::kMetadata, strings / 2));
    body_.Raw(metadata);
    metadata_ = metadata;
  }
  std::int64_t whole = 0;
  const ValueForm form = FormOf(value, whole);
  body_.Unsigned(Mark(Record::kSample, Index(metric) << 2 | static_cast<std::uint64_t>(form)));
  body_.Signed(time - time_);
  time_ = time;
  if (form == ValueForm::kDouble) {
    body_.Double(value);
  } else if (form != ValueForm::kOne) {
    body_.Signed(whole);
  }
  ++samples_;
}

std::string SampleEncoder::Take(std::uint64_t& samples) {
  ByteWriter out;
  out.Byte(kFormat);
  out.Unsigned(stream_);
  out.Unsigned(++sequence_);
  out.Unsigned(generation_);
  out.Unsigned(before_);
  out.Unsigned(samples_);
  out.Unsigned(dropped_);
  before_ += samples_;
  samples = std::exchange(samples_, 0);
  dropped_ = 0;
  out.Raw(body_.Take());
  body_ = ByteWriter();
  // A chunk stands for itself, but for the definitions before it.
  tags_ = UINT32_MAX;
  metadata_.clear();
  time_ = 0;
  return out.Take();
}

std::string EndOfSamples(std::uint64_t sent, std::uint64_t dropped) {
  ByteWriter out;
  out.Byte(kFormat);
  out.Unsigned(kEndStream);
  out.Unsigned(1);                          // its sequence
  for (int i = 0; i < 4; ++i) out.Byte(0);  // generation, before, samples, dropped
  out.Unsigned(Mark(Record::kDefine, static_cast<std::uint64_t>(What::kEnd)));
  out.Unsigned(sent);
  out.Unsigned(dropped);
  return out.Take();
}

Result<ChunkHead> ReadChunkHead(std::string_view bytes) {
  ByteReader in(bytes);
  const ChunkHead head = ReadHead(in);
  if (!in.ok()) return Fail("broken samples: no head");
  return head;
}

Result<ChunkHead> DecodeSamples(std::string_view bytes, const SampleHandler& handler) {
  return ChunkReader(bytes, handler).Read();
}

}  // namespace loadctl::metrics
