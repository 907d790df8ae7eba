// The syntax of selectors, as cascadia 1.3 reads it.
#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "agent/html/selector.h"
#include "agent/html/text_case.h"
#include "common/text/utf8.h"

namespace loadctl::html {

class SelectorParser {
 public:
  explicit SelectorParser(std::string_view text) : text_(text) {}

  Result<Selector> Whole() {
    LOADCTL_TRY(Selector parsed, Group());
    if (at_ < text_.size()) return Fail(std::to_string(text_.size() - at_) + " bytes left over");
    return parsed;
  }

 private:
  static constexpr std::size_t kMostCompounds = 256;
  static constexpr int kDeepest = 32;
  using Kind = Simple::Kind;

  [[nodiscard]] bool Ended() const { return at_ >= text_.size(); }
  [[nodiscard]] char Here() const { return Ended() ? '\0' : text_[at_]; }
  bool Take(char c) {
    if (Ended() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Result<Selector> Group() {
    if (++depth_ > kDeepest) return Fail("selectors are nested too deep");
    Selector group;
    do {
      LOADCTL_TRY(auto one, One());
      group.group_.push_back(std::move(one));
    } while (Take(','));
    --depth_;
    return group;
  }

  Result<std::vector<Compound>> One() {
    std::vector<Compound> compounds;
    SkipSpace();
    char combinator = 0;
    for (;;) {
      LOADCTL_TRY(Compound compound, Sequence());
      compound.combinator = combinator;
      compounds.push_back(std::move(compound));
      if (compounds.size() > kMostCompounds) return Fail("a selector of more than 256 elements");
      combinator = SkipSpace() ? ' ' : '\0';
      if (Ended()) return compounds;
      const char here = Here();
      if (here == '+' || here == '>' || here == '~') {
        combinator = here;
        ++at_;
        SkipSpace();
      } else if (here == ',' || here == ')') {
        return compounds;
      }
      if (combinator == 0) return compounds;
    }
  }

  Result<Compound> Sequence() {
    Compound compound;
    if (Ended()) return Fail("expected selector, found EOF instead");
    const char first = Here();
    if (first == '*') {
      ++at_;
      if (at_ + 2 < text_.size() && text_.substr(at_, 2) == "|*") at_ += 2;
    } else if (first != '#' && first != '.' && first != '[' && first != ':') {
      LOADCTL_TRY(std::string name, Identifier());
      compound.all.push_back(Of(Kind::kTag, LowerAscii(name)));
    }
    for (;;) {
      const char here = Here();
      if (here == '#') {
        ++at_;
        LOADCTL_TRY(std::string id, Name());
        compound.all.push_back(Of(Kind::kId, std::move(id)));
      } else if (here == '.') {
        ++at_;
        LOADCTL_TRY(std::string name, Identifier());
        compound.all.push_back(Of(Kind::kClass, std::move(name)));
      } else if (here == '[') {
        LOADCTL_TRY(Simple attribute, AttributeSelector());
        compound.all.push_back(std::move(attribute));
      } else if (here == ':') {
        LOADCTL_TRY(Simple pseudo, PseudoClass());
        compound.all.push_back(std::move(pseudo));
      } else {
        compound.universal = compound.all.empty();
        return compound;
      }
    }
  }

  static Simple Of(Kind kind, std::string name = {}) {
    Simple simple;
    simple.kind = kind;
    simple.name = std::move(name);
    return simple;
  }

  // ---- names, texts, patterns

  static bool IsHex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }
  static bool StartsName(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) > 127;
  }
  static bool IsNameCharacter(char c) {
    return StartsName(c) || c == '-' || (c >= '0' && c <= '9');
  }

  Result<std::string> Escape() {
    if (text_.size() < at_ + 2) return Fail("invalid escape sequence");
    const std::size_t start = at_ + 1;
    const char c = text_[start];
    if (c == '\r' || c == '\n' || c == '\f') return Fail("escaped line ending outside string");
    if (!IsHex(c)) {
      at_ += 2;
      return std::string(1, c);
    }
    std::size_t end = start;
    while (end < start + 6 && end < text_.size() && IsHex(text_[end])) ++end;
    std::uint32_t code = 0;
    std::from_chars(text_.data() + start, text_.data() + end, code, 16);
    if (end < text_.size() && text_[end] == '\r') {
      ++end;
      if (end < text_.size() && text_[end] == '\n') ++end;
    } else if (end < text_.size() && (text_[end] == ' ' || text_[end] == '\t' ||
                                      text_[end] == '\n' || text_[end] == '\f')) {
      ++end;
    }
    at_ = end;
    std::string character;
    text::AppendUtf8(code, character);
    return character;
  }

  Result<std::string> Name() {
    std::string name;
    while (!Ended()) {
      if (IsNameCharacter(Here())) {
        name += text_[at_++];
      } else if (Here() == '\\') {
        LOADCTL_TRY(const std::string escaped, Escape());
        name += escaped;
      } else {
        break;
      }
    }
    if (name.empty()) return Fail("expected name, found EOF instead");
    return name;
  }

  Result<std::string> Identifier() {
    std::string dashes;
    while (Take('-')) dashes += '-';
    if (Ended()) return Fail("expected identifier, found EOF instead");
    if (!StartsName(Here()) && Here() != '\\')
      return Fail(std::string("expected identifier, found ") + Here() + " instead");
    LOADCTL_TRY(const std::string name, Name());
    return dashes + name;
  }

  Result<std::string> Quoted() {
    if (text_.size() < at_ + 2) return Fail("expected string, found EOF instead");
    const char quote = text_[at_++];
    std::string value;
    while (!Ended() && Here() != quote) {
      const char c = Here();
      if (c == '\r' || c == '\n' || c == '\f') return Fail("unexpected end of line in string");
      if (c != '\\') {
        value += text_[at_++];
        continue;
      }
      const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
      if (next == '\r' || next == '\n' || next == '\f') {
        at_ += next == '\r' && at_ + 2 < text_.size() && text_[at_ + 2] == '\n' ? 3 : 2;
        continue;
      }
      LOADCTL_TRY(const std::string escaped, Escape());
      value += escaped;
    }
    if (!Take(quote)) return Fail("EOF in string");
    return value;
  }

  Result<std::string> QuotedOrIdentifier() {
    return Here() == '"' || Here() == '\'' ? Quoted() : Identifier();
  }

  Result<std::shared_ptr<const re2::RE2>> Pattern() {
    if (text_.size() < at_ + 2) return Fail("expected regular expression, found EOF instead");
    std::size_t end = at_;
    for (int open = 0; end < text_.size(); ++end) {
      const char c = text_[end];
      if (c == '(' || c == '[') ++open;
      if ((c == ')' || c == ']') && --open < 0) break;
    }
    if (end >= text_.size()) return Fail("EOF in regular expression");
    re2::RE2::Options options;
    options.set_log_errors(false);
    const std::string_view text = text_.substr(at_, end - at_);
    auto pattern =
        std::make_shared<const re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
    if (!pattern->ok()) return Fail("error parsing regexp: " + pattern->error());
    at_ = end;
    return pattern;
  }

  bool SkipSpace() {
    const std::size_t begin = at_;
    while (!Ended()) {
      if (std::string_view(" \t\r\n\f").find(Here()) != std::string_view::npos) {
        ++at_;
        continue;
      }
      const std::size_t end = text_.substr(at_, 2) == "/*" ? text_.find("*/", at_ + 2) : text_.npos;
      if (end == text_.npos) break;
      at_ = end + 2;
    }
    return at_ > begin;
  }
  bool OpenParenthesis() {
    if (!Take('(')) return false;
    SkipSpace();
    return true;
  }
  Result<void> CloseParenthesis() {
    SkipSpace();
    if (!Take(')')) return Fail("expected ')' but didn't find it");
    return {};
  }

  // ---- [attribute]

  Result<Simple> AttributeSelector() {
    constexpr const char* kEnded = "unexpected EOF in attribute selector";
    ++at_;
    SkipSpace();
    LOADCTL_TRY(const std::string key, Identifier());
    Simple simple = Of(Kind::kAttribute, LowerAscii(key));
    SkipSpace();
    if (Ended()) return Fail(kEnded);
    if (Take(']')) return simple;
    if (at_ + 2 >= text_.size()) return Fail(kEnded);
    const char first = text_[at_];
    if (first != '=' && text_[at_ + 1] != '=') return Fail("expected equality operator");
    simple.operation = first;
    at_ += first == '=' ? 1 : 2;
    SkipSpace();
    if (Ended()) return Fail(kEnded);
    if (simple.operation == '#') {
      LOADCTL_TRY(simple.pattern, Pattern());
    } else {
      LOADCTL_TRY(simple.value, QuotedOrIdentifier());
    }
    SkipSpace();
    if (Ended()) return Fail(kEnded);
    simple.ignore_case = Take('i') || Take('I');
    SkipSpace();
    if (Ended()) return Fail(kEnded);
    if (!Take(']')) return Fail("expected ']'");
    if (std::string_view("=!~|^$*#").find(simple.operation) == std::string_view::npos)
      return Fail("attribute operator is not supported");
    return simple;
  }

  // ---- :pseudo-class

  Result<Simple> PseudoClass() {
    ++at_;
    if (Ended()) return Fail("got empty pseudoclass (or pseudoelement)");
    if (Take(':')) return Fail("pseudo-elements are not supported");
    LOADCTL_TRY(const std::string given, Identifier());
    const std::string name = LowerAscii(given);
    if (name == "not") return Relative(Kind::kNot);
    if (name == "has") return Relative(Kind::kHas);
    if (name == "haschild") return Relative(Kind::kHasChild);
    if (name == "contains" || name == "containsown") return Contains(name == "containsown");
    if (name == "matches" || name == "matchesown") return MatchesText(name == "matchesown");
    if (name == "nth-child") return Nth(false, false);
    if (name == "nth-last-child") return Nth(true, false);
    if (name == "nth-of-type") return Nth(false, true);
    if (name == "nth-last-of-type") return Nth(true, true);
    if (name == "lang") return Lang();
    return Plain(name);
  }

  static Result<Simple> Plain(const std::string& name) {
    struct Row {
      std::string_view name;
      Kind kind;
      bool last = false;
      bool of_type = false;
    };
    static constexpr Row kRows[] = {
        {"first-child", Kind::kNth},
        {"last-child", Kind::kNth, true},
        {"first-of-type", Kind::kNth, false, true},
        {"last-of-type", Kind::kNth, true, true},
        {"only-child", Kind::kOnlyChild},
        {"only-of-type", Kind::kOnlyChild, false, true},
        {"input", Kind::kInput},
        {"empty", Kind::kEmpty},
        {"root", Kind::kRoot},
        {"link", Kind::kLink},
        {"enabled", Kind::kEnabled},
        {"disabled", Kind::kDisabled},
        {"checked", Kind::kChecked},
        {"visited", Kind::kNever},
        {"hover", Kind::kNever},
        {"active", Kind::kNever},
        {"focus", Kind::kNever},
        {"target", Kind::kNever},
    };
    for (const Row& row : kRows) {
      if (row.name != name) continue;
      Simple simple = Of(row.kind);
      simple.b = 1;
      simple.last = row.last;
      simple.of_type = row.of_type;
      return simple;
    }
    return Fail("unknown pseudoclass or pseudoelement :" + name);
  }

  Result<Simple> Relative(Kind kind) {
    if (!OpenParenthesis()) return Fail("expected '(' but didn't find it");
    LOADCTL_TRY(Selector inner, Group());
    LOADCTL_CHECK_OK(CloseParenthesis());
    Simple simple = Of(kind);
    simple.inner = std::make_shared<const Selector>(std::move(inner));
    return simple;
  }

  Result<Simple> Contains(bool own) {
    if (!OpenParenthesis()) return Fail("expected '(' but didn't find it");
    if (Ended()) return Fail("unmatched '('");
    Simple simple = Of(Kind::kContains);
    simple.own = own;
    LOADCTL_TRY(const std::string value, QuotedOrIdentifier());
    simple.value = ToLower(value);
    LOADCTL_CHECK_OK(CloseParenthesis());
    return simple;
  }

  Result<Simple> MatchesText(bool own) {
    if (!OpenParenthesis()) return Fail("expected '(' but didn't find it");
    Simple simple = Of(Kind::kMatches);
    simple.own = own;
    LOADCTL_TRY(simple.pattern, Pattern());
    LOADCTL_CHECK_OK(CloseParenthesis());
    return simple;
  }

  Result<Simple> Lang() {
    if (!OpenParenthesis()) return Fail("expected '(' but didn't find it");
    if (Ended()) return Fail("unmatched '('");
    LOADCTL_TRY(const std::string value, Identifier());
    LOADCTL_CHECK_OK(CloseParenthesis());
    Simple simple = Of(Kind::kLang);
    simple.value = ToLower(value);
    return simple;
  }

  Result<Simple> Nth(bool last, bool of_type) {
    if (!OpenParenthesis()) return Fail("expected '(' but didn't find it");
    Simple simple = Of(Kind::kNth);
    simple.last = last;
    simple.of_type = of_type;
    LOADCTL_CHECK_OK(Step(simple.a, simple.b));
    LOADCTL_CHECK_OK(CloseParenthesis());
    return simple;
  }

  Result<std::int64_t> Integer() {
    const std::size_t begin = at_;
    while (!Ended() && Here() >= '0' && Here() <= '9') ++at_;
    std::int64_t value = 0;
    const auto read = std::from_chars(text_.data() + begin, text_.data() + at_, value);
    if (begin == at_ || read.ec != std::errc()) return Fail("expected integer, but didn't find it");
    return value;
  }

  /// an+b, odd, even.
  Result<void> Step(std::int64_t& a, std::int64_t& b) {
    const char first = Here();
    if (first == 'o' || first == 'O' || first == 'e' || first == 'E') {
      LOADCTL_TRY(const std::string given, Name());
      const std::string word = LowerAscii(given);
      if (word != "odd" && word != "even") return Fail("expected 'odd' or 'even'");
      a = 2;
      b = word == "odd" ? 1 : 0;
      return {};
    }
    const std::int64_t sign = first == '-' ? -1 : 1;
    if (first == '-' || first == '+') ++at_;
    const bool digit = Here() >= '0' && Here() <= '9';
    a = sign;
    if (digit) {
      LOADCTL_TRY(const std::int64_t number, Integer());
      a = sign * number;
    }
    if (Ended()) return Fail("unexpected EOF while attempting to parse expression of form an+b");
    if (!Take('n') && !Take('N')) {
      if (!digit)
        return Fail("unexpected character while attempting to parse expression of form an+b");
      b = std::exchange(a, 0);
      return {};
    }
    SkipSpace();
    if (Ended()) return Fail("unexpected EOF while attempting to parse expression of form an+b");
    b = 0;
    const char then = Here();
    if (then != '+' && then != '-') return {};
    ++at_;
    SkipSpace();
    LOADCTL_TRY(const std::int64_t number, Integer());
    b = then == '-' ? -number : number;
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

Result<Selector> Selector::Parse(std::string_view text) { return SelectorParser(text).Whole(); }

}  // namespace loadctl::html
