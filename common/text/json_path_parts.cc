#include "common/text/json_path_parts.h"

#include <algorithm>
#include <array>

#include "common/text/json_text.h"

namespace loadctl::text {
namespace {

constexpr std::array<std::string_view, 13> kModifiers = {
    "pretty", "ugly",   "reverse", "this",    "flatten", "join", "valid",
    "keys",   "values", "tostr",   "fromstr", "group",   "dig"};

bool IsModifier(std::string_view name) {
  return std::find(kModifiers.begin(), kModifiers.end(), name) != kModifiers.end();
}

/// After a dot: whether what follows is for the whole result, as behind a pipe.
bool ActsAsPipe(std::string_view rest) {
  if (rest.empty()) return false;
  if (rest[0] != '@') return rest[0] == '[' || rest[0] == '{';
  return IsModifier(rest.substr(1, rest.find_first_of(".|:") - 1));
}

/// Where quotes that are open at `at` (the character behind the first) are closed.
std::size_t EndOfQuotes(std::string_view path, std::size_t at) {
  while (at < path.size() && path[at] != '"') at += path[at] == '\\' ? 2 : 1;
  return std::min(at, path.size());
}

bool IsOperator(char c) { return std::string_view("!=<>%").find(c) != std::string_view::npos; }

/// The bounds of `#(...)`: where its operator begins (0: none), and where its bracket closes.
struct QueryBounds {
  std::size_t op = 0;
  std::size_t close = 0;
  bool escapes = false;
};

std::optional<QueryBounds> FindQueryBounds(std::string_view path) {
  QueryBounds bounds;
  int depth = 1;
  for (std::size_t i = 2; i < path.size(); ++i) {
    const char c = path[i];
    if (depth == 1 && bounds.op == 0 && IsOperator(c)) {
      bounds.op = i;
    } else if (c == '\\') {
      ++i;
    } else if (c == '[' || c == '(') {
      ++depth;
    } else if (c == ']' || c == ')') {
      if (--depth > 0) continue;
      bounds.close = i;
      return bounds;
    } else if (c == '"') {
      const std::size_t end = EndOfQuotes(path, i + 1);
      if (path.substr(i, end - i).find('\\') != std::string_view::npos) bounds.escapes = true;
      i = end;
    }
  }
  return std::nullopt;
}

/// `>= 5` → `>=` and the rest; `==` counts as `=`.
std::string_view TakeOperator(std::string_view& text) {
  std::size_t size = 1;
  if (text.size() > 1) {
    const std::string_view two = text.substr(0, 2);
    if (two == "==") text.remove_prefix(1);
    if (two == "!=" || two == "!%" || two == "<=" || two == ">=") size = 2;
    if (text[0] == '!' && size == 1) size = 0;
  }
  const std::string_view op = text.substr(0, size);
  text.remove_prefix(size);
  return op;
}

/// Reads the query at the beginning of `path`; `end` is behind it.
std::optional<Query> ParseQuery(std::string_view path, std::size_t& end) {
  const auto bounds = FindQueryBounds(path);
  if (!bounds) return std::nullopt;
  Query query;
  end = bounds->close + 1;
  if (bounds->op == 0) {
    query.path = Trim(path.substr(2, bounds->close - 2));
  } else {
    query.path = Trim(path.substr(2, bounds->op - 2));
    std::string_view value = Trim(path.substr(bounds->op, bounds->close - bounds->op));
    query.op = TakeOperator(value);
    value = Trim(value);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
      query.value = bounds->escapes ? Unescape(value) : std::string(value);
    } else {
      query.value = value;
    }
  }
  if (end < path.size() && path[end] == '#') query.all = true;
  return query;
}

/// Where a bracket of a query that is open at `at` is closed.
std::size_t EndOfBracket(std::string_view path, std::size_t at, char open, char close) {
  int depth = 1;
  for (; at < path.size(); ++at) {
    if (path[at] == '\\') {
      ++at;
    } else if (path[at] == open) {
      ++depth;
    } else if (path[at] == close) {
      if (--depth == 0) break;
    } else if (path[at] == '"') {
      at = EndOfQuotes(path, at + 1);
    }
  }
  return at;
}

}  // namespace

Pipe SplitAtPipe(std::string_view path) {
  if (path.find('|') == std::string_view::npos) return {path, std::nullopt};
  if (path[0] == '{') {
    const std::size_t end = EndOfGroup(path, 0, 0);
    if (end < path.size() && path[end] == '|') return {path.substr(0, end), path.substr(end + 1)};
    return {path, std::nullopt};
  }
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '|') return {path.substr(0, i), path.substr(i + 1)};
    if (path[i] == '\\') {
      ++i;
    } else if (path[i] == '.' && path.substr(i + 1, 1) == "#") {
      i += 2;
      if (i >= path.size()) break;
      if (path[i] == '[' || path[i] == '(')
        i = EndOfBracket(path, i + 1, path[i], path[i] == '[' ? ']' : ')');
    } else if (path[i] == '.' && i + 1 == path.size()) {
      break;
    }
  }
  return {path, std::nullopt};
}

MemberPart ParseMemberPart(std::string_view path) {
  MemberPart part;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (c == '|') {
      part.pipe = path.substr(i + 1);
      return part;
    }
    if (c == '.') {
      const std::string_view rest = path.substr(i + 1);
      (ActsAsPipe(rest) ? part.pipe : part.rest) = rest;
      return part;
    }
    if (c == '\\') {
      if (++i < path.size()) part.name += path[i];
      continue;
    }
    if (c == '*' || c == '?') part.wild = true;
    part.name += c;
  }
  return part;
}

ElementPart ParseElementPart(std::string_view path) {
  ElementPart part;
  std::size_t end = 0;
  for (; end < path.size(); ++end) {
    const char c = path[end];
    if (c == '|') {
      part.pipe = path.substr(end + 1);
      break;
    }
    if (c == '.') {
      const std::string_view rest = path.substr(end + 1);
      (!part.hash && ActsAsPipe(rest) ? part.pipe : part.rest) = rest;
      break;
    }
    if (c != '#') continue;
    part.hash = true;
    if (end != 0 || path.size() == 1) continue;
    if (path[1] == '.') {
      part.each = path.substr(2);
    } else if (path[1] == '[' || path[1] == '(') {
      std::size_t behind = 0;
      part.query = ParseQuery(path, behind);
      if (!part.query) {
        part.bad_query = true;
        return part;
      }
      end = behind - 1;
    }
  }
  const std::string_view name = path.substr(0, end);
  part.only_hash = name == "#";
  const bool digits = !name.empty() && name.size() < 16 &&
                      name.find_first_not_of("0123456789") == std::string_view::npos;
  if (digits) {
    std::size_t index = 0;
    for (const char c : name) index = index * 10 + static_cast<std::size_t>(c - '0');
    part.index = index;
  }
  return part;
}

std::optional<Selection> ParseSelection(std::string_view path) {
  Selection selection;
  int depth = 1;
  std::size_t start = 1, colon = 0;
  bool modifier = false;  // a colon then belongs to its argument
  const auto push = [&](std::size_t end) {
    if (colon == 0) {
      selection.items.push_back({"", path.substr(start, end - start)});
    } else {
      selection.items.push_back(
          {path.substr(start, colon - start), path.substr(colon + 1, end - colon - 1)});
    }
    start = end + 1;
    colon = 0;
    modifier = false;
  };
  for (std::size_t i = 1; i < path.size(); ++i) {
    switch (path[i]) {
      case '\\':
        ++i;
        break;
      case '@':
        if (path[i - 1] == '.' || path[i - 1] == '|') modifier = true;
        break;
      case ':':
        if (!modifier && colon == 0 && depth == 1) colon = i;
        break;
      case ',':
        if (depth == 1) push(i);
        break;
      case '"':
        i = EndOfQuotes(path, i + 1);
        break;
      case '[':
      case '(':
      case '{':
        ++depth;
        break;
      case ']':
      case ')':
      case '}':
        if (--depth > 0) break;
        push(i);
        selection.rest = path.substr(i + 1);
        return selection;
      default:
        break;
    }
  }
  return std::nullopt;
}

std::string NameOfItem(std::string_view path) {
  std::string_view last = path;
  for (std::size_t i = path.size(); i-- > 0;) {
    if (path[i] != '|' && path[i] != '.') continue;
    if (i > 0 && path[i - 1] == '\\') continue;
    last = path.substr(i + 1);
    break;
  }
  const bool simple = std::all_of(last.begin(), last.end(), [](char c) {
    return static_cast<unsigned char>(c) >= ' ' &&
           std::string_view("[]{}()#|!").find(c) == std::string_view::npos;
  });
  return simple ? std::string(last) : "_";
}

std::optional<Step> ParseModifier(std::string_view path) {
  Step step;
  const std::size_t end = std::min(path.find_first_of(":|."), path.size());
  step.name = path.substr(1, end - 1);
  if (!IsModifier(step.name)) return std::nullopt;
  step.rest = path.substr(end);
  if (step.rest.empty() || step.rest[0] != ':') return step;
  step.rest.remove_prefix(1);
  if (step.rest.empty()) return step;
  std::size_t size = 0;
  if (const char c = step.rest[0]; c == '{' || c == '[') {
    size = EndOfGroup(step.rest, 0, 0);
  } else if (c == '"') {
    size = EndOfString(step.rest, 0);
  } else {
    while (size < step.rest.size() && step.rest[size] != '|') {
      const char at = step.rest[size];
      size = at == '"'                             ? EndOfString(step.rest, size)
             : at == '{' || at == '[' || at == '(' ? EndOfGroup(step.rest, size, 0)
                                                   : size + 1;
    }
  }
  step.argument = step.rest.substr(0, size);
  step.rest.remove_prefix(size);
  return step;
}

std::optional<Step> ParseLiteral(std::string_view path) {
  const std::string_view name = path.substr(1);
  if (name.empty()) return std::nullopt;
  if (std::string_view("{[\"+-0123456789").find(name[0]) != std::string_view::npos) {
    // Whatever it is, gjson cuts it where brackets close, as if one were open before it.
    const std::size_t end = EndOfGroup(name, 1, 1);
    return Step{name.substr(0, end), "", name.substr(end)};
  }
  const std::size_t end = std::min(name.find_first_of("|."), name.size());
  std::string lower(name.substr(0, end));
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  for (const std::string_view word : {"true", "false", "null", "nan", "inf"}) {
    if (lower == word) return Step{name.substr(0, end), "", name.substr(end)};
  }
  return std::nullopt;
}

bool MatchesPattern(std::string_view text, std::string_view pattern) {
  const auto next = [&](std::size_t at) {  // the next character of UTF-8 text
    do {
      ++at;
    } while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80);
    return at;
  };
  std::size_t t = 0, p = 0;
  std::size_t star = std::string_view::npos, starred = 0;  // the last `*`, and what it took so far
  while (t < text.size()) {
    const bool escaped = p + 1 < pattern.size() && pattern[p] == '\\';
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      starred = t;
    } else if (p < pattern.size() && pattern[p] == '?') {
      t = next(t);
      ++p;
    } else if (p < pattern.size() && text[t] == pattern[p + (escaped ? 1 : 0)]) {
      ++t;
      p += escaped ? 2 : 1;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = starred = next(starred);
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

namespace {

// So that a path ends within a few seconds, whatever the JSON: small JSON may be looked at often,
// large JSON as often as its nesting asks for.
constexpr std::size_t kBaseWork = std::size_t{1} << 24, kWorkPerByte = 256;
constexpr std::size_t kMostWork = std::size_t{1} << 28, kLeastPerByte = 8;

}  // namespace

Budget::Budget(std::size_t json_size)
    : left_(std::max(std::min(kBaseWork + kWorkPerByte * json_size, kMostWork),
                     kLeastPerByte * json_size)) {}

bool Budget::Spend(std::size_t bytes) {
  if (bytes > left_) spent_ = true;
  left_ -= std::min(bytes, left_);
  return !spent_;
}

}  // namespace loadctl::text
