#include "controller/output/native_histogram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "controller/output/protobuf.h"

namespace loadctl::output {
namespace {

constexpr int kSchema = 3;
constexpr int kBucketsAPowerOfTwo = 1 << kSchema;
const double kZeroThreshold = std::ldexp(1.0, -128);

const std::array<double, kBucketsAPowerOfTwo>& Bounds() {
  static const auto bounds = [] {
    std::array<double, kBucketsAPowerOfTwo> out{};
    for (int i = 0; i < kBucketsAPowerOfTwo; ++i)
      out[static_cast<std::size_t>(i)] = std::exp2(static_cast<double>(i) / 8 - 1);
    return out;
  }();
  return bounds;
}

/// The bucket of a value above 0: its upper bound is 2^(bucket / 8), inclusive.
int BucketOf(double value) {
  if (std::isinf(value)) return BucketOf(std::numeric_limits<double>::max()) + 1;
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  const auto& bounds = Bounds();
  const auto place = std::lower_bound(bounds.begin(), bounds.end(), fraction) - bounds.begin();
  return static_cast<int>(place) + (exponent - 1) * kBucketsAPowerOfTwo;
}

/// Spans of buckets without larger gaps, and the differences of neighbouring counts.
void WriteSide(const std::map<int, std::int64_t>& buckets, int spans_field, int deltas_field,
               ProtoWriter& out) {
  constexpr int kLargestGap = 2;  // a gap of up to this many empty buckets is written out
  struct Span {
    int offset = 0;
    std::uint32_t length = 0;
  };
  std::vector<Span> spans;
  ProtoWriter deltas;
  std::int64_t before = 0;
  const auto append = [&](std::int64_t count) {
    ++spans.back().length;
    const std::int64_t delta = count - before;
    deltas.Raw((static_cast<std::uint64_t>(delta) << 1) ^ static_cast<std::uint64_t>(delta >> 63));
    before = count;
  };
  int next = 0;
  for (const auto& [bucket, count] : buckets) {
    const int gap = bucket - next;
    if (spans.empty() || gap > kLargestGap) {
      spans.push_back({gap, 0});
    } else {
      for (int i = 0; i < gap; ++i) append(0);
    }
    append(count);
    next = bucket + 1;
  }
  for (const Span& span : spans) {
    ProtoWriter message;
    message.Zigzag(1, span.offset);
    message.Varint(2, span.length);
    out.Bytes(spans_field, message.bytes());
  }
  if (!spans.empty()) out.Bytes(deltas_field, deltas.bytes());
}

}  // namespace

void NativeHistogram::Add(double value) {
  ++count_;
  sum_ += value;
  if (value > kZeroThreshold) {
    ++positive_[BucketOf(value)];
  } else if (value < -kZeroThreshold) {
    ++negative_[BucketOf(-value)];
  } else {
    ++zeros_;
  }
}

std::string NativeHistogram::ToProto(std::int64_t time) const {
  ProtoWriter out;
  out.Varint(1, count_);
  out.Double(3, sum_);
  out.Zigzag(4, kSchema);
  out.Double(5, kZeroThreshold);
  out.Varint(6, zeros_);
  WriteSide(negative_, 8, 9, out);
  WriteSide(positive_, 11, 12, out);
  out.Varint(15, static_cast<std::uint64_t>(time));
  return out.bytes();
}

}  // namespace loadctl::output
