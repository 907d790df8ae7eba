#include "common/text/json_layout.h"

#include <cstddef>

namespace loadctl::text {
namespace {

constexpr std::size_t kDeepest = 1'000;
constexpr std::size_t kLongestNumber = 100;

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// Reads a text token by token; each Take...() says whether it was there.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  void SkipSpace() {
    while (at_ != end_ && IsSpace(*at_)) ++at_;
  }
  [[nodiscard]] bool ended() const { return at_ == end_; }
  [[nodiscard]] char next() const { return at_ == end_ ? '\0' : *at_; }
  [[nodiscard]] const char* place() const { return at_; }
  bool Take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool TakeWord(std::string_view word) {
    if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).substr(0, word.size()) != word)
      return false;
    at_ += word.size();
    return true;
  }
  bool TakeString() {
    if (!Take('"')) return false;
    while (at_ != end_) {
      const char c = *at_++;
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\' && !TakeEscape()) return false;
    }
    return false;
  }
  bool TakeNumber() {
    const char* const begin = at_;
    const bool negative = Take('-');
    if (!Take('0') && !TakeDigits()) return false;
    if (Take('.') && !TakeDigits()) return false;
    const char* const exponent = at_;
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      const char* const digits = at_;
      if (!TakeDigits() || at_ - digits > 2) return false;
    }
    if (static_cast<std::size_t>(at_ - begin) > kLongestNumber) return false;
    return !negative || !IsZero(begin, exponent);
  }
  bool TakeScalar() {
    switch (next()) {
      case '"':
        return TakeString();
      case 't':
        return TakeWord("true");
      case 'f':
        return TakeWord("false");
      case 'n':
        return TakeWord("null");
      default:
        return TakeNumber();
    }
  }

 private:
  bool TakeEscape() {
    if (at_ == end_) return false;
    const char c = *at_++;
    if (c != 'u') return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_ == end_ || !IsHex(*at_)) return false;
    }
    return true;
  }
  bool TakeDigits() {
    const char* const begin = at_;
    while (at_ != end_ && IsDigit(*at_)) ++at_;
    return at_ != begin;
  }
  static bool IsZero(const char* from, const char* to) {
    for (; from != to; ++from) {
      if (*from >= '1' && *from <= '9') return false;
    }
    return true;
  }

  const char* at_;
  const char* end_;
};

/// Behind a value of plain JSON.
void SkipValue(Tokens& tokens) {
  std::size_t depth = 0;
  do {
    tokens.SkipSpace();
    const char c = tokens.next();
    if (c == '[' || c == '{') {
      ++depth;
      tokens.Take(c);
    } else if (c == ']' || c == '}') {
      --depth;
      tokens.Take(c);
    } else if (c == ',' || c == ':') {
      tokens.Take(c);
    } else if (!tokens.TakeScalar()) {
      return;
    }
  } while (depth > 0);
}

/// A name and its colon.
bool TakeName(Tokens& tokens) {
  tokens.SkipSpace();
  if (!tokens.TakeString()) return false;
  tokens.SkipSpace();
  return tokens.Take(':');
}

}  // namespace

bool IsPlainJson(std::string_view text) {
  if (text.size() > UINT32_MAX) return false;
  Tokens tokens(text);
  std::vector<char> closers;  // of what is open
  for (;;) {
    tokens.SkipSpace();
    const char opener = tokens.next();
    bool value = true;  // has been read to its end
    if (opener == '[' || opener == '{') {
      tokens.Take(opener);
      closers.push_back(opener == '[' ? ']' : '}');
      if (closers.size() > kDeepest) return false;
      tokens.SkipSpace();
      value = tokens.next() == closers.back();
      if (!value && opener == '{' && !TakeName(tokens)) return false;
    } else if (!tokens.TakeScalar()) {
      return false;
    }
    while (value) {
      tokens.SkipSpace();
      if (closers.empty()) return tokens.ended();
      if (tokens.Take(closers.back())) {
        closers.pop_back();
        continue;
      }
      if (!tokens.Take(',')) return false;
      if (closers.back() == '}' && !TakeName(tokens)) return false;
      value = false;
    }
  }
}

char FirstOfJson(std::string_view text) {
  Tokens tokens(text);
  tokens.SkipSpace();
  return tokens.next();
}

std::vector<std::uint32_t> ElementsOfJson(std::string_view array) {
  std::vector<std::uint32_t> starts;
  Tokens tokens(array);
  tokens.SkipSpace();
  tokens.Take('[');
  do {
    tokens.SkipSpace();
    starts.push_back(static_cast<std::uint32_t>(tokens.place() - array.data()));
    if (tokens.next() == ']') break;  // of an empty one
    SkipValue(tokens);
    tokens.SkipSpace();
    if (tokens.next() == ']')
      starts.push_back(static_cast<std::uint32_t>(tokens.place() - array.data()));
  } while (tokens.Take(','));
  return starts;
}

std::string_view ElementOfJson(std::string_view array, std::uint32_t from, std::uint32_t to) {
  std::string_view element = array.substr(from, to - from);
  while (!element.empty() && IsSpace(element.back())) element.remove_suffix(1);
  if (!element.empty() && element.back() == ',') element.remove_suffix(1);
  while (!element.empty() && IsSpace(element.back())) element.remove_suffix(1);
  return element;
}

JsonMember MemberOfJson(std::string_view object, std::string_view name) {
  JsonMember found;
  Tokens tokens(object);
  tokens.SkipSpace();
  tokens.Take('{');
  do {
    tokens.SkipSpace();
    if (tokens.next() == '}') break;  // of an empty one
    const char* const begin = tokens.place() + 1;
    if (!tokens.TakeString()) break;
    const std::string_view written(begin, static_cast<std::size_t>(tokens.place() - 1 - begin));
    if (written.find('\\') != std::string_view::npos) return {false, {}};
    tokens.SkipSpace();
    tokens.Take(':');
    tokens.SkipSpace();
    const char* const value = tokens.place();
    SkipValue(tokens);
    if (written == name)
      found.value = std::string_view(value, static_cast<std::size_t>(tokens.place() - value));
    tokens.SkipSpace();
  } while (tokens.Take(','));
  return found;
}

}  // namespace loadctl::text
