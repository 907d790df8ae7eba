#include "common/plan/go_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace loadctl::plan {
namespace json = boost::json;
namespace {

/// Bytes of the UTF-8 character at the start of the text; 0 if there is none.
std::size_t Utf8Length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0x80                    ? 1
                             : first >= 0xC2 && first < 0xE0 ? 2
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xF0 && first < 0xF5 ? 4
                                                             : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (length < 3) return length;
  const unsigned char second = byte(1);  // overlong forms, surrogates, beyond U+10FFFF
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
  if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
  return length;
}

void AppendEscape(unsigned code, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[(code >> shift) & 15];
}

void AppendText(std::string_view text, HtmlEscape html, std::string& out) {
  out += '"';
  while (!text.empty()) {
    const std::size_t length = Utf8Length(text);
    const char c = text[0];
    if (length == 0) {
      out += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (const auto at = std::string_view("\b\f\n\r\t").find(c);
               at != std::string_view::npos) {
      (out += '\\') += "bfnrt"[at];
    } else if (static_cast<unsigned char>(c) < 0x20 ||
               (html == HtmlEscape::kYes && (c == '<' || c == '>' || c == '&'))) {
      AppendEscape(static_cast<unsigned char>(c), out);
    } else if (text.starts_with("\xE2\x80\xA8") || text.starts_with("\xE2\x80\xA9")) {
      AppendEscape(0x2028U + (text[2] == '\xA9' ? 1 : 0), out);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  out += '"';
}

/// As JavaScript and Go write it: the fewest digits that tell the number, no exponent from 1e-6 to
/// 1e21, no zero in front of an exponent.
void AppendDouble(double value, std::string& out) {
  std::array<char, 64> buffer;
  const auto end =
      std::to_chars(buffer.begin(), buffer.end(), std::fabs(value), std::chars_format::scientific)
          .ptr;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const std::size_t mark = text.find('e');
  int exponent = 0;
  std::from_chars(text.data() + mark + (text[mark + 1] == '+' ? 2 : 1), end, exponent);
  std::string digits(text.substr(0, mark));
  std::erase(digits, '.');
  if (std::signbit(value)) out += '-';
  const int count = static_cast<int>(digits.size());
  if (exponent < -6 || exponent >= 21) {
    out += digits[0];
    if (count > 1) (out += '.') += digits.substr(1);
    out += (exponent < 0 ? "e-" : "e+") + std::to_string(std::abs(exponent));
  } else if (exponent < 0) {
    out.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
  } else if (count <= exponent + 1) {
    out.append(digits).append(static_cast<std::size_t>(exponent + 1 - count), '0');
  } else {
    out.append(digits.insert(static_cast<std::size_t>(exponent + 1), 1, '.'));
  }
}

class Writer {
 public:
  Writer(HtmlEscape html, std::string& out) : html_(html), out_(out) {}

  void Write(const json::value& value) {  // NOLINT(misc-no-recursion): ParseJson bounds the depth
    switch (value.kind()) {
      case json::kind::null:
        out_ += "null";
        return;
      case json::kind::bool_:
        out_ += value.get_bool() ? "true" : "false";
        return;
      case json::kind::int64:
        out_ += std::to_string(value.get_int64());
        return;
      case json::kind::uint64:
        out_ += std::to_string(value.get_uint64());
        return;
      case json::kind::double_:
        AppendDouble(value.get_double(), out_);
        return;
      case json::kind::string:
        AppendText(std::string_view(value.get_string()), html_, out_);
        return;
      case json::kind::array:
        WriteList('[', ']', value.get_array(), [&](const json::value& item) { Write(item); });
        return;
      case json::kind::object:
        WriteList('{', '}', value.get_object(), [&](const json::key_value_pair& item) {
          AppendText(std::string_view(item.key()), html_, out_);
          out_ += ": ";
          Write(item.value());
        });
        return;
    }
  }

 private:
  template <typename Items, typename WriteItem>
  void WriteList(char open, char close, const Items& items, WriteItem write) {
    out_ += open;
    ++depth_;
    bool first = true;
    for (const auto& item : items) {
      if (!first) out_ += ',';
      first = false;
      NewLine();
      write(item);
    }
    --depth_;
    if (!first) NewLine();
    out_ += close;
  }
  void NewLine() { (out_ += '\n').append(2 * depth_, ' '); }

  HtmlEscape html_;
  std::string& out_;
  std::size_t depth_ = 0;
};

}  // namespace

std::string ToGoJson(const json::value& value, HtmlEscape html) {
  std::string out;
  Writer(html, out).Write(value);
  return out;
}

json::value SortKeys(const json::value& value) {  // NOLINT(misc-no-recursion): as Write()
  if (const auto* array = value.if_array()) {
    json::array out;
    for (const json::value& item : *array) out.push_back(SortKeys(item));
    return out;
  }
  const auto* object = value.if_object();
  if (object == nullptr) return value;
  std::vector<const json::key_value_pair*> items;
  for (const auto& item : *object) items.push_back(&item);
  std::sort(items.begin(), items.end(),
            [](const auto* a, const auto* b) { return a->key() < b->key(); });
  json::object out;
  for (const auto* item : items) out[item->key()] = SortKeys(item->value());
  return out;
}

}  // namespace loadctl::plan
