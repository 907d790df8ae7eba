// Which names are wanted: a list of allowed and denied patterns, as --out-metrics has it.
// Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace loadctl::text {

/// A pattern is a name in which `*` stands for any characters; one behind `!` is denied. A name is
/// wanted if no denied pattern fits it and an allowed one does, or none is allowed by name.
class NameFilter final {
 public:
  NameFilter() = default;  ///< every name is wanted
  /// Fails (kInvalidConfig) on a pattern without characters, and where there are more than 1,000.
  [[nodiscard]] static Result<NameFilter> Make(std::span<const std::string> patterns);

  [[nodiscard]] bool Wants(std::string_view name) const;
  /// Whether it leaves anything out at all.
  [[nodiscard]] bool all() const { return allowed_.empty() && denied_.empty(); }
  [[nodiscard]] const std::vector<std::string>& allowed() const { return allowed_; }
  [[nodiscard]] const std::vector<std::string>& denied() const { return denied_; }

 private:
  std::vector<std::string> allowed_, denied_;
};

/// Whether the whole name fits the pattern. Time: the product of their lengths at most.
[[nodiscard]] bool FitsPattern(std::string_view name, std::string_view pattern);

}  // namespace loadctl::text
