#include "common/metrics/submetric.h"

#include <algorithm>
#include <map>

#include "common/text/number.h"
#include "common/text/quote.h"

namespace loadctl::metrics {
namespace {

tl::unexpected<Error> BadName(std::string_view name, std::string_view why) {
  return Fail(ErrorCode::kInvalidConfig,
              "parsing metric name failed, metric " + text::QuoteGo(name) + " " + std::string(why));
}

/// Where the first `key:value` of the text ends: at a comma, but not at one between the quotes that
/// a value begins with. (k6 knows no way to name a value with a comma.)
std::size_t EndOfPart(std::string_view text) {
  const std::size_t comma = text.find(',');
  const std::size_t colon = text.find(':');
  if (comma == std::string_view::npos || colon > comma) return comma;
  const std::size_t begin = text.find_first_not_of(' ', colon + 1);
  if (begin > comma || (text[begin] != '"' && text[begin] != '\'')) return comma;
  const std::size_t end = text.find(text[begin], begin + 1);
  return end == std::string_view::npos ? comma : text.find(',', end);
}

std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t comma = EndOfPart(text);
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

struct KeyValue {
  std::string_view key, value;
};

KeyValue CutAtColon(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

std::string Bare(std::string_view text) {
  text = text::TrimGoSpace(text);
  const std::size_t first = text.find_first_not_of("\"'");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of("\"'") - first + 1));
}

std::vector<TagCondition> ReadConditions(std::string_view suffix) {
  std::map<std::string, std::string> by_key;
  for (const std::string_view part : Split(suffix)) {
    if (part.empty()) continue;
    const KeyValue pair = CutAtColon(part);
    by_key[Bare(pair.key)] = Bare(pair.value);
  }
  std::vector<TagCondition> conditions;
  for (const auto& [key, value] : by_key) conditions.push_back({key, value});
  return conditions;
}

}  // namespace

std::string SeriesName(std::string_view metric, std::string_view suffix) {
  std::string name(metric);
  if (!suffix.empty()) name.append("{").append(suffix).append("}");
  return name;
}

std::string Selector::Name() const { return SeriesName(metric, suffix); }

Result<Selector> ParseSelector(std::string_view text) {
  const std::size_t open = text.find('{');
  const std::size_t close = text.rfind('}');
  Selector selector;
  if (open == std::string_view::npos && close == std::string_view::npos) {
    selector.metric = text;
    return selector;
  }
  if (open == std::string_view::npos || close == std::string_view::npos) {
    return BadName(text, "has unmatched opening/close curly brace");
  }
  if (close < open) return BadName(text, "closing curly brace appears before opening one");
  if (close + 1 != text.size()) {
    return BadName(text, "lacks a closing curly brace in its last position");
  }
  const std::string_view inside = text.substr(open + 1, close - open - 1);
  for (const std::string_view part : Split(inside)) {
    if (!CutAtColon(part).value.empty()) continue;
    const bool continues =
        part.data() != inside.data() && !part.empty() && part.find(':') == std::string_view::npos;
    return BadName(part,
                   "tag expression is malformed" +
                       std::string(continues ? ": it is no TAG:VALUE; a value with a comma is "
                                               "written in quotes, as in {TAG:\"a,b\"}"
                                             : ""));
  }
  selector.metric = text.substr(0, open);
  selector.suffix = text::TrimGoSpace(inside);
  selector.conditions = ReadConditions(selector.suffix);
  return selector;
}

bool Matches(const std::vector<TagCondition>& conditions, const TagLookup& tags) {
  return std::all_of(conditions.begin(), conditions.end(), [&](const TagCondition& condition) {
    return tags(condition.key) == std::string_view(condition.value);
  });
}

}  // namespace loadctl::metrics
