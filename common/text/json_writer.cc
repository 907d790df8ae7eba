#include "common/text/json_writer.h"

#include <algorithm>
#include <cmath>

#include "common/text/number.h"
#include "common/text/utf8.h"

namespace loadctl::text {
namespace {

void AppendUnicodeEscape(char32_t code, std::string& out) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += "0123456789abcdef"[code >> shift & 15];
}

bool IsHtml(char c) { return c == '<' || c == '>' || c == '&'; }

}  // namespace

void AppendJsonString(std::string_view text, JsonEscapes escapes, std::string& out) {
  constexpr std::string_view kNamed = "\b\f\n\r\t\"\\";
  const bool go = escapes != JsonEscapes::kJs;
  out += '"';
  while (!text.empty()) {
    const Character character = FirstCharacter(text);
    const std::size_t size = std::max<std::size_t>(character.size, 1);
    if (character.size == 0) {
      out += go ? "\\ufffd" : "\uFFFD";
    } else if (const std::size_t named = kNamed.find(text[0]); named != std::string_view::npos) {
      (out += '\\') += "bfnrt\"\\"[named];
    } else if (character.code < 0x20 || (go && (character.code | 1) == 0x2029) ||
               (escapes == JsonEscapes::kGoHtml && IsHtml(text[0]))) {
      AppendUnicodeEscape(character.code, out);
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  out += '"';
}

std::string JsonString(std::string_view text, JsonEscapes escapes) {
  std::string out;
  AppendJsonString(text, escapes, out);
  return out;
}

std::string JsonNumber(double value) { return std::isfinite(value) ? JsNumber(value) : "null"; }

JsonWriter& JsonWriter::Key(std::string_view key) {
  Element();
  String(key);
  out_ += indent_ > 0 ? ": " : ":";
  return *this;
}

JsonWriter& JsonWriter::Element() {
  if (!empty_) out_ += ',';
  empty_ = false;
  NewLine();
  return *this;
}

void JsonWriter::Json(std::string_view text) {
  // Copied token by token: to parse numbers and print them again might change them.
  bool after_key = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == ',') continue;
    if (c == '}' || c == ']') {
      Close(c);
      continue;
    }
    if (c == ':') {
      out_ += indent_ > 0 ? ": " : ":";
      after_key = true;
      continue;
    }
    // The text's own first value follows a key of ours, so that it needs no comma.
    if (i > 0 && !after_key) Element();
    after_key = false;
    if (c == '{' || c == '[') {
      Open(c);
      continue;
    }
    std::size_t end = i + 1;
    if (c == '"') {
      while (text[end] != '"') end += text[end] == '\\' ? 2 : 1;
      ++end;
    } else {
      end = std::min(text.find_first_of(",]} \n\t\r", i), text.size());
    }
    out_ += text.substr(i, end - i);
    i = end - 1;
  }
}

void JsonWriter::Open(char bracket) {
  out_ += bracket;
  empty_ = true;
  ++depth_;
}

void JsonWriter::Close(char bracket) {
  --depth_;
  if (!empty_) NewLine();
  empty_ = false;
  out_ += bracket;
}

void JsonWriter::Enclose(char open, char close, const std::function<void()>& write) {
  Open(open);
  write();
  Close(close);
}

void JsonWriter::NewLine() {
  if (indent_ == 0) return;
  out_ += '\n';
  out_.append(static_cast<std::size_t>(depth_ * indent_), ' ');
}

}  // namespace loadctl::text
