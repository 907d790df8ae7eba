#include "common/text/colors_only.h"

#include <cstddef>

namespace loadctl::text {
namespace {

/// How long the colour is that the text begins with; 0: none.
std::size_t ColorAt(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const std::size_t end = text.find_first_not_of("0123456789;", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

}  // namespace

std::string ColorsOnly(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text[0]);
    const auto second = text.size() > 1 ? static_cast<unsigned char>(text[1]) : 0;
    const std::size_t color = ColorAt(text);
    std::size_t length = 1;
    if (color > 0) {
      length = color;
    } else if (text.starts_with("\r\n") || (first == 0xc2 && second >= 0x80 && second < 0xa0)) {
      length = 2;
    }
    const bool is_control = (first < ' ' && first != '\n' && first != '\t') || first == 0x7f ||
                            (length == 2 && first == 0xc2);
    const bool stays = !is_control || color > 0 || text.starts_with("\r\n");
    out.append(stays ? text.substr(0, length) : "?");
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace loadctl::text
