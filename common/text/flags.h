// Command lines as k6's flag library (pflag) reads them: `--vus 5`, `--vus=5`, `-u5`, `-qv`, flags
// and arguments in any order, `--` before arguments that look like flags. Every command of both
// programs is read by it. Not for what values mean. Pure, any thread.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace loadctl::text {

struct Flag {
  std::string_view name;       ///< long, without dashes
  char shorthand = 0;          ///< 0: none
  std::string_view word = "";  ///< what the help calls the value: `HOST:PORT`
  std::string_view help = "";  ///< "" keeps it out of the help
  std::string_view bare = "";  ///< the value if it is given without one; "": it needs one
};

/// A flag that is there or not.
[[nodiscard]] constexpr Flag Switch(std::string_view name, char shorthand, std::string_view help) {
  return {name, shorthand, "", help, "true"};
}

/// What a command line gave.
class GivenFlags final {
 public:
  [[nodiscard]] bool Has(std::string_view name) const { return !All(name).empty(); }
  /// Of a switch: given, and not as `=false`.
  [[nodiscard]] bool IsOn(std::string_view name) const;
  /// The last of the flag's values.
  [[nodiscard]] std::string Last(std::string_view name, std::string_view fallback = "") const;
  /// The flag's values in the order given.
  [[nodiscard]] std::span<const std::string> All(std::string_view name) const;
  /// What is no flag.
  [[nodiscard]] const std::vector<std::string>& arguments() const { return arguments_; }

 private:
  friend class FlagParser;
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> arguments_;
};

/// Looks at each value as it is read; what it fails with ends the parsing.
using CheckFlag = std::function<Result<void>(const Flag& flag, std::string_view value)>;

/// Fails (kGeneric) at the first flag that is wrong, in pflag's words: `unknown flag: --x` (with
/// the known one that is near), `unknown shorthand flag: 'x' in -x`, `flag needs an argument:
/// --vus`, `bad flag syntax: --=x`. Without a check, switches take what Go's ParseBool does.
[[nodiscard]] Result<GivenFlags> ParseFlags(std::span<const Flag> flags,
                                            std::span<const std::string> arguments,
                                            const CheckFlag& check = {});

/// The error for a value: `invalid argument "x" for "-u, --vus" flag: WHY`.
[[nodiscard]] std::string WrongValue(const Flag& flag, std::string_view value,
                                     std::string_view why);

/// The flags as help shows them, a line or more each.
[[nodiscard]] std::string DescribeFlags(std::span<const Flag> flags);

}  // namespace loadctl::text
