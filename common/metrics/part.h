// Series beside those that a script asks for: what a metric measured in one scenario and group, and
// requests that failed alike. They travel and merge as sub-metrics do, under suffixes that no
// script's sub-metric has. Kept only where a run is asked for them. Pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace loadctl::metrics {

/// Where a sample was taken.
struct Place {
  std::string_view scenario;  ///< "": of no scenario, or of k6's `default`
  std::string_view group;     ///< the tag: a path such as `::outer::inner`, or "": none
  bool operator==(const Place&) const = default;
};

/// What failed requests have in common: values of their tags, "" where a tag is missing.
struct FailedRequest {
  std::string_view method;
  std::string_view name;  ///< or its URL
  std::string_view status;
  std::string_view error_code;
  bool operator==(const FailedRequest&) const = default;
};

/// Stands for places and requests that were too many to be told apart.
inline constexpr std::string_view kOther = "(other)";

/// Whether the text, a series' suffix or a check's group, is of a place or of failed requests.
[[nodiscard]] constexpr bool IsPart(std::string_view text) { return text.starts_with('\x1f'); }

/// Puts the suffix into `out`, whose memory is used again. Separators in values become blanks.
void PutSuffix(const Place& place, std::string& out);
void PutSuffix(const FailedRequest& request, std::string& out);

/// Views into `suffix`; nullopt if it is something else.
[[nodiscard]] std::optional<Place> PlaceOf(std::string_view suffix);
[[nodiscard]] std::optional<FailedRequest> FailedRequestOf(std::string_view suffix);

/// The suffix that stands for this one and all like it when there are too many.
[[nodiscard]] std::string OtherOf(std::string_view suffix);

}  // namespace loadctl::metrics
