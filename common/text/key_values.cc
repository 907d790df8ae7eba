#include "common/text/key_values.h"

#include <algorithm>

namespace loadctl::text {

Result<std::vector<KeyValue>> ParseKeyValues(std::string_view text) {
  std::vector<KeyValue> out;
  while (!text.empty()) {
    const auto equals = text.find_first_of("=,");
    const std::string key(text.substr(0, equals));
    if (equals == std::string_view::npos || text[equals] == ',' || equals + 1 == text.size())
      return Fail("key `" + key + "` with no value");
    text.remove_prefix(equals + 1);
    const bool list = text.starts_with('[');
    if (list) text.remove_prefix(1);
    const auto end = list ? text.find(']') : std::min(text.find(','), text.size());
    if (end == std::string_view::npos) return Fail("array value for key `" + key + "` didn't end");
    out.push_back({key, std::string(text.substr(0, end))});
    text.remove_prefix(std::min(end + (list ? 1 : 0), text.size()));
    if (!text.empty() && text.front() != ',')
      return Fail("there was no ',' after an array with key '" + key + "'");
    if (!text.empty()) text.remove_prefix(1);
  }
  return out;
}

}  // namespace loadctl::text
