#include "common/metrics/part.h"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace loadctl::metrics {
namespace {

constexpr char kSeparator = '\x1f';
constexpr std::string_view kPlace = "place", kFailed = "failed";

void Put(std::string_view kind, std::initializer_list<std::string_view> values, std::string& out) {
  out.assign(1, kSeparator);
  out += kind;
  for (const auto value : values) {
    out += kSeparator;
    const auto begin = out.size();
    out += value;
    std::replace(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), kSeparator, ' ');
  }
}

/// The values behind the kind; nullopt if there are more or fewer.
template <std::size_t kCount>
std::optional<std::array<std::string_view, kCount>> Take(std::string_view kind,
                                                         std::string_view text) {
  if (!IsPart(text) || !text.substr(1).starts_with(kind)) return std::nullopt;
  text.remove_prefix(1 + kind.size());
  std::array<std::string_view, kCount> values;
  for (auto& value : values) {
    if (!text.starts_with(kSeparator)) return std::nullopt;
    text.remove_prefix(1);
    const auto end = std::min(text.find(kSeparator), text.size());
    value = text.substr(0, end);
    text.remove_prefix(end);
  }
  if (!text.empty()) return std::nullopt;
  return values;
}

}  // namespace

void PutSuffix(const Place& place, std::string& out) {
  Put(kPlace, {place.scenario, place.group}, out);
}

void PutSuffix(const FailedRequest& request, std::string& out) {
  Put(kFailed, {request.method, request.name, request.status, request.error_code}, out);
}

std::optional<Place> PlaceOf(std::string_view suffix) {
  const auto values = Take<2>(kPlace, suffix);
  if (!values) return std::nullopt;
  return Place{(*values)[0], (*values)[1]};
}

std::optional<FailedRequest> FailedRequestOf(std::string_view suffix) {
  const auto values = Take<4>(kFailed, suffix);
  if (!values) return std::nullopt;
  const auto& [method, name, status, error_code] = *values;
  return FailedRequest{method, name, status, error_code};
}

std::string OtherOf(std::string_view suffix) {
  std::string out;
  if (FailedRequestOf(suffix)) {
    PutSuffix(FailedRequest{"", kOther, "", ""}, out);
  } else {
    PutSuffix(Place{"", "::(other)"}, out);
  }
  return out;
}

}  // namespace loadctl::metrics
