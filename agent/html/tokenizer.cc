#include "agent/html/tokenizer.h"

#include <algorithm>
#include <utility>

#include "agent/html/character_references.h"

namespace loadctl::html {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool IsLetter(int c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsSpace(int c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f'; }
bool EndsName(int c) { return IsSpace(c) || c == '/' || c == '>'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

void Lower(std::string& text) {
  for (char& c : text) c = Lower(c);
}

/// \r and \r\n as \n.
void ConvertNewlines(std::string& text) {
  std::size_t to = 0;
  for (std::size_t from = 0; from < text.size(); ++from, ++to) {
    const bool cr = text[from] == '\r';
    if (cr && from + 1 < text.size() && text[from + 1] == '\n') ++from;
    text[to] = cr ? '\n' : text[from];
  }
  text.resize(to);
}

void ReplaceNul(std::string& text) {
  for (std::size_t at = 0; (at = text.find('\0', at)) != text.npos; at += kReplacement.size()) {
    text.replace(at, 1, kReplacement);
  }
}

}  // namespace

int Tokenizer::Byte() {
  if (at_ == source_.size()) {
    eof_ = true;
    return kEof;
  }
  return static_cast<unsigned char>(source_[at_++]);
}

void Tokenizer::SkipSpace() {
  if (eof_) return;
  for (;;) {
    const int c = Byte();
    if (c == kEof) return;
    if (!IsSpace(c)) return Back();
  }
}

void Tokenizer::Next(Token& token) {
  begin_ = at_;
  data_ = {at_, at_};
  token.attributes.clear();
  token.self_closing = false;
  token.tag = Tag::kUnknown;
  token.type = TokenType::kEnd;
  token.data = {};
  if (eof_) return;
  if (raw_ != Tag::kUnknown && ReadRaw()) return GiveText(token, TokenType::kText);
  text_is_raw_ = convert_nul_ = false;
  for (;;) {
    if (!PassAngle()) break;
    const int c = Byte();
    if (c == kEof) break;
    if (!IsLetter(c) && c != '/' && c != '!' && c != '?') {
      Back();
      continue;
    }
    if (begin_ < at_ - 2) {  // the text before it is a token of its own
      at_ -= 2;
      data_.end = at_;
      return GiveText(token, TokenType::kText);
    }
    if (ReadMarkup(token)) return;
    break;
  }
  if (begin_ == at_) return;
  data_.end = at_;
  GiveText(token, TokenType::kText);
}

/// What `<` and a letter, `/`, `!` or `?` begin; false: the document ended, and it is text.
bool Tokenizer::ReadMarkup(Token& token) {
  const int c = static_cast<unsigned char>(source_[at_ - 1]);
  if (IsLetter(c)) {
    ReadTag(token, true);
    return true;
  }
  if (c == '!') {
    ReadDeclaration(token);
    return true;
  }
  if (c == '/') {
    const int next = Byte();
    if (next == kEof) return false;
    if (next == '>') {  // </> is an empty comment to x/net/html
      GiveText(token, TokenType::kComment);
      return true;
    }
    if (IsLetter(next)) {
      ReadTag(token, false);
      return true;
    }
  }
  Back();
  ReadUntilAngle();
  GiveText(token, TokenType::kComment);
  return true;
}

// ---- text of <script>, <title> and their like

bool Tokenizer::ReadRaw() {
  if (raw_ == Tag::kPlaintext) {
    at_ = source_.size();
    eof_ = true;
    data_.end = at_;
    text_is_raw_ = true;
  } else if (raw_ == Tag::kScript) {
    ReadScript();
    data_.end = at_;
    text_is_raw_ = true;
    raw_ = Tag::kUnknown;
  } else {
    ReadRawUntilEndTag();
  }
  if (data_.end == data_.begin) return false;
  convert_nul_ = true;
  return true;
}

bool Tokenizer::PassAngle() {
  const std::size_t angle = source_.find('<', at_);
  eof_ = eof_ || angle == source_.npos;
  at_ = angle == source_.npos ? source_.size() : angle + 1;
  return angle != source_.npos;
}

void Tokenizer::ReadRawUntilEndTag() {
  for (;;) {
    if (!PassAngle()) break;
    const int c = Byte();
    if (c == kEof) break;
    if (c != '/') {
      Back();
      continue;
    }
    if (ReadRawEndTag() || eof_) break;
  }
  data_.end = at_;
  text_is_raw_ = raw_ != Tag::kTextarea && raw_ != Tag::kTitle;
  raw_ = Tag::kUnknown;
}

/// Behind `</`: whether the end tag of the raw element is there, which is then to be read again.
bool Tokenizer::ReadRawEndTag() {
  const std::string_view name = FactsOf(raw_).name;
  for (const char expected : name) {
    const int c = Byte();
    if (c == kEof) return false;
    if (Lower(static_cast<char>(c)) != expected) {
      Back();
      return false;
    }
  }
  const int c = Byte();
  if (c == kEof) return false;
  if (EndsName(c)) {
    at_ -= 3 + name.size();
    return true;
  }
  Back();
  return false;
}

/// Behind `<` in a comment in a script: an end tag, or <script>, which hides the next end tag;
/// false: the script ends here.
bool Tokenizer::ReadInEscapedScript(int next, ScriptState& state) {
  if (next == '/') return !ReadRawEndTag() && !eof_;
  Back();
  if (!IsLetter(next)) {
    state = ScriptState::kData;  // as x/net/html
    return true;
  }
  if (ReadWord("script", true)) {
    const int end = Byte();
    if (EndsName(end)) {
      state = ScriptState::kDoubleEscaped;
    } else if (end != kEof) {
      Back();
    }
  }
  return !eof_;
}

/// HTML, 13.2.5.15 to 13.2.5.31: an end tag hidden in a comment inside a script does not end it.
void Tokenizer::ReadScript() {
  ScriptState state = ScriptState::kData;
  int dashes = 0;
  for (;;) {
    if (state == ScriptState::kData) at_ = std::min(source_.find('<', at_), source_.size());
    const int c = Byte();
    if (c == kEof) return;
    if (c == '-') {
      dashes = std::min(dashes + 1, 2);
      continue;
    }
    const int before = std::exchange(dashes, 0);
    if (c == '>' && before == 2) {
      state = ScriptState::kData;
      continue;
    }
    if (c != '<') continue;
    const int next = Byte();
    if (next == kEof) return;
    if (state == ScriptState::kData) {
      if (next == '/') {
        if (ReadRawEndTag() || eof_) return;
      } else if (next == '!') {
        if (ReadWord("--", false)) {
          state = ScriptState::kEscaped;
          dashes = 2;
        }
        if (eof_) return;
      } else {
        Back();
      }
    } else if (state == ScriptState::kEscaped) {
      if (!ReadInEscapedScript(next, state)) return;
    } else if (next != '/') {
      Back();
    } else if (ReadRawEndTag()) {
      at_ += std::string_view("</script>").size();
      state = ScriptState::kEscaped;
    } else if (eof_) {
      return;
    }
  }
}

// ---- declarations and comments

void Tokenizer::ReadDeclaration(Token& token) {
  data_.begin = at_;
  const int first = Byte();
  const int second = first == kEof ? kEof : Byte();
  if (second == kEof) {
    data_.end = at_ - (first == '>' ? 1 : 0);
    return GiveText(token, TokenType::kComment);
  }
  if (first == '-' && second == '-') {
    ReadComment();
    return GiveText(token, TokenType::kComment);
  }
  at_ -= 2;
  if (ReadDoctype()) return GiveText(token, TokenType::kDoctype);
  if (allow_cdata_ && ReadCdata()) {
    convert_nul_ = true;
    return GiveText(token, TokenType::kText);
  }
  ReadUntilAngle();
  GiveText(token, TokenType::kComment);
}

void Tokenizer::ReadComment() {
  data_.begin = at_;
  int dashes = 0;
  bool beginning = true;
  const auto end = [&](std::size_t before) {
    data_.end = std::max(data_.begin, at_ < before ? 0 : at_ - before);
  };
  for (;;) {
    int c = Byte();
    if (c == '-') {
      ++dashes;
      continue;
    }
    if (c == '>' && (dashes >= 2 || beginning)) return end(3);
    if (c == '!' && dashes >= 2) {
      c = Byte();
      if (c == '>') return end(4);
      if (c == '-') {
        dashes = 1;
        beginning = false;
        continue;
      }
    }
    if (c == kEof) {
      data_.end = std::max(data_.begin, EndOfAbruptComment());
      return;
    }
    dashes = 0;
    beginning = false;
  }
}

std::size_t Tokenizer::EndOfAbruptComment() const {
  const std::string_view content =
      source_.substr(begin_ + std::string_view("<!--").size(), at_ - begin_ - 4);
  for (const std::string_view tail : {"--!", "--", "-"}) {
    if (content.ends_with(tail)) return at_ - tail.size();
  }
  return at_;
}

void Tokenizer::ReadUntilAngle() {
  data_.begin = at_;
  const std::size_t angle = source_.find('>', at_);
  eof_ = angle == source_.npos;
  data_.end = eof_ ? source_.size() : angle;
  at_ = eof_ ? source_.size() : angle + 1;
}

/// Whether the word is next. What differs from it is to be read again, and the end of the document
/// sets eof_.
bool Tokenizer::ReadWord(std::string_view word, bool any_case) {
  for (const char expected : word) {
    const int c = Byte();
    if (c == kEof) return false;
    const char given = static_cast<char>(c);
    if ((any_case ? Lower(given) : given) != expected) {
      Back();
      return false;
    }
  }
  return true;
}

bool Tokenizer::ReadDoctype() {
  if (!ReadWord("doctype", true)) {
    eof_ = false;
    at_ = data_.begin;
    return false;
  }
  SkipSpace();
  if (eof_) {
    data_ = {at_, at_};
    return true;
  }
  ReadUntilAngle();
  return true;
}

bool Tokenizer::ReadCdata() {
  if (!ReadWord("[CDATA[", false)) {
    eof_ = false;
    at_ = data_.begin;
    return false;
  }
  data_.begin = at_;
  const std::size_t end = source_.find("]]>", at_);
  eof_ = end == source_.npos;
  data_.end = eof_ ? source_.size() : end;
  at_ = eof_ ? source_.size() : end + 3;
  return true;
}

// ---- tags

void Tokenizer::ReadTag(Token& token, bool start) {
  token.type = TokenType::kEnd;  // of a tag cut off by the end, nothing is left
  keys_.clear();
  std::size_t last_value_end = 0;
  ReadTagName();
  SkipSpace();
  while (!eof_) {
    const int c = Byte();
    if (c == kEof || c == '>') break;
    Back();
    const Range key = ReadKey();
    const Range value = ReadValue();
    if (start && key.begin != key.end) {
      const std::size_t before = token.attributes.size();
      AddAttribute(token, key, value);
      if (token.attributes.size() > before) last_value_end = value.end;
    }
    SkipSpace();
  }
  if (eof_) return;
  NameTag(token);
  token.type = start ? TokenType::kStartTag : TokenType::kEndTag;
  if (!start) return;
  if (FactsOf(token.tag).raw) raw_ = token.tag;
  // `<p a=/>` does not close itself.
  token.self_closing =
      source_[at_ - 2] == '/' && (token.attributes.empty() || at_ - 2 != last_value_end - 1);
}

void Tokenizer::ReadTagName() {
  data_.begin = at_ - 1;
  for (;;) {
    const int c = Byte();
    if (c == kEof || EndsName(c)) {
      data_.end = c == kEof ? at_ : at_ - 1;
      if (c == '/' || c == '>') Back();
      return;
    }
  }
}

void Tokenizer::NameTag(Token& token) {
  lowered_.assign(source_.substr(data_.begin, data_.end - data_.begin));
  Lower(lowered_);
  if (lowered_.find('\0') != lowered_.npos) ReplaceNul(lowered_);
  token.tag = FindTag(lowered_);
  token.name = token.tag == Tag::kUnknown ? text_.Add(lowered_) : text_.NameOf(token.tag);
}

Tokenizer::Range Tokenizer::ReadKey() {
  Range key{at_, at_};
  for (;;) {
    const int c = Byte();
    if (c == kEof) {
      key.end = at_;
      return key;
    }
    if (c == '=' && key.begin + 1 == at_) continue;  // 13.2.5.32: it begins a name
    if (c == '=' || EndsName(c)) {
      Back();
      key.end = at_;
      return key;
    }
  }
}

Tokenizer::Range Tokenizer::ReadValue() {
  Range value{at_, at_};
  SkipSpace();
  const int equals = eof_ ? kEof : Byte();
  if (equals == kEof || equals == '/') return value;
  if (equals != '=') {
    Back();
    return value;
  }
  SkipSpace();
  const int quote = eof_ ? kEof : Byte();
  if (quote == kEof) return value;
  if (quote == '>') {
    Back();
    return value;
  }
  if (quote == '\'' || quote == '"') {
    value.begin = at_;
    const std::size_t end = source_.find(static_cast<char>(quote), at_);
    eof_ = end == source_.npos;
    value.end = eof_ ? source_.size() : end;
    at_ = eof_ ? source_.size() : end + 1;
    return value;
  }
  value.begin = at_ - 1;
  for (;;) {
    const int c = Byte();
    if (c == kEof || IsSpace(c) || c == '>') {
      value.end = c == kEof ? at_ : at_ - 1;
      if (c == '>') Back();
      return value;
    }
  }
}

void Tokenizer::AddAttribute(Token& token, Range key, Range value) {
  lowered_.assign(source_.substr(key.begin, key.end - key.begin));
  Lower(lowered_);
  // The first of a name counts. Tags of hostile documents have very many.
  constexpr std::size_t kFew = 16;
  const std::size_t count = token.attributes.size();
  if (count < kFew) {
    for (const Attribute& one : token.attributes) {
      if (text_.Get(one.key) == lowered_) return;
    }
  } else {
    if (keys_.empty()) {
      for (const Attribute& one : token.attributes) keys_.emplace(text_.Get(one.key));
    }
    if (!keys_.insert(lowered_).second) return;
  }
  if (lowered_.find('\0') != lowered_.npos) ReplaceNul(lowered_);
  Attribute& added = token.attributes.emplace_back();
  added.key = text_.Add(lowered_);
  const std::string_view given = source_.substr(value.begin, value.end - value.begin);
  if (given.find_first_of(std::string_view("\0\r&", 3)) == given.npos) {
    added.value = text_.Add(given);
    return;
  }
  changed_.assign(given);
  ReplaceNul(changed_);
  ConvertNewlines(changed_);
  const std::uint32_t begin = text_.end();
  AppendUnescaped(changed_, true, text_.bytes());
  added.value = {begin, text_.end() - begin};
}

// ---- the token's text

void Tokenizer::GiveText(Token& token, TokenType type) {
  token.type = type;
  token.data = source_.substr(data_.begin, data_.end - data_.begin);
  const bool nul = convert_nul_ || type == TokenType::kComment;
  const std::string_view changing =
      text_is_raw_ ? std::string_view("\0\r", 2) : std::string_view("\0\r&", 3);
  if (token.data.find_first_of(changing) == token.data.npos) return;
  changed_.assign(token.data);
  ConvertNewlines(changed_);
  if (nul) ReplaceNul(changed_);
  if (!text_is_raw_ && changed_.find('&') != changed_.npos) {
    lowered_.clear();
    AppendUnescaped(changed_, false, lowered_);
    changed_.swap(lowered_);
  }
  token.data = changed_;
}

}  // namespace loadctl::html
