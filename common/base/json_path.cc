#include "common/base/json_path.h"

#include <cmath>
#include <deque>
#include <vector>

#include "common/base/json_path_parts.h"
#include "common/base/json_text.h"

namespace loadctl {
namespace {

using json_text::Kind;
using json_text::KindOf;

/// What a path leads to: a part of the JSON, or of what a modifier made of it. Empty: nothing.
using Found = std::string_view;

class Evaluation {
 public:
  Found Get(std::string_view json, std::string_view path) {
    if (++depth_ > kMaxNesting) too_deep_ = true;
    const Found found = too_deep_ ? Found() : GetNested(json, path);
    --depth_;
    return too_deep_ ? Found() : found;
  }
  [[nodiscard]] bool too_deep() const { return too_deep_; }

 private:
  static constexpr int kMaxNesting = 1000;  ///< of the path

  /// How far one walk through nested containers has come.
  struct Walk {
    Found value;
    std::optional<std::string_view> pipe;  ///< a path for what is found in the end
  };

  std::string_view Keep(std::string text) { return kept_.emplace_back(std::move(text)); }

  Found GetNested(std::string_view json, std::string_view path) {
    if (path.size() > 1) {
      if (path[0] == '@') {
        if (const auto step = json_text::ParseModifier(path)) {
          auto made = json_text::Modify(step->name, json, step->argument,
                                        [this](std::string_view in, std::string_view of) {
                                          const Found found = Get(in, of);
                                          return found.empty() ? std::optional<std::string>()
                                                               : std::optional<std::string>(found);
                                        });
          if (!made) too_deep_ = true;
          return GoOn(Keep(std::move(made).value_or("")), step->rest);
        }
      } else if (path[0] == '!') {
        if (const auto step = json_text::ParseLiteral(path)) return GoOn(step->name, step->rest);
      } else if (const char kind = path[0]; kind == '[' || kind == '{') {
        const auto selection = json_text::ParseSelection(path);
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
                                                         : json_text::FirstValue(json);
  }

  Found Select(std::string_view json, char kind, const json_text::Selection& selection) {
    std::string made(1, kind);
    for (const auto& item : selection.items) {
      const Found found = Get(json, item.path);
      if (found.empty()) continue;
      if (made.size() > 1) made += ',';
      if (kind == '{') {
        const bool quoted =
            !item.name.empty() && item.name[0] == '"' && json_text::IsValid(item.name);
        made += quoted ? std::string(item.name)
                       : json_text::Quote(item.name.empty() ? json_text::NameOfItem(item.path)
                                                            : std::string(item.name));
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
      const std::string_view value = json_text::FirstValue(left);
      if (array.size() > 1) array += ',';
      array += value;
      left.remove_prefix(static_cast<std::size_t>(value.data() - left.data()) + value.size());
    }
    return Keep(array + "]");
  }

  /// True: the value that the path means was found, and nothing else is looked at.
  bool WalkInto(std::string_view json, std::string_view path, Walk& walk) {
    if (++depth_ > kMaxNesting) too_deep_ = true;
    bool hit = false;
    if (too_deep_) {
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
    const auto part = json_text::ParseMemberPart(path);
    if (!part.rest && part.pipe) walk.pipe = part.pipe;
    bool hit = false;
    json_text::ForEach(object, [&](std::string_view key, std::string_view value) {
      const std::string_view plain = key.size() < 2 ? key : key.substr(1, key.size() - 2);
      const bool escaped = plain.find('\\') != std::string_view::npos;
      const std::string name = escaped ? json_text::Unescape(plain) : std::string(plain);
      const bool meant = part.wild ? json_text::MatchesPattern(name, part.name) : name == part.name;
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
    const auto part = json_text::ParseElementPart(path);
    if (!part.rest && part.pipe) walk.pipe = part.pipe;
    if (part.bad_query) return false;
    if (part.query) return WalkQuery(array, part, walk);
    if (part.hash) return part.only_hash && WalkAll(array, part, walk);
    if (!part.index) return false;
    std::size_t index = 0;
    std::optional<std::string_view> element;
    json_text::ForEach(array, [&](std::string_view, std::string_view value) {
      if (index++ == *part.index) element = value;
      return !element;
    });
    if (!element) return false;
    if (part.rest) return WalkInto(*element, *part.rest, walk);
    walk.value = *element;
    return true;
  }

  // `#`, the length, and `#.path`, what each element has there.
  bool WalkAll(std::string_view array, const json_text::ElementPart& part, Walk& walk) {
    if (!part.each) {
      std::size_t length = 0;
      json_text::ForEach(array, [&](std::string_view, std::string_view) { return ++length > 0; });
      walk.value = Keep(std::to_string(length));
      return true;
    }
    const auto split = json_text::SplitAtPipe(*part.each);
    if (split.right) walk.pipe = split.right;
    std::string found = "[";
    json_text::ForEach(array, [&](std::string_view, std::string_view value) {
      const Found of_element = Get(value, split.left);
      if (of_element.empty()) return true;
      if (found.size() > 1) found += ',';
      found += of_element;
      return true;
    });
    walk.value = Keep(found + "]");
    return true;
  }

  bool WalkQuery(std::string_view array, const json_text::ElementPart& part, Walk& walk) {
    const json_text::Query& query = *part.query;
    std::string all = "[";
    bool hit = false;
    json_text::ForEach(array, [&](std::string_view, std::string_view value) {
      if (!Matches(query, value)) return true;
      Found found = value;
      if (part.rest) {
        const auto split = json_text::SplitAtPipe(*part.rest);
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

  bool Matches(const json_text::Query& query, std::string_view element) {
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
    if (kind == Kind::kNumber) is = json_text::ToNumber(value) != 0;
    if (kind == Kind::kString) {
      std::string text = json_text::Unquote(value);
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

  static bool Compare(std::string_view op, Found value, std::string_view with) {
    if (value.empty()) return false;
    if (op.empty()) return true;
    switch (KindOf(value)) {
      case Kind::kString: {
        const std::string text = json_text::Unquote(value);
        if (op == "%") return json_text::MatchesPattern(text, with);
        if (op == "!%") return !json_text::MatchesPattern(text, with);
        return CompareBy(op, std::string_view(text), with);
      }
      case Kind::kNumber:
        return CompareBy(op, json_text::ToNumber(value), json_text::ToNumber(with));
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
  int depth_ = 0;
  bool too_deep_ = false;
};

std::optional<std::string> AsJson(Found found) {
  switch (KindOf(found)) {
    case Kind::kNone:
      return std::nullopt;
    case Kind::kString:
      return json_text::Quote(json_text::Unquote(json_text::FirstValue(found)));
    case Kind::kTrue:
      return "true";
    case Kind::kFalse:
      return "false";
    case Kind::kNull:
      return "null";
    case Kind::kNumber: {
      if (json_text::IsValid(found)) return std::string(found);
      const double value = json_text::ToNumber(found);
      if (std::isnan(value)) return "NaN";
      if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
      char text[32];
      std::snprintf(text, sizeof text, "%.17g", value);
      return text;
    }
    default:
      return std::string(json_text::FirstValue(found));
  }
}

}  // namespace

Result<std::optional<std::string>> FindByJsonPath(std::string_view json, std::string_view path) {
  Evaluation evaluation;
  const bool flat = !json_text::IsTooDeep(json);
  const Found found = flat ? evaluation.Get(json, path) : Found();
  if (!flat || evaluation.too_deep()) {
    return Fail("the JSON is nested deeper than " + std::to_string(json_text::kMaxDepth) +
                ", or the path into it too deep");
  }
  return AsJson(found);
}

}  // namespace loadctl
