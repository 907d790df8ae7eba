// Names of elements that parsing and selecting know, and what is special about each.
// Constant: any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace loadctl::html {

enum class Tag : std::uint8_t {
  kUnknown,
#define TAG(name, text, special, breakout, raw, start, end) name,
#include "agent/html/tags.inc"
#undef TAG
  kCount,
};

/// What a start tag does in the body (HTML, 13.2.6.4.7).
enum class BodyStart : std::uint8_t {
  kOther,
  kHtml,
  kInHead,
  kBody,
  kFrameset,
  kBlock,
  kHeading,
  kPre,
  kForm,
  kListItem,
  kDefinition,
  kPlaintext,
  kButton,
  kAnchor,
  kFormatting,
  kNobr,
  kObject,
  kTable,
  kVoid,
  kInput,
  kParam,
  kHr,
  kImage,
  kTextarea,
  kXmp,
  kIframe,
  kRawText,
  kSelect,
  kOption,
  kOptgroup,
  kRubyBase,
  kRubyText,
  kForeign,
  kIgnored,
  kCount,
};
/// What an end tag does there.
enum class BodyEnd : std::uint8_t {
  kOther,
  kBody,
  kHtml,
  kBlock,
  kForm,
  kParagraph,
  kListItem,
  kDefinition,
  kHeading,
  kFormatting,
  kObject,
  kBr,
  kTemplate,
};

struct TagFacts {
  std::string_view name;
  bool special = false;
  bool breakout = false;  ///< ends foreign content
  bool raw = false;       ///< its content is text to the tokenizer
  BodyStart start = BodyStart::kOther;
  BodyEnd end = BodyEnd::kOther;
};
[[nodiscard]] const TagFacts& FactsOf(Tag tag);
/// kUnknown for names that are not in the list. The name in lower case, but for `foreignObject`.
[[nodiscard]] Tag FindTag(std::string_view name);

}  // namespace loadctl::html
