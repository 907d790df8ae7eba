// From HTML's bytes to tokens (HTML, 13.2.5), with x/net/html's results, which k6 shows.
// Not for what tokens mean (parser.h). One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "agent/html/draft.h"

namespace loadctl::html {

enum class TokenType : std::uint8_t {
  kEnd,
  kText,
  kStartTag,
  kEndTag,
  kComment,
  kDoctype,
};

struct Token {
  TokenType type = TokenType::kEnd;
  Tag tag = Tag::kUnknown;
  bool self_closing = false;
  Span name;              ///< of a tag, in lower case
  std::string_view data;  ///< of the others; valid until the next token is read
  std::vector<Attribute> attributes;
};

class Tokenizer final {
 public:
  /// `source` must outlive it; names and attributes go to `text`.
  Tokenizer(std::string_view source, TextPool& text) : source_(source), text_(text) {}
  void Next(Token& token);
  /// Whether `<![CDATA[` begins text, as it does in foreign content.
  void AllowCdata(bool allow) { allow_cdata_ = allow; }
  /// After <title> and its like in foreign content.
  void NextIsNotRawText() { raw_ = Tag::kUnknown; }

 private:
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  static constexpr int kEof = -1;

  int Byte();
  void Back() { --at_; }
  void SkipSpace();
  bool ReadRaw();
  bool ReadMarkup(Token& token);
  /// Goes behind the next `<`; false, and the end is reached, if there is none.
  bool PassAngle();
  void ReadRawUntilEndTag();
  bool ReadRawEndTag();
  enum class ScriptState : std::uint8_t { kData, kEscaped, kDoubleEscaped };
  void ReadScript();
  bool ReadInEscapedScript(int next, ScriptState& state);
  void ReadComment();
  [[nodiscard]] std::size_t EndOfAbruptComment() const;
  void ReadUntilAngle();
  void ReadDeclaration(Token& token);
  bool ReadWord(std::string_view word, bool any_case);
  bool ReadDoctype();
  bool ReadCdata();
  void ReadTag(Token& token, bool start);
  void ReadTagName();
  Range ReadKey();
  Range ReadValue();
  void AddAttribute(Token& token, Range key, Range value);
  void NameTag(Token& token);
  void GiveText(Token& token, TokenType type);

  std::string_view source_;
  TextPool& text_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;  ///< of the token
  Range data_;
  bool eof_ = false;
  bool text_is_raw_ = false;
  bool convert_nul_ = false;
  bool allow_cdata_ = false;
  Tag raw_ = Tag::kUnknown;  ///< the element whose end tag ends the text that comes
  std::string changed_;      ///< of a token's data, if it is not as in the source
  std::string lowered_;
  std::unordered_set<std::string> keys_;  ///< of a tag with many attributes
};

}  // namespace loadctl::html
