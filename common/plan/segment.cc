#include "common/plan/segment.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>
#include <numeric>
#include <queue>
#include <utility>

#include "common/base/check.h"

namespace loadctl::plan {
namespace {

constexpr __int128 kMax64 = std::numeric_limits<std::int64_t>::max();

__int128 Gcd(__int128 a, __int128 b) {
  if (a < 0) a = -a;
  while (b != 0) a = std::exchange(b, a % b);
  return a;
}

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Decimal digits to a number; false when it exceeds 64 bits or is none.
bool ToInteger(std::string_view digits, std::int64_t& value) {
  if (!IsDigits(digits)) return false;
  return std::from_chars(digits.data(), digits.data() + digits.size(), value).ec == std::errc();
}

/// Takes `+` or `-` off the front.
int TakeSign(std::string_view& text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  return negative ? -1 : 1;
}

/// Two decimals, half away from zero: the form of numbers in k6's messages.
std::string TwoDecimals(const Rational& value) {
  const __int128 numerator = value.numerator < 0 ? -static_cast<__int128>(value.numerator)
                                                 : static_cast<__int128>(value.numerator);
  const __int128 hundredths =
      (numerator * 200 + value.denominator) / (static_cast<__int128>(value.denominator) * 2);
  // The whole part of an int64 fraction fits in 64 bits.
  std::string out = std::to_string(static_cast<std::int64_t>(hundredths / 100)) + ".";
  const auto rest = static_cast<int>(hundredths % 100);
  out += static_cast<char>('0' + rest / 10);
  out += static_cast<char>('0' + rest % 10);
  return value.numerator < 0 ? "-" + out : out;
}

/// `12`, `0.25`, `.5`, `2.5e-1` without a sign.
bool DecimalToRational(std::string_view text, int sign, Rational& out) {
  std::int64_t exponent = 0;
  if (const std::size_t mark = text.find_first_of("eE"); mark != std::string_view::npos) {
    std::string_view digits = text.substr(mark + 1);
    const int exponent_sign = TakeSign(digits);
    if (!ToInteger(digits, exponent) || exponent > 1000) return false;
    exponent *= exponent_sign;
    text = text.substr(0, mark);
  }
  std::string mantissa(text);
  if (const std::size_t point = mantissa.find('.'); point != std::string::npos) {
    mantissa.erase(point, 1);
    exponent -= static_cast<std::int64_t>(mantissa.size() - point);
  }
  if (!IsDigits(mantissa)) return false;
  while (mantissa.size() > 1 && mantissa.back() == '0') {
    mantissa.pop_back();
    ++exponent;
  }
  std::int64_t digits = 0;
  if (!ToInteger(mantissa, digits)) return false;
  __int128 numerator = static_cast<__int128>(digits) * sign;
  __int128 denominator = 1;
  for (; exponent > 0 && digits != 0; --exponent) {
    numerator *= 10;
    if (numerator > kMax64 || numerator < -kMax64) return false;
  }
  for (; exponent < 0 && digits != 0; ++exponent) {
    denominator *= 10;
    if (denominator > kMax64 * 1'000'000) return false;
  }
  auto result = Rational::Make(numerator, denominator);
  if (!result) return false;
  out = *result;
  return true;
}

Result<Rational> ParseRational(std::string_view text) {
  std::string_view rest = text;
  Rational value;
  if (rest.ends_with('%')) {
    rest.remove_suffix(1);
    const int sign = TakeSign(rest);
    std::int64_t percent = 0;
    if (!ToInteger(rest, percent)) {
      return Fail("'" + std::string(text) + "' is not a valid percentage");
    }
    return Rational::Make(static_cast<__int128>(percent) * sign, 100);
  }
  const int sign = TakeSign(rest);
  if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
    std::int64_t numerator = 0;
    std::int64_t denominator = 0;
    if (ToInteger(rest.substr(0, slash), numerator) &&
        ToInteger(rest.substr(slash + 1), denominator) && denominator > 0) {
      return Rational::Make(static_cast<__int128>(numerator) * sign, denominator);
    }
  } else if (DecimalToRational(rest, sign, value)) {
    return value;
  }
  return Fail("'" + std::string(text) +
              "' is not a valid percentage, decimal, fraction or interval value");
}

/// The sequence with a segment added where it is short of 0 or 1.
SegmentSequence Fill(SegmentSequence sequence) {
  auto& segments = sequence.segments;
  if (const Rational from = segments.front().from; from != Rational{0, 1}) {
    segments.insert(segments.begin(), Segment{{0, 1}, from});
  }
  if (const Rational to = segments.back().to; to != Rational{1, 1}) {
    segments.push_back(Segment{to, {1, 1}});
  }
  return sequence;
}

/// Each segment well-formed and starting where the one before ends.
Result<void> CheckSequence(const SegmentSequence& sequence) {
  for (std::size_t i = 0; i < sequence.segments.size(); ++i) {
    const Segment& segment = sequence.segments[i];
    LOADCTL_CHECK_OK(Segment::Make(segment.from, segment.to));
    if (i > 0 && segment.from != sequence.segments[i - 1].to) {
      return Fail(ErrorCode::kInvalidConfig,
                  "the start value " + segment.from.ToString() + " of segment #" +
                      std::to_string(i) +
                      " must be equal to the end value of the previous one, but it is " +
                      sequence.segments[i - 1].to.ToString());
    }
  }
  return {};
}

/// How many of `period` indexes belong to each segment; fails if the period would be too large.
struct Shares {
  std::int64_t period = 1;
  std::vector<std::int64_t> counts;
};
Result<Shares> SharesOf(const SegmentSequence& sequence) {
  std::vector<Rational> lengths(sequence.segments.size());
  Shares out;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const auto& [from, to] = sequence.segments[i];
    LOADCTL_TRY(lengths[i],
                Rational::Make(static_cast<__int128>(to.numerator) * from.denominator -
                                   static_cast<__int128>(from.numerator) * to.denominator,
                               static_cast<__int128>(to.denominator) * from.denominator));
    const __int128 multiple = static_cast<__int128>(out.period) /
                              Gcd(out.period, lengths[i].denominator) * lengths[i].denominator;
    if (multiple > ExecutionTuple::kMaxPeriod) {
      return Fail(ErrorCode::kInvalidConfig,
                  "the execution segment sequence is too fine: its common denominator exceeds " +
                      std::to_string(ExecutionTuple::kMaxPeriod));
    }
    out.period = static_cast<std::int64_t>(multiple);
  }
  for (const Rational& length : lengths) {
    out.counts.push_back(length.numerator * (out.period / length.denominator));
  }
  return out;
}

/// Deals the indexes of one period: by segment, rising.
std::vector<std::vector<std::int64_t>> Deal(const Shares& shares) {
  const std::size_t count = shares.counts.size();
  std::vector<std::vector<std::int64_t>> out(count);
  std::vector<std::size_t> order(count);  // larger shares first
  for (std::size_t i = 0; i < count; ++i) {
    out[i].reserve(static_cast<std::size_t>(shares.counts[i]));
    order[i] = i;
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return shares.counts[a] > shares.counts[b];
  });

  // A segment with c elements may take index e once c * period <= e * share. `due` holds the first
  // such index of those that must wait, `ready` the others; the first in order takes the index.
  using Rank = std::size_t;
  using Due = std::pair<std::int64_t, Rank>;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due;
  std::priority_queue<Rank, std::vector<Rank>, std::greater<>> ready;
  for (Rank rank = 0; rank < count; ++rank) ready.push(rank);
  for (std::int64_t e = 0; e < shares.period; ++e) {
    for (; !due.empty() && due.top().first <= e; due.pop()) ready.push(due.top().second);
    LOADCTL_CHECK(!ready.empty(), "the shares of a full sequence cover every index");
    const Rank rank = ready.top();
    ready.pop();
    const std::size_t segment = order[rank];
    out[segment].push_back(e);
    const auto taken = static_cast<std::int64_t>(out[segment].size());
    const std::int64_t share = shares.counts[segment];
    due.emplace((taken * shares.period + share - 1) / share, rank);
  }
  return out;
}

}  // namespace

Result<Rational> Rational::Make(__int128 num, __int128 den) {
  if (den == 0) return Fail("a fraction with denominator 0");
  if (den < 0) {
    num = -num;
    den = -den;
  }
  const __int128 divisor = Gcd(num, den);
  num /= divisor;
  den /= divisor;
  if (num > kMax64 || num < -kMax64 || den > kMax64) {
    return Fail("a fraction that needs more than 64 bits");
  }
  return Rational{static_cast<std::int64_t>(num), static_cast<std::int64_t>(den)};
}

bool Rational::operator<(const Rational& other) const {
  return static_cast<__int128>(numerator) * other.denominator <
         static_cast<__int128>(other.numerator) * denominator;
}

std::string Rational::ToString() const {
  std::string out = std::to_string(numerator);
  return denominator == 1 ? out : out + "/" + std::to_string(denominator);
}

Result<Segment> Segment::Make(Rational from, Rational to) {
  if (from.numerator < 0) {
    return Fail("segment start value must be at least 0 but was " + TwoDecimals(from));
  }
  if (!(from < to)) {
    return Fail("segment start(" + TwoDecimals(from) + ") must be less than its end(" +
                TwoDecimals(to) + ")");
  }
  if (Rational{1, 1} < to) {
    return Fail("segment end value can't be more than 1 but was " + TwoDecimals(to));
  }
  return Segment{from, to};
}

std::string Segment::ToString() const { return from.ToString() + ":" + to.ToString(); }

std::string SegmentSequence::ToString() const {
  if (segments.empty()) return "";
  std::string out = segments.front().from.ToString();
  for (const Segment& segment : segments) out += "," + segment.to.ToString();
  return out;
}

Result<Segment> ParseSegment(std::string_view text) {
  if (text.empty()) return Segment{};
  Rational from;
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    LOADCTL_TRY(from, ParseRational(text.substr(0, colon)));
    text.remove_prefix(colon + 1);
  }
  LOADCTL_TRY(const Rational to, ParseRational(text));
  return Segment::Make(from, to);
}

Result<SegmentSequence> ParseSequence(std::string_view text) {
  SegmentSequence sequence;
  if (text.empty()) return sequence;
  const auto points = 1 + std::count(text.begin(), text.end(), ',');
  if (points < 2) {
    return Fail("at least 2 points are needed for an execution segment sequence, " +
                std::to_string(points) + " given");
  }
  std::optional<Rational> from;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    LOADCTL_TRY(const Rational point, ParseRational(text.substr(0, comma)));
    if (from) {
      LOADCTL_TRY(const Segment segment, Segment::Make(*from, point));
      sequence.segments.push_back(segment);
    }
    from = point;
    more = comma != std::string_view::npos;
    if (more) text.remove_prefix(comma + 1);
  }
  return sequence;
}

SegmentSequence EqualSequence(std::int64_t n) {
  LOADCTL_CHECK(n >= 1, "a run has at least one agent");
  SegmentSequence sequence;
  sequence.segments.reserve(static_cast<std::size_t>(n));
  Rational from;
  for (std::int64_t i = 1; i <= n; ++i) {
    const Rational to = *Rational::Make(i, n);
    sequence.segments.push_back(Segment{from, to});
    from = to;
  }
  return sequence;
}

/// A full sequence with the indexes of each segment in one period. Immutable once made.
struct ExecutionTuple::Stripes {
  SegmentSequence sequence;
  std::int64_t period = 1;
  std::vector<std::vector<std::int64_t>> elements{{0}};  ///< by segment, rising

  /// What Within() made this of; Retuple() needs both. Only the own segment has elements then.
  struct Nesting {
    ExecutionTuple outer, inner;
  };
  std::shared_ptr<const Nesting> nesting = {};
};

ExecutionTuple::ExecutionTuple(std::shared_ptr<const Stripes> stripes, std::size_t index)
    : stripes_(std::move(stripes)), index_(index) {}

ExecutionTuple::ExecutionTuple()
    : ExecutionTuple(
          std::make_shared<const Stripes>(Stripes{.sequence = SegmentSequence{{Segment{}}}}), 0) {}

Result<std::shared_ptr<const ExecutionTuple::Stripes>> ExecutionTuple::MakeStripes(
    SegmentSequence sequence) {
  LOADCTL_TRY(const Shares shares, SharesOf(sequence));
  auto stripes = std::make_shared<Stripes>();
  stripes->period = shares.period;
  stripes->elements = Deal(shares);
  stripes->sequence = std::move(sequence);
  return std::shared_ptr<const Stripes>(std::move(stripes));
}

Result<ExecutionTuple> ExecutionTuple::Make(const std::optional<Segment>& segment,
                                            const std::optional<SegmentSequence>& sequence) {
  const Segment wanted = segment.value_or(Segment{});
  LOADCTL_CHECK_OK(Segment::Make(wanted.from, wanted.to));
  const bool given = sequence && !sequence->segments.empty();
  SegmentSequence full = given ? *sequence : SegmentSequence{{wanted}};
  LOADCTL_CHECK_OK(CheckSequence(full));
  if (std::find(full.segments.begin(), full.segments.end(), wanted) == full.segments.end()) {
    return Fail(ErrorCode::kInvalidConfig, "provided segment " + wanted.ToString() +
                                               " can't be found in sequence " + full.ToString());
  }
  full = Fill(std::move(full));
  const auto place = std::find(full.segments.begin(), full.segments.end(), wanted);
  const auto index = static_cast<std::size_t>(place - full.segments.begin());
  LOADCTL_TRY(auto stripes, MakeStripes(std::move(full)));
  return ExecutionTuple(std::move(stripes), index);
}

Result<ExecutionTuple> ExecutionTuple::Within(const ExecutionTuple& outer,
                                              const ExecutionTuple& inner) {
  const auto& owned = outer.stripes_->elements[outer.index_];
  const auto& taken = inner.stripes_->elements[inner.index_];
  // After so many of outer's periods both patterns begin anew.
  const auto count = static_cast<std::int64_t>(owned.size());
  const std::int64_t rounds = inner.stripes_->period / std::gcd(count, inner.stripes_->period);
  if (rounds > kMaxPeriod / outer.stripes_->period) {
    return Fail(ErrorCode::kInvalidConfig,
                "the segment " + outer.segment().ToString() + " of the sequence " +
                    outer.sequence().ToString() + " cannot be cut into " +
                    inner.sequence().ToString() + ": their common denominator exceeds " +
                    std::to_string(kMaxPeriod));
  }
  auto stripes = std::make_shared<Stripes>();
  stripes->sequence = outer.sequence();
  stripes->period = rounds * outer.stripes_->period;
  stripes->elements.assign(outer.stripes_->elements.size(), {});
  auto& own = stripes->elements[outer.index_];
  for (std::int64_t from = 0; from < rounds * count; from += inner.stripes_->period) {
    for (const std::int64_t one : taken) own.push_back(outer.GlobalNumber(from + one + 1) - 1);
  }
  stripes->nesting = std::make_shared<const Stripes::Nesting>(Stripes::Nesting{outer, inner});
  return ExecutionTuple(std::move(stripes), outer.index_);
}

std::int64_t ExecutionTuple::Scale(std::int64_t value) const {
  const auto& own = stripes_->elements[index_];
  const auto rest = std::lower_bound(own.begin(), own.end(), value % stripes_->period);
  return value / stripes_->period * static_cast<std::int64_t>(own.size()) + (rest - own.begin());
}

Result<std::optional<ExecutionTuple>> ExecutionTuple::Retuple(std::int64_t value) const {
  LOADCTL_CHECK(value >= 1, "Retuple wants a positive value");
  if (value % stripes_->period == 0) return std::optional<ExecutionTuple>(*this);
  if (Scale(value) == 0) return std::optional<ExecutionTuple>();
  if (const auto& nesting = stripes_->nesting) {
    LOADCTL_TRY(const auto outer, nesting->outer.Retuple(value));
    LOADCTL_TRY(const auto inner, nesting->inner.Retuple(nesting->outer.Scale(value)));
    if (!outer || !inner) return std::optional<ExecutionTuple>();
    LOADCTL_TRY(ExecutionTuple out, Within(*outer, *inner));
    return std::optional<ExecutionTuple>(std::move(out));
  }
  SegmentSequence sequence;
  std::size_t index = 0;
  std::int64_t before = 0;
  Rational from;
  for (std::size_t i = 0; i < stripes_->elements.size(); ++i) {
    const std::int64_t share = ExecutionTuple(stripes_, i).Scale(value);
    if (share == 0) continue;
    before += share;
    LOADCTL_TRY(const Rational to, Rational::Make(before, value));
    if (i == index_) index = sequence.segments.size();
    sequence.segments.push_back(Segment{from, to});
    from = to;
  }
  LOADCTL_TRY(auto stripes, MakeStripes(std::move(sequence)));
  return std::optional<ExecutionTuple>(ExecutionTuple(std::move(stripes), index));
}

Stripe ExecutionTuple::Share() const {
  const auto& own = stripes_->elements[index_];
  Stripe stripe{own.front(), {}, stripes_->period};
  stripe.offsets.reserve(own.size());
  for (std::size_t i = 1; i < own.size(); ++i) stripe.offsets.push_back(own[i] - own[i - 1]);
  stripe.offsets.push_back(own.front() + stripes_->period - own.back());
  return stripe;
}

std::int64_t ExecutionTuple::GlobalNumber(std::int64_t local) const {
  LOADCTL_CHECK(local >= 1, "local numbers count from 1");
  const auto& own = stripes_->elements[index_];
  const auto size = static_cast<std::int64_t>(own.size());
  return (local - 1) / size * stripes_->period + own[static_cast<std::size_t>((local - 1) % size)] +
         1;
}

const Segment& ExecutionTuple::segment() const { return stripes_->sequence.segments[index_]; }
const SegmentSequence& ExecutionTuple::sequence() const { return stripes_->sequence; }

SegmentedIndex::SegmentedIndex(ExecutionTuple tuple) : tuple_(std::move(tuple)) {}

SegmentedIndex::Position SegmentedIndex::Next() {
  ++position_.scaled;
  position_.unscaled = tuple_.GlobalNumber(position_.scaled);
  return position_;
}

SegmentedIndex::Position SegmentedIndex::Prev() {
  if (position_.scaled > 0) --position_.scaled;
  position_.unscaled = position_.scaled == 0 ? 0 : tuple_.GlobalNumber(position_.scaled);
  return position_;
}

SegmentedIndex::Position SegmentedIndex::GoTo(std::int64_t value) {
  position_.scaled = tuple_.Scale(value);
  position_.unscaled = position_.scaled == 0 ? 0 : tuple_.GlobalNumber(position_.scaled);
  return position_;
}

}  // namespace loadctl::plan
