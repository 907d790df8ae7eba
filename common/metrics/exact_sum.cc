#include "common/metrics/exact_sum.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace loadctl::metrics {
namespace {

constexpr std::uint64_t kMantissaMask = (std::uint64_t{1} << 52) - 1;
constexpr std::int64_t kDigitMask = 0xffffffff;
// An addition changes a digit by less than 2^53, so this many and a tidy start stay inside 63 bits.
constexpr std::uint32_t kMaxUntidy = 1000;
constexpr int kUnitExponent = -1075;

}  // namespace

void ExactSum::Add(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const auto exponent = static_cast<std::uint32_t>(bits >> 52) & 0x7ff;
  std::uint64_t mantissa = bits & kMantissaMask;
  const bool negative = (bits >> 63) != 0;
  if (exponent == 0x7ff) {
    if (mantissa != 0) return;
    (negative ? minus_infinity_ : plus_infinity_) = true;
    return;
  }
  std::uint32_t position = exponent;
  if (exponent == 0) {
    position = 1;
    if (mantissa == 0) return;
  } else {
    mantissa |= std::uint64_t{1} << 52;
  }
  // 32 bits to one digit, up to 52 to the next.
  const int digit = static_cast<int>(position >> 5);
  const std::uint32_t shift = position & 31;
  const std::int64_t sign = negative ? -1 : 0;  // x ^ sign - sign is x or -x
  const auto low = static_cast<std::int64_t>((mantissa << shift) & kDigitMask);
  const auto high = static_cast<std::int64_t>(mantissa >> (32 - shift));
  digits_[digit] += (low ^ sign) - sign;
  digits_[digit + 1] += (high ^ sign) - sign;
  if (digit < low_) low_ = digit;
  if (digit + 2 > high_) high_ = digit + 2;
  if (++untidy_ >= kMaxUntidy) Tidy();
}

void ExactSum::Merge(const ExactSum& other) {
  plus_infinity_ |= other.plus_infinity_;
  minus_infinity_ |= other.minus_infinity_;
  if (untidy_ + other.untidy_ + 1 >= kMaxUntidy) Tidy();
  for (int i = other.low_; i < other.high_; ++i) digits_[i] += other.digits_[i];
  low_ = std::min(low_, other.low_);
  high_ = std::max(high_, other.high_);
  untidy_ += other.untidy_ + 1;
  if (untidy_ >= kMaxUntidy) Tidy();
}

// Brings all digits into [-2^31, 2^31), at the least cost: most sums have five digits or so.
void ExactSum::Tidy() {
  for (int i = low_; i < high_ && i + 1 < kDigits; ++i) {
    const std::int64_t carry = (digits_[i] + (std::int64_t{1} << 31)) >> 32;
    digits_[i] -= carry << 32;
    digits_[i + 1] += carry;
    if (i + 1 == high_ && carry != 0) ++high_;
  }
  untidy_ = 0;
}

void ExactSum::Clear() {
  for (int i = low_; i < high_; ++i) digits_[i] = 0;
  untidy_ = 0;
  low_ = kDigits;
  high_ = 0;
  plus_infinity_ = minus_infinity_ = false;
}

// Leaves all digits in [0, 2^32) but the last, which has the sign.
void ExactSum::Carry(DigitArray& digits) {
  for (int i = 0; i + 1 < kDigits; ++i) {
    const std::int64_t carry = digits[i] >> 32;
    digits[i] &= kDigitMask;
    digits[i + 1] += carry;
  }
}

ExactSum::Digits ExactSum::ToDigits() const {
  Digits result;
  result.plus_infinity = plus_infinity_;
  result.minus_infinity = minus_infinity_;
  DigitArray digits = digits_;
  Carry(digits);
  if (digits[kDigits - 1] < 0) {
    result.negative = true;
    for (auto& digit : digits) digit = -digit;
    Carry(digits);
  }
  int first = 0, last = kDigits;
  while (first < kDigits && digits[first] == 0) ++first;
  while (last > first && digits[last - 1] == 0) --last;
  if (first == last) return result;
  result.first = static_cast<std::uint32_t>(first);
  for (int i = first; i < last; ++i) {
    result.digits.push_back(static_cast<std::uint32_t>(digits[i]));
  }
  return result;
}

bool ExactSum::FromDigits(const Digits& from) {
  *this = {};
  if (from.first >= kDigits || from.digits.size() > kDigits - from.first) return false;
  const std::int64_t sign = from.negative ? -1 : 1;
  low_ = static_cast<int>(from.first);
  high_ = low_ + static_cast<int>(from.digits.size());
  for (std::size_t i = 0; i < from.digits.size(); ++i) {
    digits_[from.first + i] = sign * static_cast<std::int64_t>(from.digits[i]);
  }
  plus_infinity_ = from.plus_infinity;
  minus_infinity_ = from.minus_infinity;
  untidy_ = 1;
  return true;
}

double ExactSum::Value() const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (plus_infinity_ && minus_infinity_) return std::numeric_limits<double>::quiet_NaN();
  if (plus_infinity_) return kInfinity;
  if (minus_infinity_) return -kInfinity;
  const Digits sum = ToDigits();
  if (sum.digits.empty()) return 0;

  // The top 64 bits, the lowest of them standing for everything below ("sticky"): then the
  // conversion to double rounds as the whole number would.
  const int top = static_cast<int>(sum.digits.size()) - 1;
  const int zeros = std::countl_zero(sum.digits[top]);
  const auto digit = [&](int i) -> std::uint64_t { return i < 0 ? 0 : sum.digits[i]; };
  std::uint64_t bits = digit(top) << 32 | digit(top - 1);
  const std::uint64_t next = digit(top - 2);
  bool sticky = (static_cast<std::uint32_t>(next << zeros)) != 0;
  if (zeros != 0) bits = bits << zeros | next >> (32 - zeros);
  for (int i = top - 3; i >= 0 && !sticky; --i) sticky = digit(i) != 0;
  if (sticky) bits |= 1;
  const int exponent = 32 * (static_cast<int>(sum.first) + top - 1) - zeros + kUnitExponent;
  const double magnitude = std::ldexp(static_cast<double>(bits), exponent);
  return sum.negative ? -magnitude : magnitude;
}

bool ExactSum::operator==(const ExactSum& other) const { return ToDigits() == other.ToDigits(); }

}  // namespace loadctl::metrics
