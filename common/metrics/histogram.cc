#include "common/metrics/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "common/base/check.h"

namespace loadctl::metrics {
namespace {

// A bucket is the top of a double's bits without the sign: 11 of exponent, 9 of mantissa.
constexpr int kBucketShift = 52 - 9;
constexpr std::uint32_t kInfiniteBucket = Histogram::kBuckets - 1;

}  // namespace

std::uint32_t Histogram::BucketOf(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value) & ~(std::uint64_t{1} << 63);
  return static_cast<std::uint32_t>(bits >> kBucketShift);
}

double Histogram::Representative(std::uint32_t bucket) {
  if (bucket >= kInfiniteBucket) return std::numeric_limits<double>::infinity();
  const std::uint64_t low = std::uint64_t{bucket} << kBucketShift;
  return std::bit_cast<double>(low | std::uint64_t{1} << (kBucketShift - 1));
}

Histogram::Page& Histogram::Side::Make(std::uint32_t power) {
  if (!decoded.empty()) {
    const std::vector<Bucket> buckets = std::exchange(decoded, {});
    AddDecoded(buckets);
    return At(power);
  }
  if (pages.empty()) {
    first = power;
    pages.resize(1);
  } else if (power < first) {
    std::vector<std::unique_ptr<Page>> wider(pages.size() + (first - power));
    std::move(pages.begin(), pages.end(), wider.begin() + (first - power));
    pages = std::move(wider);
    first = power;
  } else if (power - first >= pages.size()) {
    pages.resize(power - first + 1);
  }
  auto& page = pages[power - first];
  if (!page) page = std::make_unique<Page>();
  return *page;
}

// Into pages; total and nearest are the caller's.
void Histogram::Side::AddDecoded(const std::vector<Bucket>& buckets) {
  Page* page = nullptr;
  std::uint32_t power = 0;
  for (const Bucket& bucket : buckets) {
    if (page == nullptr || bucket.index / kBucketsPerPage != power) {
      power = bucket.index / kBucketsPerPage;
      page = &At(power);
    }
    page->counts[bucket.index % kBucketsPerPage] += bucket.count;
    page->total += bucket.count;
  }
}

void Histogram::Side::Merge(const Side& other) {
  AddDecoded(other.decoded);
  for (std::size_t i = 0; i < other.pages.size(); ++i) {
    const Page* from = other.pages[i].get();
    if (from == nullptr || from->total == 0) continue;
    Page& into = At(other.first + static_cast<std::uint32_t>(i));
    into.total += from->total;
    for (int k = 0; k < kBucketsPerPage; ++k) into.counts[k] += from->counts[k];
  }
  total += other.total;
  nearest = std::min(nearest, other.nearest);
}

void Histogram::Side::Clear() {
  if (total == 0) return;
  for (auto& page : pages) {
    if (page && page->total != 0) *page = Page{};
  }
  decoded.clear();
  total = 0;
  nearest = std::numeric_limits<double>::infinity();
}

std::uint32_t Histogram::Side::BucketAtRank(std::uint64_t rank) const {
  for (const Bucket& bucket : decoded) {
    if (rank < bucket.count) return bucket.index;
    rank -= bucket.count;
  }
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const Page* page = pages[i].get();
    if (page == nullptr) continue;
    if (rank >= page->total) {
      rank -= page->total;
      continue;
    }
    for (int k = 0;; ++k) {
      if (rank < page->counts[k]) {
        return (first + static_cast<std::uint32_t>(i)) * kBucketsPerPage + k;
      }
      rank -= page->counts[k];
    }
  }
  return 0;
}

void Histogram::Add(double value, std::uint64_t times) {
  if (value == 0) return AddZeros(times);
  Side& side = SideOf(value < 0 ? Sign::kNegative : Sign::kPositive);
  const std::uint32_t bucket = BucketOf(value);
  Page& page = side.At(bucket / kBucketsPerPage);
  page.counts[bucket % kBucketsPerPage] += times;
  page.total += times;
  side.total += times;
  side.nearest = std::min(side.nearest, std::abs(value));
  count_ += times;
}

void Histogram::SetBuckets(Sign sign, std::vector<Bucket> buckets, double nearest) {
  Side& side = SideOf(sign);
  LOADCTL_CHECK(side.total == 0, "this sign has values already");
  if (buckets.empty()) return;
  for (const Bucket& bucket : buckets) side.total += bucket.count;
  count_ += side.total;
  side.nearest = nearest;
  if (!side.pages.empty()) return side.AddDecoded(buckets);
  side.decoded = std::move(buckets);
}

void Histogram::AddZeros(std::uint64_t times) {
  zeros_ += times;
  count_ += times;
}

void Histogram::Merge(const Histogram& other) {
  negative_.Merge(other.negative_);
  positive_.Merge(other.positive_);
  zeros_ += other.zeros_;
  count_ += other.count_;
}

void Histogram::Clear() {
  negative_.Clear();
  positive_.Clear();
  zeros_ = count_ = 0;
}

double Histogram::AtRank(std::uint64_t rank) const {
  if (rank < negative_.total) {
    if (rank + 1 == negative_.total) return -negative_.nearest;
    return -Representative(negative_.BucketAtRank(negative_.total - 1 - rank));
  }
  rank -= negative_.total;
  if (rank < zeros_) return 0;
  rank -= zeros_;
  return rank == 0 ? positive_.nearest : Representative(positive_.BucketAtRank(rank));
}

void Histogram::ForEach(Sign sign,
                        const std::function<void(std::uint32_t, std::uint64_t)>& f) const {
  const Side& side = SideOf(sign);
  for (const Bucket& bucket : side.decoded) f(bucket.index, bucket.count);
  for (std::size_t i = 0; i < side.pages.size(); ++i) {
    const Page* page = side.pages[i].get();
    if (page == nullptr || page->total == 0) continue;
    for (std::uint32_t k = 0; k < kBucketsPerPage; ++k) {
      if (page->counts[k] == 0) continue;
      f((side.first + static_cast<std::uint32_t>(i)) * kBucketsPerPage + k, page->counts[k]);
    }
  }
}

bool Histogram::operator==(const Histogram& other) const {
  if (count_ != other.count_ || zeros_ != other.zeros_) return false;
  using Counted = std::pair<std::uint32_t, std::uint64_t>;
  for (const Sign sign : {Sign::kNegative, Sign::kPositive}) {
    std::vector<Counted> mine, theirs;
    ForEach(sign, [&](std::uint32_t bucket, std::uint64_t n) { mine.emplace_back(bucket, n); });
    other.ForEach(sign,
                  [&](std::uint32_t bucket, std::uint64_t n) { theirs.emplace_back(bucket, n); });
    if (mine != theirs || Nearest(sign) != other.Nearest(sign)) return false;
  }
  return true;
}

Histogram::Histogram(const Histogram& other) { Merge(other); }

Histogram& Histogram::operator=(const Histogram& other) {
  if (this == &other) return *this;
  Clear();
  Merge(other);
  return *this;
}

}  // namespace loadctl::metrics
