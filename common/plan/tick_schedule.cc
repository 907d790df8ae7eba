#include "common/plan/tick_schedule.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace loadctl::plan {
namespace {

using std::chrono::nanoseconds;
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr __int128 kMost128 = static_cast<__int128>(~static_cast<unsigned __int128>(0) >> 1);

std::int64_t Saturate(__int128 value) {
  return value > kMost ? kMost : static_cast<std::int64_t>(value);
}

/// Sums of products stay at the largest value instead of overflowing.
__int128 Add(__int128 a, __int128 b) { return a > kMost128 - b ? kMost128 : a + b; }

}  // namespace

TickSchedule::TickSchedule(const ConstantArrivalRate& config)
    : constant_(true), unit_(config.time_unit.count()) {
  const std::int64_t rate = config.rate.value_or(0);
  const std::int64_t length = config.duration.value_or(nanoseconds(0)).count();
  // floor(n * unit / rate) < length  <=>  n * unit < length * rate
  if (rate > 0 && length > 0 && unit_ > 0)
    count_ = Saturate((static_cast<__int128>(length) * rate - 1) / unit_ + 1);
  pieces_.push_back({rate, rate, 0, length, 0, count_});
}

TickSchedule::TickSchedule(const RampingArrivalRate& config)
    : constant_(false), unit_(config.time_unit.count()) {
  std::int64_t rate = config.start_rate, begin = 0;
  __int128 twice = 0;
  for (const Stage& stage : config.stages) {
    const std::int64_t target = stage.target.value_or(0);
    const std::int64_t length =
        std::min(stage.duration.value_or(nanoseconds(0)).count(), kMost - begin);
    if (length > 0) {
      const __int128 before = twice;
      twice = Add(
          twice, Add(static_cast<__int128>(length) * rate, static_cast<__int128>(length) * target));
      count_ = Saturate(twice / unit_ / 2);
      pieces_.push_back({rate, target, begin, length, before, count_});
    }
    begin += length;
    rate = target;
  }
}

nanoseconds TickSchedule::Due(std::int64_t index) const {
  if (constant_) {
    return nanoseconds(
        static_cast<std::int64_t>(static_cast<__int128>(index) * unit_ / pieces_[0].from));
  }
  const auto piece = std::upper_bound(pieces_.begin(), pieces_.end(), index,
                                      [](std::int64_t i, const Piece& p) { return i < p.ticks; });
  if (piece == pieces_.end()) return nanoseconds(kMost);
  const __int128 twice = static_cast<__int128>(index + 1) * unit_ * 2 - piece->before;
  return nanoseconds(piece->begin + DueIn(*piece, twice));
}

// With x the time since the piece began, D its length, F and T its rates and `k` twice the wanted
// integral since then in units of 1/unit:  (T - F) x^2 / D + 2 F x = k.
std::int64_t TickSchedule::DueIn(const Piece& piece, __int128 k) const {
  const auto length = static_cast<long double>(piece.length);
  const auto from = static_cast<long double>(piece.from);
  const auto rise = static_cast<long double>(piece.to) - from;
  const auto wanted = static_cast<long double>(k);
  const long double root = std::sqrt(std::max(from * from + rise * wanted / length, 0.0L));
  const long double guess = from + root > 0 ? wanted / (from + root) : length;
  auto x = static_cast<std::int64_t>(std::clamp(guess, 0.0L, length));
  const long double largest = (std::fabs(rise) + 2 * from) * length * length;
  if (largest > 0x1p125L) return x;  // beyond exact arithmetic: a few ns off at worst
  const __int128 diff = static_cast<__int128>(piece.to) - piece.from;
  const auto beyond = [&](std::int64_t time) {
    return diff * time * time + static_cast<__int128>(piece.from) * 2 * piece.length * time >
           k * piece.length;
  };
  // The guess is a nanosecond off at most, but where the rate falls to 0: there it may be
  // thousands.
  std::int64_t low = x, high = x + 1;  // to become: !beyond(low), beyond(high) or out of the piece
  for (std::int64_t step = 1; low > 0 && beyond(low); step *= 2) {
    high = low;
    low = std::max<std::int64_t>(low - step, 0);
  }
  for (std::int64_t step = 1; high <= piece.length && !beyond(high); step *= 2) {
    low = high;
    high = std::min(high + step, piece.length + 1);
  }
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (beyond(middle) ? high : low) = middle;
  }
  return low;
}

double TickSchedule::RateAt(nanoseconds time) const {
  if (pieces_.empty()) return 0;
  auto piece = std::upper_bound(pieces_.begin(), pieces_.end(), time.count(),
                                [](std::int64_t t, const Piece& p) { return t < p.begin; });
  if (piece != pieces_.begin()) --piece;
  const double part = std::clamp(static_cast<double>(time.count() - piece->begin) /
                                     static_cast<double>(std::max<std::int64_t>(piece->length, 1)),
                                 0.0, 1.0);
  const double rate = static_cast<double>(piece->from) +
                      (static_cast<double>(piece->to) - static_cast<double>(piece->from)) * part;
  return rate * 1e9 / static_cast<double>(unit_);
}

}  // namespace loadctl::plan
