// A sum of doubles that is exact, so that its value does not depend on the order of adding.
// Not for values that need no order-independence: it is 0.5 KiB. One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace loadctl::metrics {

/// Fixed-point accumulator wide enough for every finite double (units of 2^-1075).
///
/// Add() and Merge() lose nothing: any order and any grouping of the same values give equal sums,
/// bit for bit. Infinities are remembered apart. No allocation but in Digits().
class ExactSum {
 public:
  /// Adds a value that is not NaN (which has no effect). O(1).
  void Add(double value);
  void Merge(const ExactSum& other);
  void Clear();

  /// The sum rounded once, to the nearest double; ±inf or NaN if infinities were added as
  /// floating-point addition would have it; ±inf on overflow.
  [[nodiscard]] double Value() const;

  /// The sum in a canonical form, to travel: sign and base-2^32 digits from `first` upward.
  struct Digits {
    bool negative = false;
    bool plus_infinity = false;
    bool minus_infinity = false;
    std::uint32_t first = 0;
    std::vector<std::uint32_t> digits;  ///< no zeros at either end; empty for zero
    bool operator==(const Digits&) const = default;
  };
  [[nodiscard]] Digits ToDigits() const;
  /// False, leaving an empty sum, if the digits do not fit.
  [[nodiscard]] bool FromDigits(const Digits& from);

  [[nodiscard]] bool operator==(const ExactSum& other) const;

 private:
  // Digit i weighs 2^(32 i - 1075). Each is signed and may grow past 32 bits between two Tidy().
  static constexpr int kDigits = 68;
  using DigitArray = std::array<std::int64_t, kDigits>;
  void Tidy();
  static void Carry(DigitArray& digits);

  DigitArray digits_{};
  std::uint32_t untidy_ = 0;  // additions since the last Tidy()
  int low_ = kDigits;         // digits outside [low_, high_) are zero
  int high_ = 0;
  bool plus_infinity_ = false;
  bool minus_infinity_ = false;
};

}  // namespace loadctl::metrics
