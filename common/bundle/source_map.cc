#include "common/bundle/source_map.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <limits>
#include <utility>

#include "common/bundle/urls.h"

namespace loadctl::bundle {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();

int Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

/// One base64 VLQ number off the front; false if there is none, or it is beyond 32 bits.
bool TakeNumber(std::string_view& from, std::int64_t& number) {
  std::int64_t bits = 0;
  for (int shift = 0; !from.empty() && shift <= 30; shift += 5) {
    const int digit = Digit(from.front());
    if (digit < 0) return false;
    from.remove_prefix(1);
    bits |= static_cast<std::int64_t>(digit & 31) << shift;
    if ((digit & 32) == 0) {
      number = (bits & 1) != 0 ? -(bits >> 1) : bits >> 1;
      return true;
    }
  }
  return false;
}

std::string UrlOf(const std::string& source, const std::string& root, const std::string& url) {
  std::string name = source;
  if (!root.empty() && source.find("://") == std::string::npos && source.rfind('/', 0) != 0)
    name = root + (root.back() == '/' ? "" : "/") + source;
  if (name.find("://") == std::string::npos && name.rfind('/', 0) != 0) name = "./" + name;
  auto resolved = ResolveUrl(name, url);
  return resolved ? *resolved : name;
}

}  // namespace

Result<SourceMap> SourceMap::Parse(std::string_view json, const std::string& url) {
  boost::system::error_code error;
  const auto value = boost::json::parse({json.data(), json.size()}, error);
  const auto* object = error ? nullptr : value.if_object();
  if (object == nullptr) return Fail("a source map is one JSON object");
  const auto* sources = object->if_contains("sources");
  const auto* mappings = object->if_contains("mappings");
  if (sources == nullptr || !sources->is_array() || mappings == nullptr || !mappings->is_string())
    return Fail("a source map has `sources` and `mappings`");
  std::string root;
  if (const auto* at = object->if_contains("sourceRoot"); at != nullptr && at->is_string())
    root.assign(at->get_string().data(), at->get_string().size());
  SourceMap map;
  for (const auto& source : sources->get_array()) {
    const std::string name =
        source.is_string() ? std::string(source.get_string().data(), source.get_string().size())
                           : "";
    map.sources_.push_back(UrlOf(name, root, url));
  }
  LOADCTL_CHECK_OK(map.Decode({mappings->get_string().data(), mappings->get_string().size()}));
  return map;
}

Result<void> SourceMap::Decode(std::string_view mappings) {
  // Column of the code, source, its line and column; all but the first run on over lines.
  std::array<std::int64_t, 4> now{};
  lines_.emplace_back();
  while (!mappings.empty()) {
    if (mappings.front() == ';') {
      lines_.emplace_back();
      now[0] = 0;
      mappings.remove_prefix(1);
      continue;
    }
    if (mappings.front() == ',') {
      mappings.remove_prefix(1);
      continue;
    }
    int fields = 0;
    while (!mappings.empty() && mappings.front() != ',' && mappings.front() != ';') {
      std::int64_t change = 0;
      if (!TakeNumber(mappings, change) || fields == 5)
        return Fail("the mappings of a source map are broken");
      // The fifth is a name, which nobody asks for.
      if (fields < 4) now[static_cast<std::size_t>(fields)] += change;
      ++fields;
    }
    const bool inside = std::all_of(now.begin(), now.end(),
                                    [](std::int64_t each) { return each >= 0 && each <= kMost; });
    if (!inside || fields == 2 || fields == 3 ||
        (fields >= 4 && now[1] >= static_cast<std::int64_t>(sources_.size())))
      return Fail("the mappings of a source map are broken");
    lines_.back().push_back({static_cast<std::int32_t>(now[0]),
                             fields == 1 ? -1 : static_cast<std::int32_t>(now[1]),
                             static_cast<std::int32_t>(now[2]), static_cast<std::int32_t>(now[3])});
  }
  for (auto& line : lines_) {
    std::stable_sort(line.begin(), line.end(),
                     [](const Segment& a, const Segment& b) { return a.column < b.column; });
  }
  return {};
}

std::optional<SourceMap::Place> SourceMap::Find(int line, int column) const {
  if (line < 1 || static_cast<std::size_t>(line) > lines_.size()) return std::nullopt;
  const auto& segments = lines_[static_cast<std::size_t>(line) - 1];
  auto after =
      std::upper_bound(segments.begin(), segments.end(), column - 1,
                       [](int wanted, const Segment& segment) { return wanted < segment.column; });
  if (after == segments.begin()) return std::nullopt;
  const Segment& found = *std::prev(after);
  if (found.source < 0) return std::nullopt;
  return Place{sources_[static_cast<std::size_t>(found.source)], found.line + 1,
               found.source_column + 1};
}

}  // namespace loadctl::bundle
