#include "controller/summary/humanize.h"

#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

#include "common/text/number.h"

namespace loadctl::summary {
namespace {

using text::JsFixed;
using text::JsNumber;

std::string FixedWithoutZeros(double value, int digits) {
  return JsNumber(std::strtod(JsFixed(value, digits).c_str(), nullptr));
}

std::string CutWithoutZeros(double value, int digits) {
  const double scale = std::pow(10, digits);
  return FixedWithoutZeros(std::trunc(scale * value) / scale, digits);
}

std::string HumanizeAnyTime(double milliseconds) {
  constexpr double kMinute = 60000;
  if (milliseconds == 0) return "0s";
  if (milliseconds < 0.001) return JsNumber(std::trunc(milliseconds * 1000000)) + "ns";
  if (milliseconds < 1) return CutWithoutZeros(milliseconds * 1000, 2) + "µs";
  if (milliseconds < 1000) return CutWithoutZeros(milliseconds, 2) + "ms";
  const double seconds = std::fmod(milliseconds, kMinute) / 1000;
  std::string text = CutWithoutZeros(seconds, milliseconds > kMinute ? 0 : 2) + "s";
  const double minutes = std::trunc(milliseconds / kMinute);
  if (minutes < 1) return text;
  text = JsNumber(std::fmod(minutes, 60)) + "m" + text;
  const double hours = std::trunc(minutes / 60);
  return hours < 1 ? text : JsNumber(hours) + "h" + text;
}

/// {unit, units in a millisecond} of a summaryTimeUnit.
std::optional<std::pair<std::string_view, double>> TimeUnit(std::string_view name) {
  if (name == "s") return {{"s", 0.001}};
  if (name == "ms") return {{"ms", 1}};
  if (name == "us") return {{"µs", 1000}};
  return std::nullopt;
}

/// Places of the ASCII characters in the Unicode collation order; what is not listed is placed by
/// its code.
constexpr std::string_view kCollation =
    "\t\n\v\f\r "
    "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789aAbBcCdDeEfFgGhHiIjJkKlLmMnNoOpPqQrRsStTuU"
    "vVwWxXyYzZ";

/// Order without regard to case: `a` and `A` are the same here.
int Primary(char c) {
  const char small = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const std::size_t place = kCollation.find(small);
  return place == std::string_view::npos ? 1000 + static_cast<unsigned char>(c)
                                         : static_cast<int>(place);
}

int Collate(std::string_view a, std::string_view b) {
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (const int order = Primary(a[i]) - Primary(b[i]); order != 0) return order;
  }
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (std::size_t i = 0; i < common; ++i) {
    // Small letters have the greater code and come first.
    if (a[i] != b[i]) return a[i] > b[i] ? -1 : 1;
  }
  return 0;
}

}  // namespace

std::string HumanizeRate(double rate) {
  return JsFixed(std::trunc(rate * 100 * 100) / 100, 2) + "%";
}

std::string HumanizeBytes(double bytes) {
  constexpr std::array<std::string_view, 9> kUnits = {"B",  "kB", "MB", "GB", "TB",
                                                      "PB", "EB", "ZB", "YB"};
  if (!(bytes >= 10) || std::isinf(bytes)) return JsNumber(bytes) + " B";
  const double exponent =
      std::min(std::floor(std::log(bytes) / std::log(1000.0)), double{kUnits.size() - 1});
  const double value = std::floor(bytes / std::pow(1000.0, exponent) * 10 + 0.5) / 10;
  return JsFixed(value, value < 10 ? 1 : 0) + " " +
         std::string(kUnits[static_cast<std::size_t>(exponent)]);
}

std::string HumanizeTime(double milliseconds, std::string_view time_unit) {
  if (const auto unit = TimeUnit(time_unit)) {
    return JsFixed(milliseconds * unit->second, 2) + std::string(unit->first);
  }
  return HumanizeAnyTime(milliseconds);
}

std::string HumanizeValue(double value, metrics::ValueType contains, std::string_view time_unit) {
  switch (contains) {
    case metrics::ValueType::kData:
      return HumanizeBytes(value);
    case metrics::ValueType::kTime:
      return HumanizeTime(value, time_unit);
    case metrics::ValueType::kDefault:
      break;
  }
  return FixedWithoutZeros(value, 6);
}

std::size_t DisplayWidth(std::string_view text) {
  enum class In { kText, kEscape, kSequence } in = In::kText;
  std::size_t width = 0;
  for (const char c : text) {
    if (c == '\x1b') {
      in = In::kEscape;
    } else if (in == In::kEscape) {
      in = c == '[' ? In::kSequence : In::kText;
    } else if (in == In::kSequence) {
      if (c >= 0x40 && c <= 0x7e) in = In::kText;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++width;
    }
  }
  return width;
}

bool MetricNameLess(std::string_view a, std::string_view b) {
  const std::string_view parent_a = a.substr(0, a.find('{'));
  const std::string_view parent_b = b.substr(0, b.find('{'));
  if (const int order = Collate(parent_a, parent_b); order != 0) return order < 0;
  return Collate(a.substr(parent_a.size()), b.substr(parent_b.size())) < 0;
}

}  // namespace loadctl::summary
