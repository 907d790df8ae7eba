#include "controller/terminal/code_frame.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace loadctl::terminal {
namespace {

constexpr std::string_view kScheme = "file://";
constexpr std::array<std::string_view, 8> kEndings{".js",  ".ts",  ".mjs", ".mts",
                                                   ".cjs", ".cts", ".jsx", ".tsx"};
constexpr std::uintmax_t kMostBytes = 8'000'000;
constexpr std::size_t kWidest = 120;
constexpr std::size_t kBefore = 2;

/// A number at the front, which is taken from `text`.
std::optional<std::size_t> TakeNumber(std::string_view& text) {
  std::size_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || number == 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return number;
}

bool Take(std::string_view& text, std::string_view front) {
  if (!text.starts_with(front)) return false;
  text.remove_prefix(front.size());
  return true;
}

/// `3:14` behind `:` or `: Line `.
std::optional<CodePlace> PlaceBehind(std::string_view path, std::string_view rest) {
  if (!Take(rest, ": Line ") && !Take(rest, ":")) return std::nullopt;
  const auto line = TakeNumber(rest);
  if (!line || !Take(rest, ":")) return std::nullopt;
  const auto column = TakeNumber(rest);
  if (!column) return std::nullopt;
  return CodePlace{std::string(path), *line, *column};
}

std::string Decoded(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    unsigned code = 0;
    const char* end = path.data() + std::min(i + 3, path.size());
    if (path[i] == '%' && i + 2 < path.size() &&
        std::from_chars(path.data() + i + 1, end, code, 16).ptr == end) {
      out += static_cast<char>(code);
      i += 2;
    } else {
      out += path[i];
    }
  }
  return out;
}

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// What is shown of a line: no control characters, and the same places as the line has.
std::string Shown(std::string_view line, std::size_t from) {
  std::string shown(line.substr(std::min(from, line.size()), kWidest));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < ' ' || c == 127) c = ' ';
  }
  return shown;
}

std::string Numbered(std::size_t number, std::size_t width, bool chosen) {
  const std::string digits = std::to_string(number);
  return std::string(chosen ? " > " : "   ") + std::string(width - digits.size(), ' ') + digits +
         " | ";
}

}  // namespace

std::optional<CodePlace> FindCodePlace(std::string_view message) {
  for (std::size_t at = 0; (at = message.find(kScheme, at)) != message.npos; ++at) {
    // One that is only named, as in "could not load 'file:///a.ts': file:///a.ts: Line 1:2", ends
    // where the next begins.
    std::string_view path = message.substr(at + kScheme.size());
    path = path.substr(0, path.find(kScheme));
    for (std::size_t colon = path.find(':'); colon != path.npos && colon < 4096;
         colon = path.find(':', colon + 1)) {
      const std::string_view name = path.substr(0, colon);
      const bool script =
          std::any_of(kEndings.begin(), kEndings.end(),
                      [&](std::string_view ending) { return name.ends_with(ending); });
      if (!script) continue;
      if (auto place = PlaceBehind(name, path.substr(colon))) return place;
      break;
    }
  }
  return std::nullopt;
}

std::string CodeFrame(std::string_view text, const CodePlace& place) {
  const auto lines = LinesOf(text);
  if (place.line == 0 || place.line > lines.size()) return "";
  const std::size_t column = std::min(place.column - 1, lines[place.line - 1].size());
  const std::size_t from = column < kWidest - 20 ? 0 : column - kWidest / 2;
  const std::size_t width = std::to_string(place.line).size();
  std::string frame;
  for (std::size_t line = place.line > kBefore ? place.line - kBefore : 1; line <= place.line;
       ++line) {
    frame += Numbered(line, width, line == place.line) + Shown(lines[line - 1], from) + "\n";
  }
  // A character of several bytes takes one place on the screen.
  std::size_t before = 0;
  for (const char c : lines[place.line - 1].substr(from, column - from))
    before += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return frame + std::string(3 + width, ' ') + " | " + std::string(before, ' ') + "^\n";
}

std::string CodeFrameFor(std::string_view message) {
  const auto place = FindCodePlace(message);
  if (!place) return "";
  const std::filesystem::path path = Decoded(place->path);
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error) ||
      std::filesystem::file_size(path, error) > kMostBytes || error)
    return "";
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return CodeFrame(text, *place);
}

}  // namespace loadctl::terminal
