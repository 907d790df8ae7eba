#include "common/text/closest.h"

#include <algorithm>
#include <vector>

namespace loadctl::text {
namespace {

constexpr std::size_t kLongestName = 64;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Letters to change, insert, delete or swap with their neighbour (optimal string alignment); case
/// does not count.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = Lower(a[i - 1]) == Lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && Lower(a[i - 1]) == Lower(b[j - 2]) &&
                           Lower(a[i - 2]) == Lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

std::string_view ClosestName(std::string_view name, std::span<const std::string_view> known) {
  if (name.empty() || name.size() > kLongestName) return "";
  std::string_view closest;
  std::size_t least = name.size() < 5 ? 2 : 3;
  for (const std::string_view one : known) {
    if (one.size() > kLongestName) continue;
    if (const std::size_t distance = Distance(name, one); distance < least) {
      closest = one;
      least = distance;
    }
  }
  return closest;
}

std::string DidYouMean(std::string_view name, std::span<const std::string_view> known,
                       std::string_view prefix) {
  const std::string_view closest = ClosestName(name, known);
  if (closest.empty()) return "";
  return "; did you mean \"" + std::string(prefix) + std::string(closest) + "\"?";
}

}  // namespace loadctl::text
