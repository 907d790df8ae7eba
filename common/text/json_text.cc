#include "common/text/json_text.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "common/text/utf8.h"

namespace loadctl::text {
namespace {

constexpr std::string_view kNumberStarts = "+-0123456789iIN";

bool IsSpace(char c) { return static_cast<unsigned char>(c) <= ' '; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int HexOf(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// The four hexadecimal digits at `at`, -1 if they are not there.
int Hex4(std::string_view text, std::size_t at) {
  if (text.size() < at + 4) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const int digit = HexOf(text[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

std::size_t SkipSpace(std::string_view text, std::size_t at) {
  while (at < text.size() && IsSpace(text[at])) ++at;
  return at;
}

/// Checks a text against the grammar, without recursion: any depth.
class Validator {
 public:
  explicit Validator(std::string_view text) : text_(text) {}

  bool Run() {
    if (!Value()) return false;
    Space();
    return at_ == text_.size();
  }

 private:
  void Space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) ++at_;
  }
  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool Word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  bool Digits() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
    return at_ > begin;
  }
  bool Number() {
    Take('-');
    if (!Take('0') && !Digits()) return false;
    if (Take('.') && !Digits()) return false;
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      return Digits();
    }
    return true;
  }
  bool String() {
    if (!Take('"')) return false;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < ' ') return false;
      if (c != '\\') continue;
      if (at_ >= text_.size()) return false;
      const char escaped = text_[at_++];
      if (escaped == 'u') {
        if (Hex4(text_, at_) < 0) return false;
        at_ += 4;
      } else if (std::string_view("\"\\/bfnrt").find(escaped) == std::string_view::npos) {
        return false;
      }
    }
    return false;
  }
  bool Key() {
    Space();
    if (!String()) return false;
    Space();
    return Take(':');
  }
  bool Scalar() {
    if (at_ >= text_.size()) return false;
    switch (text_[at_]) {
      case '"':
        return String();
      case 't':
        return Word("true");
      case 'f':
        return Word("false");
      case 'n':
        return Word("null");
      default:
        return Number();
    }
  }
  /// Opens what begins here; `scalar` if it was none of the two, and was taken.
  bool Open(bool& scalar) {
    scalar = false;
    if (Take('[')) {
      open_.push_back(']');
    } else if (Take('{')) {
      open_.push_back('}');
    } else {
      scalar = true;
      return Scalar();
    }
    return true;
  }
  /// After a value: closes what ends here, or goes on to the next value. False: not JSON.
  bool Next(bool first) {
    for (; !open_.empty(); first = false) {
      Space();
      if (Take(open_.back())) {
        open_.pop_back();
        continue;
      }
      if (!first && !Take(',')) return false;
      return open_.back() == ']' || Key();
    }
    return true;
  }
  bool Value() {
    do {
      Space();
      bool scalar = false;
      if (!Open(scalar) || !Next(!scalar)) return false;
    } while (!open_.empty());
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<char> open_;
};

}  // namespace

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

Kind KindOf(std::string_view text) {
  const std::size_t at = SkipSpace(text, 0);
  if (at == text.size()) return Kind::kNone;
  switch (text[at]) {
    case '{':
      return Kind::kObject;
    case '[':
      return Kind::kArray;
    case '"':
      return Kind::kString;
    case 't':
      return Kind::kTrue;
    case 'f':
      return Kind::kFalse;
    case 'n':
      return at + 1 < text.size() && text[at + 1] != 'u' ? Kind::kNumber : Kind::kNull;
    default:
      return kNumberStarts.find(text[at]) != std::string_view::npos ? Kind::kNumber : Kind::kNone;
  }
}

std::string_view FirstValue(std::string_view text) {
  const std::size_t at = SkipSpace(text, 0);
  return text.substr(at, EndOf(text, at) - at);
}

std::size_t EndOfString(std::string_view text, std::size_t at) {
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\') ++i;
  }
  return text.size();
}

std::size_t EndOfGroup(std::string_view text, std::size_t at, int depth) {
  while (at < text.size()) {
    switch (text[at]) {
      case '"':
        at = EndOfString(text, at);
        continue;
      case '{':
      case '[':
      case '(':
        ++depth;
        break;
      case '}':
      case ']':
      case ')':
        if (--depth == 0) return at + 1;
        break;
      default:
        break;
    }
    ++at;
  }
  return text.size();
}

bool IsTooDeep(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      i = EndOfString(text, i) - 1;
    } else if (text[i] == '{' || text[i] == '[') {
      if (++depth > kMaxDepth) return true;
    } else if (text[i] == '}' || text[i] == ']') {
      --depth;
    }
  }
  return false;
}

std::size_t EndOf(std::string_view text, std::size_t at) {
  if (at >= text.size()) return text.size();
  if (text[at] == '"') return EndOfString(text, at);
  if (text[at] == '{' || text[at] == '[') return EndOfGroup(text, at, 0);
  ++at;
  while (at < text.size() && !IsSpace(text[at]) &&
         std::string_view(",]}:").find(text[at]) == std::string_view::npos)
    ++at;
  return at;
}

void ForEach(std::string_view container, const EachValue& each) {
  const Kind kind = KindOf(container);
  if (kind != Kind::kArray && kind != Kind::kObject) return;
  std::size_t at = SkipSpace(container, 0) + 1;
  const auto skip = [&] {
    while (at < container.size() &&
           (IsSpace(container[at]) || container[at] == ',' || container[at] == ':'))
      ++at;
    return at < container.size() && container[at] != ']' && container[at] != '}';
  };
  const auto take = [&] {
    const std::size_t begin = at;
    at = EndOf(container, at);
    return container.substr(begin, at - begin);
  };
  while (skip()) {
    std::string_view key;
    if (kind == Kind::kObject) {
      key = take();
      if (!skip()) return;
    }
    if (!each(key, take())) return;
  }
}

std::string Unescape(std::string_view inner) {
  std::string out;
  out.reserve(inner.size());
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] != '\\' || i + 1 == inner.size()) {
      out += inner[i];
      continue;
    }
    constexpr std::string_view kFrom = "bfnrt";
    constexpr std::string_view kTo = "\b\f\n\r\t";
    const char c = inner[++i];
    if (const auto at = kFrom.find(c); at != std::string_view::npos) {
      out += kTo[at];
    } else if (c != 'u') {
      out += c;
    } else if (int code = Hex4(inner, i + 1); code < 0) {
      return out;
    } else {
      i += 4;
      const int low = inner.substr(i + 1, 2) == "\\u" ? Hex4(inner, i + 3) : -1;
      if (code >= 0xd800 && code <= 0xdbff && low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        i += 6;
      }
      AppendUtf8(static_cast<char32_t>(code), out);
    }
  }
  return out;
}

std::string Unquote(std::string_view quoted) {
  if (quoted.empty()) return "";
  quoted.remove_prefix(1);
  if (!quoted.empty() && quoted.back() == '"') quoted.remove_suffix(1);
  if (quoted.find('\\') == std::string_view::npos) return std::string(quoted);
  return Unescape(quoted);
}

double ToNumber(std::string_view text) {
  if (text.empty() || IsSpace(text.front())) return 0;
  const std::string copy(text);
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  return end == copy.c_str() + copy.size() ? value : 0;
}

bool IsValid(std::string_view text) { return Validator(text).Run(); }

}  // namespace loadctl::text
