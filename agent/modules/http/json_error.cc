#include "agent/modules/http/json_error.h"

#include <cstddef>
#include <string>
#include <vector>

#include "common/text/quote.h"
#include "common/text/utf8.h"

namespace loadctl::modules::http {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// A byte as Go quotes it: as the code point of that number.
std::string QuoteByte(char c) {
  if (c == '\'') return "'\\''";
  if (c == '"') return "'\"'";
  std::string text;
  loadctl::text::AppendUtf8(static_cast<unsigned char>(c), text);
  std::string quoted = loadctl::text::QuoteGo(text);
  quoted.front() = quoted.back() = '\'';
  return quoted;
}

/// Walks through a text by Go's scanner's rules until the first byte it refuses.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  /// False: `error` and `offset` (bytes read, the refused one included) say why.
  bool Run() {
    if (!Value()) return false;
    SkipSpace();
    return at_ == text_.size() || Refuse("after top-level value");
  }
  std::string error;
  std::size_t offset = 0;

 private:
  bool Refuse(std::string_view context) {
    if (at_ >= text_.size()) return End();
    error = "invalid character " + QuoteByte(text_[at_]) + " " + std::string(context);
    offset = at_ + 1;
    return false;
  }
  bool End() {
    error = "unexpected end of JSON input";
    offset = text_.size();
    return false;
  }
  /// Where the text ends inside a number or a word that Go completes with a space.
  bool RefuseInWord(std::string_view context) {
    if (at_ < text_.size()) return Refuse(context);
    error = "invalid character ' ' " + std::string(context);
    offset = text_.size();
    return false;
  }
  [[nodiscard]] bool Is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  [[nodiscard]] bool AtDigit() const { return at_ < text_.size() && IsDigit(text_[at_]); }
  void SkipSpace() {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
  }

  /// A value, with the arrays and objects it opens; no recursion, so any depth.
  bool Value() {
    std::vector<char> open;
    for (;;) {
      SkipSpace();
      if (at_ >= text_.size()) return End();
      const char c = text_[at_];
      if (c == '{' || c == '[') {
        ++at_;
        SkipSpace();
        open.push_back(c);
        if (open.size() > 10000) {
          error = "exceeded max depth";
          offset = at_;
          return false;
        }
        if (Is(c == '{' ? '}' : ']')) {
          ++at_;
          open.pop_back();
        } else {
          if (c == '{' && !Key()) return false;
          continue;
        }
      } else if (!Scalar(c)) {
        return false;
      }
      if (!AfterValue(open)) return error.empty();
    }
  }

  /// Closes what ends here. True: another value follows; false with no error: the text's value is
  /// complete.
  bool AfterValue(std::vector<char>& open) {
    while (!open.empty()) {
      SkipSpace();
      const bool object = open.back() == '{';
      if (Is(',')) {
        ++at_;
        SkipSpace();
        return !object || Key();
      }
      if (!Is(object ? '}' : ']'))
        return Refuse(object ? "after object key:value pair" : "after array element");
      ++at_;
      open.pop_back();
    }
    return false;
  }

  bool Key() {
    if (!Is('"')) return Refuse("looking for beginning of object key string");
    if (!Text()) return false;
    SkipSpace();
    if (!Is(':')) return Refuse("after object key");
    ++at_;
    return true;
  }

  bool Scalar(char c) {
    if (c == '"') return Text();
    if (c == 't') return Word("true");
    if (c == 'f') return Word("false");
    if (c == 'n') return Word("null");
    if (c == '-' || IsDigit(c)) return Number();
    return Refuse("looking for beginning of value");
  }

  bool Word(std::string_view word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      ++at_;
      if (!Is(word[i]))
        return RefuseInWord("in literal " + std::string(word) + " (expecting " +
                            QuoteByte(word[i]) + ")");
    }
    ++at_;
    return true;
  }

  bool Number() {
    if (Is('-')) ++at_;
    if (!AtDigit()) return RefuseInWord("in numeric literal");
    if (Is('0')) {
      ++at_;
    } else {
      while (AtDigit()) ++at_;
    }
    if (Is('.')) {
      ++at_;
      if (!AtDigit()) return RefuseInWord("after decimal point in numeric literal");
      while (AtDigit()) ++at_;
    }
    if (Is('e') || Is('E')) {
      ++at_;
      if (Is('+') || Is('-')) ++at_;
      if (!AtDigit()) return RefuseInWord("in exponent of numeric literal");
      while (AtDigit()) ++at_;
    }
    return true;
  }

  bool Text() {
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return Refuse("in string literal");
      if (c == '\\' && !Escape()) return false;
    }
    return End();
  }

  bool Escape() {
    ++at_;
    if (Is('u')) {
      for (int i = 0; i < 4; ++i) {
        ++at_;
        if (at_ >= text_.size() || !IsHex(text_[at_]))
          return RefuseInWord("in \\u hexadecimal character escape");
      }
      return true;
    }
    if (at_ >= text_.size() ||
        std::string_view("\"\\/bfnrt").find(text_[at_]) == std::string_view::npos)
      return RefuseInWord("in string escape code");
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string JsonErrorText(std::string_view text) {
  Scanner scanner(text);
  if (scanner.Run()) return "";
  // k6 counts lines from 1 and characters (not bytes) up to the refused one.
  const std::size_t last = scanner.offset > 0 ? scanner.offset - 1 : 0;
  std::size_t line = 1, character = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) == 0x80) continue;
    if (text[i] == '\n') {
      ++line;
      character = 0;
    } else {
      ++character;
    }
    if (i >= last) {
      if (text[i] == '\n') character = 1;
      break;
    }
  }
  return "cannot parse json due to an error at line " + std::to_string(line) + ", character " +
         std::to_string(character) + " , error: " + scanner.error;
}

}  // namespace loadctl::modules::http
