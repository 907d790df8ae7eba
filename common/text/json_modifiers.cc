// The modifiers of JSON paths: `@reverse`, `@keys`, ...
#include <algorithm>
#include <map>

#include "common/text/json_path_parts.h"
#include "common/text/json_text.h"
#include "common/text/json_writer.h"

namespace loadctl::text {
namespace {

using Text = std::optional<std::string>;

bool IsTrue(std::string_view value) {
  switch (KindOf(value)) {
    case Kind::kTrue:
      return true;
    case Kind::kNumber:
      return ToNumber(FirstValue(value)) != 0;
    case Kind::kString: {
      const std::string text = Unquote(FirstValue(value));
      return !text.empty() && text != "0" && text != "false";
    }
    default:
      return false;
  }
}

/// The member `name` of an argument such as `{"deep":true}`; "" if there is none.
std::string_view Argument(std::string_view argument, std::string_view name) {
  std::string_view found;
  ForEach(argument, [&](std::string_view key, std::string_view value) {
    if (Unquote(key) == name) found = value;
    return true;
  });
  return found;
}

std::string Joined(const std::vector<std::string>& parts, char open, char close) {
  std::string out(1, open);
  for (std::size_t i = 0; i < parts.size(); ++i) out += (i == 0 ? "" : ",") + parts[i];
  return out + close;
}

Text Reverse(std::string_view json) {
  const Kind kind = KindOf(json);
  if (kind != Kind::kArray && kind != Kind::kObject) return std::string(json);
  std::vector<std::string> parts;
  ForEach(json, [&](std::string_view key, std::string_view value) {
    parts.push_back((key.empty() ? "" : std::string(key) + ":") + std::string(value));
    return true;
  });
  std::reverse(parts.begin(), parts.end());
  return kind == Kind::kArray ? Joined(parts, '[', ']') : Joined(parts, '{', '}');
}

enum class Deep { kNo, kYes };

bool FlattenInto(std::string_view array, Deep deep, int depth, Budget& budget,
                 std::vector<std::string>& parts) {
  if (depth > kMaxDepth || !budget.Spend(array.size())) return false;
  bool ok = true;
  ForEach(array, [&](std::string_view, std::string_view value) {
    if (KindOf(value) != Kind::kArray || (depth > 0 && deep == Deep::kNo)) {
      parts.emplace_back(value);
    } else {
      ok = ok && FlattenInto(value, deep, depth + 1, budget, parts);
    }
    return ok;
  });
  return ok;
}

Text Flatten(std::string_view json, std::string_view argument, Budget& budget) {
  if (KindOf(json) != Kind::kArray) return std::string(json);
  std::vector<std::string> parts;
  const Deep deep = IsTrue(Argument(argument, "deep")) ? Deep::kYes : Deep::kNo;
  if (!FlattenInto(json, deep, 0, budget, parts)) return std::nullopt;
  return Joined(parts, '[', ']');
}

Text Keys(std::string_view json) {
  const Kind kind = KindOf(json);
  std::vector<std::string> parts;
  if (kind == Kind::kArray || kind == Kind::kObject) {
    ForEach(json, [&](std::string_view key, std::string_view) {
      parts.emplace_back(key.empty() ? "null" : key);
      return true;
    });
  } else if (kind != Kind::kNone) {
    parts.emplace_back("null");
  }
  return Joined(parts, '[', ']');
}

Text Values(std::string_view json) {
  const Kind kind = KindOf(json);
  if (kind == Kind::kArray) return std::string(json);
  std::vector<std::string> parts;
  if (kind == Kind::kObject) {
    ForEach(json, [&](std::string_view, std::string_view value) {
      parts.emplace_back(value);
      return true;
    });
  } else if (kind != Kind::kNone) {
    parts.emplace_back(FirstValue(json));
  }
  return Joined(parts, '[', ']');
}

Text Join(std::string_view json, std::string_view argument) {
  if (KindOf(json) != Kind::kArray) return std::string(json);
  const bool preserve = IsTrue(Argument(argument, "preserve"));
  std::vector<std::pair<std::string, std::string>> members;  // keys as they are written
  std::map<std::string, std::size_t> places;
  ForEach(json, [&](std::string_view, std::string_view object) {
    if (KindOf(object) != Kind::kObject) return true;
    ForEach(object, [&](std::string_view key, std::string_view value) {
      const auto [place, added] = places.try_emplace(Unquote(key), members.size());
      if (added || preserve) {
        members.emplace_back(key, value);
      } else {
        members[place->second].second = value;
      }
      return true;
    });
    return true;
  });
  std::vector<std::string> parts;
  for (const auto& [key, value] : members) parts.push_back(key + ":" + value);
  return Joined(parts, '{', '}');
}

Text FromString(std::string_view json) {
  if (!IsValid(json)) return "";
  switch (KindOf(json)) {
    case Kind::kString: {
      std::string text = Unquote(FirstValue(json));
      if (IsTooDeep(text)) return std::nullopt;
      return text;
    }
    case Kind::kNull:
      return "";
    default:
      return std::string(FirstValue(json));
  }
}

Text Group(std::string_view json) {
  if (KindOf(json) != Kind::kObject) return "";
  std::vector<std::vector<std::string>> groups;
  ForEach(json, [&](std::string_view key, std::string_view values) {
    if (KindOf(values) != Kind::kArray) return true;
    std::size_t index = 0;
    ForEach(values, [&](std::string_view, std::string_view value) {
      if (index == groups.size()) groups.emplace_back();
      groups[index++].push_back(std::string(key) + ":" + std::string(value));
      return true;
    });
    return true;
  });
  std::vector<std::string> parts;
  for (const auto& group : groups) parts.push_back(Joined(group, '{', '}'));
  return Joined(parts, '[', ']');
}

/// Finds `path` in the value and in all that it holds, the outer ones first.
bool DigInto(std::string_view json, std::string_view path, const Get& get, int depth,
             Budget& budget, std::vector<std::string>& found) {
  if (depth > kMaxDepth) return false;
  if (auto here = get(json, path)) found.push_back(std::move(*here));
  if (budget.spent()) return false;
  bool ok = true;
  ForEach(json, [&](std::string_view, std::string_view value) {
    ok = ok && DigInto(value, path, get, depth + 1, budget, found);
    return ok;
  });
  return ok;
}

std::string Ugly(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t i = 0; i < json.size();) {
    if (json[i] == '"') {
      const std::size_t end = EndOfString(json, i);
      out += json.substr(i, end - i);
      i = end;
    } else {
      if (static_cast<unsigned char>(json[i]) > ' ') out += json[i];
      ++i;
    }
  }
  return out;
}

/// Writes JSON over several lines, but arrays that hold no object and fit in one.
class Prettifier {
 public:
  Prettifier(std::string_view argument, Budget& budget) : budget_(budget) {
    const auto spaces = [&](std::string_view name, std::string& to) {
      const std::string_view value = Argument(argument, name);
      if (KindOf(value) != Kind::kString) return;
      to.clear();
      for (const char c : Unquote(value)) {
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') to += c;
      }
    };
    spaces("indent", indent_);
    spaces("prefix", prefix_);
    sort_keys_ = IsTrue(Argument(argument, "sortKeys"));
    if (const auto width = Argument(argument, "width"); KindOf(width) == Kind::kNumber)
      width_ = static_cast<long>(std::clamp(ToNumber(width), -1.0, 1e9));
  }

  Text Run(std::string_view json) {
    if (KindOf(json) == Kind::kNone) return "";
    out_ = prefix_;
    if (!Value(FirstValue(json), 0)) return std::nullopt;
    return out_ + "\n";
  }

 private:
  bool Value(std::string_view value, int depth) {
    // Twice: as part of what holds it, and alone.
    if (depth > kMaxDepth || !budget_.Spend(2 * value.size())) return false;
    const Kind kind = KindOf(value);
    if (kind == Kind::kObject) return Object(value, depth);
    if (kind == Kind::kArray) return Array(value, depth);
    out_ += value;
    return true;
  }

  void NewLine(int depth) {
    budget_.Spend(prefix_.size() + static_cast<std::size_t>(depth) * indent_.size());
    if (budget_.spent()) return;
    out_ += '\n';
    line_ = out_.size();
    out_ += prefix_;
    for (int i = 0; i < depth; ++i) out_ += indent_;
  }

  bool Object(std::string_view object, int depth) {
    std::vector<std::pair<std::string_view, std::string_view>> members;
    ForEach(object, [&](std::string_view key, std::string_view value) {
      members.emplace_back(key, value);
      return true;
    });
    if (sort_keys_) {
      std::stable_sort(members.begin(), members.end(), [](const auto& a, const auto& b) {
        return Unquote(a.first) < Unquote(b.first);
      });
    }
    out_ += '{';
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i > 0) out_ += ',';
      NewLine(depth + 1);
      out_ += std::string(members[i].first) + ": ";
      if (!Value(members[i].second, depth + 1)) return false;
    }
    if (!members.empty()) NewLine(depth);
    out_ += '}';
    return true;
  }

  bool Array(std::string_view array, int depth) {
    if (width_ > 0) {
      const auto room = width_ - static_cast<long>(out_.size() - line_);
      std::string line;
      if (room > 3 && OneLine(array, static_cast<std::size_t>(room), line)) {
        out_ += line;
        return true;
      }
    }
    bool ok = true;
    bool any = false;
    out_ += '[';
    ForEach(array, [&](std::string_view, std::string_view value) {
      if (any) out_ += ',';
      any = true;
      NewLine(depth + 1);
      ok = Value(value, depth + 1);
      return ok;
    });
    if (any) NewLine(depth);
    out_ += ']';
    return ok;
  }

  /// Adds the array as one line if it holds no object, and fits.
  static bool OneLine(std::string_view array, std::size_t room, std::string& line) {
    for (std::size_t i = 0; i < array.size() && line.size() <= room;) {
      const char c = array[i];
      const std::size_t end = c == '"' ? EndOfString(array, i) : i + 1;
      if (c == '{') return false;
      if (static_cast<unsigned char>(c) > ' ') line += array.substr(i, end - i);
      if (c == ',') line += ' ';
      i = end;
    }
    return line.size() <= room;
  }

  Budget& budget_;
  std::string out_, indent_ = "  ", prefix_;
  std::size_t line_ = 0;  ///< where the present line begins
  long width_ = 80;
  bool sort_keys_ = false;
};

}  // namespace

Text Modify(std::string_view name, std::string_view json, std::string_view argument, const Get& get,
            Budget& budget) {
  if (name == "this") return std::string(json);
  if (name == "reverse") return Reverse(json);
  if (name == "flatten") return Flatten(json, argument, budget);
  if (name == "join") return Join(json, argument);
  if (name == "keys") return Keys(json);
  if (name == "values") return Values(json);
  if (name == "valid") return IsValid(json) ? std::string(json) : "";
  if (name == "fromstr") return FromString(json);
  if (name == "tostr") return JsonString(json, JsonEscapes::kGoHtml);
  if (name == "group") return Group(json);
  if (name == "ugly") return Ugly(json);
  if (name == "pretty") return Prettifier(argument, budget).Run(json);
  std::vector<std::string> found;  // dig
  if (!DigInto(json, argument, get, 0, budget, found)) return std::nullopt;
  return Joined(found, '[', ']');
}

}  // namespace loadctl::text
