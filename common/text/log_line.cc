#include "common/text/log_line.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <map>

#include "common/text/json_writer.h"
#include "common/text/quote.h"
#include "common/text/utf8.h"

namespace loadctl::text {
namespace {

using FieldMap = std::map<std::string, std::string>;

/// `2026-01-02T15:04:05Z`, or with the local offset `2026-01-02T10:04:05-05:00`.
std::string Timestamp(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm local{};
  localtime_r(&seconds, &local);
  std::array<char, 64> buffer;
  std::strftime(buffer.data(), buffer.size(), "%Y-%m-%dT%H:%M:%S", &local);
  std::string text = buffer.data();
  if (local.tm_gmtoff == 0) return text + "Z";
  const long minutes = std::abs(local.tm_gmtoff) / 60;
  std::snprintf(buffer.data(), buffer.size(), "%c%02ld:%02ld", local.tm_gmtoff < 0 ? '-' : '+',
                minutes / 60, minutes % 60);
  return text + buffer.data();
}

/// Sorted, the later of two equal keys kept, and those moved aside that would hide the line's own.
FieldMap Sorted(const LogFields& fields) {
  FieldMap sorted;
  for (const auto& [key, value] : fields) {
    const bool clashes = key == "time" || key == "level" || key == "msg";
    sorted[clashes ? "fields." + key : key] = value;
  }
  return sorted;
}

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._/@^+").find(c) != std::string_view::npos;
}

std::string Quoted(const std::string& value) {
  return std::all_of(value.begin(), value.end(), IsPlain) ? value : QuoteGo(value);
}

/// The name of a field; one that would move a terminal's cursor comes in quotes, escaped.
std::string Name(const std::string& key) {
  std::string quoted = QuoteGo(key);
  return quoted.size() == key.size() + 2 ? key : quoted;
}

int ColorOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return 37;
    case LogLevel::kInfo:
      return 36;
    case LogLevel::kWarning:
      return 33;
    case LogLevel::kError:
      return 31;
  }
  return 36;
}

}  // namespace

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "info";
}

Result<LogLevel> ParseLogLevel(std::string_view name) {
  std::string small(name);
  for (char& c : small) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (small == "debug" || small == "trace") return LogLevel::kDebug;
  if (small == "info") return LogLevel::kInfo;
  if (small == "warn" || small == "warning") return LogLevel::kWarning;
  if (small == "error" || small == "fatal" || small == "panic") return LogLevel::kError;
  return Fail("unknown log level " + std::string(name));
}

std::string FormatPlain(const LogRecord& record) {
  std::string line = "time=" + QuoteGo(Timestamp(record.time)) + " level=";
  line += LevelName(record.level);
  if (!record.message.empty()) line += " msg=" + Quoted(record.message);
  for (const auto& [key, value] : Sorted(record.fields))
    line += " " + Name(key) + "=" + Quoted(value);
  return line + "\n";
}

std::string FormatColored(const LogRecord& record) {
  constexpr std::size_t kMessageWidth = 44;
  const std::string color = "\x1b[" + std::to_string(ColorOf(record.level)) + "m";
  std::string level(LevelName(record.level).substr(0, 4));
  for (char& c : level) c = static_cast<char>(c - 'a' + 'A');
  std::string message = record.message;
  if (message.ends_with('\n')) message.pop_back();

  std::array<char, 32> seconds;
  std::snprintf(seconds.data(), seconds.size(), "[%04lld] ",
                static_cast<long long>(
                    std::chrono::duration_cast<std::chrono::seconds>(record.since_start).count()));
  std::string line = color + level + "\x1b[0m" + seconds.data() + message;
  const std::size_t width = CountCharacters(message);
  if (width < kMessageWidth) line.append(kMessageWidth - width, ' ');
  line += " ";
  for (const auto& [key, value] : Sorted(record.fields)) {
    line += " " + color + Name(key) + "\x1b[0m=" + Quoted(value);
  }
  return line + "\n";
}

std::string FormatJson(const LogRecord& record) {
  FieldMap all = Sorted(record.fields);
  all["level"] = LevelName(record.level);
  all["msg"] = record.message;
  all["time"] = Timestamp(record.time);
  JsonWriter line(0, JsonEscapes::kGoHtml);
  line.Object([&] {
    for (const auto& [key, value] : all) line.Key(key).String(value);
  });
  return line.Take() + "\n";
}

std::string FormatRaw(const LogRecord& record) { return record.message + "\n"; }

}  // namespace loadctl::text
