#include "common/text/name_filter.h"

#include <algorithm>

namespace loadctl::text {

bool FitsPattern(std::string_view name, std::string_view pattern) {
  std::size_t at = 0, in = 0;
  std::size_t star = std::string_view::npos, after = 0;  // the last `*`, and where its text ended
  while (at < name.size()) {
    if (in < pattern.size() && pattern[in] == '*') {
      star = in++;
      after = at;
    } else if (in < pattern.size() && pattern[in] == name[at]) {
      ++in;
      ++at;
    } else if (star != std::string_view::npos) {
      in = star + 1;
      at = ++after;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in) == std::string_view::npos;
}

Result<NameFilter> NameFilter::Make(std::span<const std::string> patterns) {
  constexpr std::size_t kMost = 1000;
  if (patterns.size() > kMost)
    return Fail(ErrorCode::kInvalidConfig, "more than 1000 patterns are too many");
  NameFilter filter;
  for (const std::string& pattern : patterns) {
    const bool denied = pattern.starts_with('!');
    std::string name = pattern.substr(denied ? 1 : 0);
    if (name.empty())
      return Fail(ErrorCode::kInvalidConfig, "'" + pattern + "' is no name and no pattern");
    (denied ? filter.denied_ : filter.allowed_).push_back(std::move(name));
  }
  return filter;
}

bool NameFilter::Wants(std::string_view name) const {
  const auto fits = [&](const std::string& pattern) { return FitsPattern(name, pattern); };
  if (std::any_of(denied_.begin(), denied_.end(), fits)) return false;
  return allowed_.empty() || std::any_of(allowed_.begin(), allowed_.end(), fits);
}

}  // namespace loadctl::text
