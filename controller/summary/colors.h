// Whether text for a person carries ANSI escape sequences.
// Not the decision itself: the caller looks at the terminal, --no-color and NO_COLOR. Any thread.
#pragma once

namespace loadctl::summary {

/// kYes only for a terminal without --no-color, NO_COLOR and K6_NO_COLOR.
enum class Colors { kNo, kYes };

}  // namespace loadctl::summary
