#include "common/text/json_path.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <vector>

#include "common/text/json_path_parts.h"
#include "common/text/json_text.h"
#include "common/text/json_writer.h"
#include "common/text/number.h"

namespace loadctl::text {
namespace {

/// What a path leads to: a part of the JSON, or of what a modifier made of it. Empty: nothing.
using Found = std::string_view;

class Evaluation {
 public:
  explicit Evaluation(std::size_t size) : budget_(size) {}

  Found Get(std::string_view json, std::string_view path) {
    budget_.Spend(json.size() + path.size() + kWorkPerStep);
    if (++depth_ > kMaxNesting) too_deep_ = true;
    const Found found = refused() ? Found() : GetNested(json, path);
    --depth_;
    return refused() ? Found() : found;
  }
  [[nodiscard]] bool too_deep() const { return too_deep_; }
  [[nodiscard]] bool exhausted() const { return budget_.spent(); }

 private:
  static constexpr int kMaxNesting = 1000;  ///< of the path
  static constexpr std::size_t kWorkPerStep = 64, kPatternBytesAtOnce = 16;
  [[nodiscard]] bool refused() const { return too_deep_ || budget_.spent(); }

  /// How far one walk through nested containers has come.
  struct Walk {
    Found value;
    std::optional<std::string_view> pipe;  ///< a path for what is found in the end
  };

  std::string_view Keep(std::string text) {
    budget_.Spend(text.size());
    return kept_.emplace_back(std::move(text));
  }

  bool Meets(std::string_view text, std::string_view pattern) {
    budget_.Spend(text.size() * pattern.size() / kPatternBytesAtOnce);
    return !refused() && MatchesPattern(text, pattern);
  }

  Found GetNested(std::string_view json, std::string_view path) {
    if (path.size() > 1) {
      if (path[0] == '@') {
        if (const auto step = ParseModifier(path)) {
          auto made = Modify(
              step->name, json, step->argument,
              [this](std::string_view in, std::string_view of) {
                const Found found = Get(in, of);
                return found.empty() ? std::optional<std::string>()
                                     : std::optional<std::string>(found);
              },
              budget_);
          if (!made && !budget_.spent()) too_deep_ = true;
          return GoOn(Keep(std::move(made).value_or("")), step->rest);
        }
      } else if (path[0] == '!') {
        if (const auto step = ParseLiteral(path)) return GoOn(step->name, step->rest);
      } else if (const char kind = path[0]; kind == '[' || kind == '{') {
        const auto selection = ParseSelection(path);
        path = selection ? selection->rest : std::string_view();  // what gjson goes on with
        if (selection && (path.empty() || path[0] == '|' || path[0] == '.'))
          return Select(json, kind, *selection);
      }
    }
    Walk walk;
    if (path.substr(0, 2) == "..") {
      WalkElements(Lines(json), path.substr(2), walk);
    } else {
      WalkInto(json, path, walk);
    }
    return walk.pipe ? Get(walk.value, *walk.pipe) : walk.value;
  }

  Found GoOn(std::string_view json, std::string_view rest) {
    if (!rest.empty() && (rest[0] == '|' || rest[0] == '.')) return Get(json, rest.substr(1));
    const Kind kind = KindOf(json);
    if (kind == Kind::kNone) return {};
    return kind == Kind::kArray || kind == Kind::kObject ? json.substr(json.find_first_of("[{"))
                                                         : FirstValue(json);
  }

  Found Select(std::string_view json, char kind, const Selection& selection) {
    std::string made(1, kind);
    for (const auto& item : selection.items) {
      if (refused()) break;
      const Found found = Get(json, item.path);
      if (found.empty()) continue;
      if (made.size() > 1) made += ',';
      if (kind == '{') {
        const bool quoted = !item.name.empty() && item.name[0] == '"' && IsValid(item.name);
        made += quoted
                    ? std::string(item.name)
                    : JsonString(item.name.empty() ? NameOfItem(item.path) : std::string(item.name),
                                 JsonEscapes::kGoHtml);
        made += ':';
      }
      made += found;
    }
    made += kind == '[' ? ']' : '}';
    const std::string_view kept = Keep(std::move(made));
    return selection.rest.empty() ? kept : Get(kept, selection.rest.substr(1));
  }

  /// Values one after another, as an array.
  std::string_view Lines(std::string_view json) {
    std::string array = "[";
    for (std::string_view left = json; KindOf(left) != Kind::kNone;) {
      const std::string_view value = FirstValue(left);
      if (array.size() > 1) array += ',';
      array += value;
      left.remove_prefix(static_cast<std::size_t>(value.data() - left.data()) + value.size());
    }
    return Keep(array + "]");
  }

  /// True: the value that the path means was found, and nothing else is looked at.
  bool WalkInto(std::string_view json, std::string_view path, Walk& walk) {
    budget_.Spend(json.size());
    if (++depth_ > kMaxNesting) too_deep_ = true;
    bool hit = false;
    if (refused()) {
      hit = true;
    } else if (KindOf(json) == Kind::kObject) {
      hit = WalkMembers(json, path, walk);
    } else if (KindOf(json) == Kind::kArray) {
      hit = WalkElements(json, path, walk);
    }
    --depth_;
    return hit;
  }

  bool WalkMembers(std::string_view object, std::string_view path, Walk& walk) {
    const auto part = ParseMemberPart(path);
    if (!part.rest && part.pipe) walk.pipe = part.pipe;
    bool hit = false;
    ForEach(object, [&](std::string_view key, std::string_view value) {
      const std::string_view plain = key.size() < 2 ? key : key.substr(1, key.size() - 2);
      const bool escaped = plain.find('\\') != std::string_view::npos;
      const std::string name = escaped ? Unescape(plain) : std::string(plain);
      const bool meant = part.wild ? Meets(name, part.name) : name == part.name;
      if (refused()) return false;
      if (!meant) return true;
      if (part.rest) {
        hit = WalkInto(value, *part.rest, walk);
      } else {
        walk.value = value;
        hit = true;
      }
      return !hit;
    });
    return hit;
  }

  bool WalkElements(std::string_view array, std::string_view path, Walk& walk) {
    const auto part = ParseElementPart(path);
    if (!part.rest && part.pipe) walk.pipe = part.pipe;
    if (part.bad_query) return false;
    if (part.query) return WalkQuery(array, part, walk);
    if (part.hash) return part.only_hash && WalkAll(array, part, walk);
    if (!part.index) return false;
    std::size_t index = 0;
    std::optional<std::string_view> element;
    ForEach(array, [&](std::string_view, std::string_view value) {
      if (index++ == *part.index) element = value;
      return !element;
    });
    if (!element) return false;
    if (part.rest) return WalkInto(*element, *part.rest, walk);
    walk.value = *element;
    return true;
  }

  // `#`, the length, and `#.path`, what each element has there.
  bool WalkAll(std::string_view array, const ElementPart& part, Walk& walk) {
    if (!part.each) {
      std::size_t length = 0;
      ForEach(array, [&](std::string_view, std::string_view) { return ++length > 0; });
      walk.value = Keep(std::to_string(length));
      return true;
    }
    const auto split = SplitAtPipe(*part.each);
    if (split.right) walk.pipe = split.right;
    std::string found = "[";
    ForEach(array, [&](std::string_view, std::string_view value) {
      const Found of_element = Get(value, split.left);
      if (of_element.empty()) return !refused();
      if (found.size() > 1) found += ',';
      found += of_element;
      return true;
    });
    walk.value = Keep(found + "]");
    return true;
  }

  bool WalkQuery(std::string_view array, const ElementPart& part, Walk& walk) {
    const Query& query = *part.query;
    std::string all = "[";
    bool hit = false;
    ForEach(array, [&](std::string_view, std::string_view value) {
      if (!Matches(query, value)) return !refused();
      Found found = value;
      if (part.rest) {
        const auto split = SplitAtPipe(*part.rest);
        if (split.right) walk.pipe = split.right;
        found = Get(value, split.left);
      }
      if (!query.all) {
        walk.value = found;
        hit = true;
      } else if (!found.empty()) {
        if (all.size() > 1) all += ',';
        all += found;
      }
      return !hit;
    });
    if (query.all && walk.value.empty()) walk.value = Keep(all + "]");
    return hit;
  }

  bool Matches(const Query& query, std::string_view element) {
    Found value = element;
    const Kind kind = KindOf(element);
    if (kind == Kind::kArray || kind == Kind::kObject) {
      value = Get(element, query.path);
    } else if (!query.path.empty()) {
      return false;
    }
    if (query.value.empty() || query.value[0] != '~') return Compare(query.op, value, query.value);
    const auto ish = IsIsh(value, query.value.substr(1));
    return ish && Compare(query.op, *ish ? "true" : "false", "true");
  }

  /// `~true`, `~false`, `~null`, `~*`; nullopt for other words.
  static std::optional<bool> IsIsh(Found value, std::string_view word) {
    const Kind kind = KindOf(value);
    if (word == "*") return !value.empty();
    if (word == "null") return kind == Kind::kNone || kind == Kind::kNull;
    if (word != "true" && word != "false") return std::nullopt;
    std::optional<bool> is;  // what the value stands for, if it stands for one of the two
    if (kind == Kind::kTrue) is = true;
    if (kind == Kind::kFalse || kind == Kind::kNone || kind == Kind::kNull) is = false;
    if (kind == Kind::kNumber) is = ToNumber(value) != 0;
    if (kind == Kind::kString) {
      std::string text = Unquote(value);
      for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      }
      if (text == "1" || text == "t" || text == "true") is = true;
      if (text == "0" || text == "f" || text == "false") is = false;
    }
    return is && *is == (word == "true");
  }

  template <typename T>
  static bool CompareBy(std::string_view op, const T& a, const T& b) {
    if (op == "=") return a == b;
    if (op == "!=") return a != b;
    if (op == "<") return a < b;
    if (op == "<=") return a <= b;
    if (op == ">") return a > b;
    return op == ">=" && a >= b;
  }

  bool Compare(std::string_view op, Found value, std::string_view with) {
    if (value.empty()) return false;
    if (op.empty()) return true;
    switch (KindOf(value)) {
      case Kind::kString: {
        const std::string text = Unquote(value);
        if (op == "%") return Meets(text, with);
        if (op == "!%") return !Meets(text, with);
        return CompareBy(op, std::string_view(text), with);
      }
      case Kind::kNumber:
        return CompareBy(op, ToNumber(value), ToNumber(with));
      case Kind::kTrue:
        if (op == ">") return with == "false";
        return op == ">=" || (op == "=" && with == "true") || (op == "!=" && with != "true");
      case Kind::kFalse:
        if (op == "<") return with == "true";
        return op == "<=" || (op == "=" && with == "false") || (op == "!=" && with != "false");
      default:
        return false;
    }
  }

  std::deque<std::string> kept_;
  Budget budget_;
  int depth_ = 0;
  bool too_deep_ = false;
};

std::optional<std::string> AsJson(Found found) {
  switch (KindOf(found)) {
    case Kind::kNone:
      return std::nullopt;
    case Kind::kString:
      return JsonString(Unquote(FirstValue(found)), JsonEscapes::kGoHtml);
    case Kind::kTrue:
      return "true";
    case Kind::kFalse:
      return "false";
    case Kind::kNull:
      return "null";
    case Kind::kNumber: {
      if (IsValid(found)) return std::string(found);
      const double value = ToNumber(found);
      return JsNumber(value);
    }
    default:
      return std::string(FirstValue(found));
  }
}

}  // namespace

Result<std::optional<std::string>> FindByJsonPath(std::string_view json, std::string_view path) {
  Evaluation evaluation(json.size());
  const bool flat = !IsTooDeep(json);
  const Found found = flat ? evaluation.Get(json, path) : Found();
  if (!flat || evaluation.too_deep()) {
    return Fail("the JSON is nested deeper than " + std::to_string(kMaxDepth) +
                ", or the path into it too deep");
  }
  if (evaluation.exhausted()) return Fail("the path takes too many steps through this JSON");
  return AsJson(found);
}

}  // namespace loadctl::text
