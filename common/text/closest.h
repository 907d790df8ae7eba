// The name that somebody may have meant. Pure, any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace loadctl::text {

/// The known name that is nearest to `name`: at most two letters wrong, missing, too many or
/// swapped, one if it is shorter than five; the first of several. "" if none is near.
[[nodiscard]] std::string_view ClosestName(std::string_view name,
                                           std::span<const std::string_view> known);

/// `; did you mean "duration"?`, or "" if none is near.
[[nodiscard]] std::string DidYouMean(std::string_view name, std::span<const std::string_view> known,
                                     std::string_view prefix = "");

}  // namespace loadctl::text
