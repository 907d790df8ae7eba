// Times and numbers as Go prints them, quickly: what k6's files have in each line.
// Not for whole lines. A TimeText belongs to one thread.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

namespace loadctl::output {

enum class Fraction {
  kNone,        ///< Go's RFC3339
  kNanoseconds  ///< Go's RFC3339Nano: nine digits without the zeros at their end
};

/// Times in the local time zone, as Go's `time.Now()` has it: `2021-02-24T13:37:10.12+01:00`, `Z`
/// for UTC. Remembers the second it wrote last.
class TimeText {
 public:
  void Append(std::int64_t nanoseconds, Fraction fraction, std::string& out);

 private:
  bool known_ = false;
  std::int64_t second_ = 0;
  std::string date_, zone_;
};

/// As Go's JSON encoder prints a float64, which is finite: the shortest digits that read back the
/// same; with an exponent below 1e-6 and from 1e21 on.
void AppendGoJsonNumber(double value, std::string& out);

/// Go's `%f`: six digits; `+Inf`, `-Inf`, `NaN`.
void AppendGoFixed(double value, std::string& out);

/// The text with U+FFFD for each byte that is no UTF-8.
[[nodiscard]] std::string WellFormed(std::string_view text);

/// errno in Go's words: `no such file or directory`.
[[nodiscard]] std::string GoErrno(int error);

}  // namespace loadctl::output
