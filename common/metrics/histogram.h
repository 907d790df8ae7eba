// A mergeable log-linear histogram of doubles: 512 equal buckets to each power of two.
// Not for a few values, which TrendSink keeps exactly. One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

namespace loadctl::metrics {

/// Counts of values by bucket; a bucket's representative is within 1/1024 (0.098 %) of each of its
/// values. Exceptions: below 2^-1022 in magnitude buckets are linear and no relative bound holds.
///
/// Zero and the infinities have buckets of their own and are exact, and so are, of either sign, the
/// values nearest to zero: interpolating across zero keeps the bound. Negative values mirror
/// positive ones. Buckets come in pages of one power of two (4 KiB) made when first hit and kept
/// for good; memory depends on the range of the values only, never on their number: 40 KiB for
/// times from 1 ms to 1 s, 16 MiB if every power of two that a double has were hit in both signs.
class Histogram {
 public:
  static constexpr int kBucketsPerPage = 512;
  /// Of one sign, the last being infinity's.
  static constexpr std::uint32_t kBuckets = 2047u * kBucketsPerPage + 1;

  enum class Sign { kNegative, kPositive };

  /// Counts `times` values; NaN must not come here. O(1), no allocation in known pages.
  void Add(double value, std::uint64_t times = 1);
  void Merge(const Histogram& other);
  /// Forgets the counts and keeps the pages.
  void Clear();

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t zeros() const { return zeros_; }

  /// Representative of the value with this rank, 0 being the smallest; `rank` < count().
  [[nodiscard]] double AtRank(std::uint64_t rank) const;

  /// Visits the non-empty buckets of one sign by rising magnitude: f(bucket, count).
  void ForEach(Sign sign, const std::function<void(std::uint32_t, std::uint64_t)>& f) const;
  /// The smallest magnitude of this sign; infinite if there is none.
  [[nodiscard]] double Nearest(Sign sign) const { return SideOf(sign).nearest; }

  /// For decoding into a histogram with no values of this sign: the non-empty buckets by rising
  /// magnitude, each < kBuckets, and the smallest magnitude, a value of the first bucket. They are
  /// kept as they are, 16 bytes each, until something is added here.
  struct Bucket {
    std::uint32_t index = 0;
    std::uint64_t count = 0;
  };
  void SetBuckets(Sign sign, std::vector<Bucket> buckets, double nearest);
  void AddZeros(std::uint64_t times);

  /// The bucket of the magnitude |value|.
  [[nodiscard]] static std::uint32_t BucketOf(double value);
  /// The magnitude that stands for all values of the bucket: its middle.
  [[nodiscard]] static double Representative(std::uint32_t bucket);

  /// True if every bucket has the same count.
  [[nodiscard]] bool operator==(const Histogram& other) const;

  Histogram() = default;
  Histogram(const Histogram& other);
  Histogram& operator=(const Histogram& other);
  Histogram(Histogram&&) noexcept = default;
  Histogram& operator=(Histogram&&) noexcept = default;
  ~Histogram() = default;

 private:
  struct Page {
    std::uint64_t total = 0;
    std::array<std::uint64_t, kBucketsPerPage> counts{};
  };
  // One sign. Pages are those of the powers first, first + 1, ...; null where never hit. While
  // there are decoded buckets there are no pages.
  struct Side {
    std::uint64_t total = 0;
    double nearest = std::numeric_limits<double>::infinity();
    std::uint32_t first = 0;
    std::vector<std::unique_ptr<Page>> pages;
    std::vector<Bucket> decoded;

    Page& At(std::uint32_t power) {
      const std::uint32_t i = power - first;
      return i < pages.size() && pages[i] ? *pages[i] : Make(power);
    }
    Page& Make(std::uint32_t power);
    void AddDecoded(const std::vector<Bucket>& buckets);
    void Merge(const Side& other);
    void Clear();
    // The bucket of the value of this rank among the side's values by rising magnitude.
    [[nodiscard]] std::uint32_t BucketAtRank(std::uint64_t rank) const;
  };
  [[nodiscard]] Side& SideOf(Sign sign) { return sign == Sign::kNegative ? negative_ : positive_; }
  [[nodiscard]] const Side& SideOf(Sign sign) const {
    return sign == Sign::kNegative ? negative_ : positive_;
  }

  Side negative_;
  Side positive_;
  std::uint64_t zeros_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace loadctl::metrics
