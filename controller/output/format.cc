#include "controller/output/format.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "common/text/number.h"
#include "common/text/utf8.h"

namespace loadctl::output {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

}  // namespace

void TimeText::Append(std::int64_t nanoseconds, Fraction fraction, std::string& out) {
  std::int64_t second = nanoseconds / kSecond, rest = nanoseconds % kSecond;
  if (rest < 0) {
    rest += kSecond;
    --second;
  }
  if (!known_ || second != second_) {
    known_ = true;
    second_ = second;
    const std::time_t time = second;
    std::tm local{};
    localtime_r(&time, &local);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d", local.tm_year + 1900,
                  local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec);
    date_ = text.data();
    const long offset = local.tm_gmtoff / 60;
    std::snprintf(text.data(), text.size(), "%c%02ld:%02ld", offset < 0 ? '-' : '+',
                  std::labs(offset) / 60, std::labs(offset) % 60);
    zone_ = offset == 0 ? "Z" : text.data();
  }
  out += date_;
  if (fraction == Fraction::kNanoseconds && rest != 0) {
    std::array<char, 10> digits{};
    digits[0] = '.';
    for (std::size_t i = 9; i > 0; --i, rest /= 10) digits[i] = static_cast<char>('0' + rest % 10);
    std::size_t size = digits.size();
    while (digits[size - 1] == '0') --size;
    out.append(digits.data(), size);
  }
  out += zone_;
}

void AppendGoJsonNumber(double value, std::string& out) {
  const double size = std::abs(value);
  if (size >= 1e15 || (size != 0 && size < 1e-6)) {
    out += text::JsNumber(value);
    return;
  }
  std::array<char, 64> digits;
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  out.append(digits.data(), end.ptr);
}

void AppendGoFixed(double value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    std::array<char, 400> text;
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 6);
    out.append(text.data(), end.ptr);
  }
}

std::string WellFormed(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = text::FirstCharacter(text).size;
    if (size == 0) {
      text::AppendUtf8(0xfffd, out);
    } else {
      out.append(text.substr(0, size));
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

std::string GoErrno(int error) {
  std::string text = std::strerror(error);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + 32);
  return text;
}

}  // namespace loadctl::output
