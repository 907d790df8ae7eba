#include "common/daemon/journal.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "common/daemon/local_socket.h"

namespace loadctl::daemon {
namespace {

constexpr char kJournal[] = "/run/systemd/journal/socket";

/// Of syslog(3): debug, information, warning, error.
char PriorityOf(text::LogLevel level) {
  constexpr std::array kPriorities = {'7', '6', '4', '3'};
  return kPriorities[static_cast<std::size_t>(level)];
}

/// `NAME=value\n`, or with its length where the value has lines of its own.
void Append(std::string& entry, std::string_view name, std::string_view value) {
  entry += name;
  if (value.find('\n') == std::string_view::npos) {
    entry += '=';
  } else {
    entry += '\n';
    for (std::uint64_t rest = value.size(), i = 0; i < 8; ++i, rest >>= 8)
      entry += static_cast<char>(rest & 0xff);
  }
  entry += value;
  entry += '\n';
}

/// Capital letters, digits and underscores, as the journal wants it; 64 at most.
std::string NameOf(std::string_view key) {
  constexpr std::size_t kMost = 64;
  std::string name = "LOADCTL_";
  for (const char c : key) {
    if (name.size() == kMost) break;
    const auto byte = static_cast<unsigned char>(c);
    name += std::isalnum(byte) != 0 && byte < 0x80 ? static_cast<char>(std::toupper(byte)) : '_';
  }
  return name;
}

}  // namespace

bool StandardErrorIsJournal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat open {};
  if (stream == nullptr || fstat(STDERR_FILENO, &open) != 0) return false;
  const char* const end = stream + std::strlen(stream);
  std::uint64_t device = 0, inode = 0;
  const auto first = std::from_chars(stream, end, device);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ':') return false;
  const auto second = std::from_chars(first.ptr + 1, end, inode);
  return second.ec == std::errc() && second.ptr == end && device == open.st_dev &&
         inode == open.st_ino;
}

std::string JournalEntry(const text::LogRecord& record, std::string_view identifier) {
  std::string entry;
  Append(entry, "MESSAGE", record.message);
  Append(entry, "PRIORITY", std::string(1, PriorityOf(record.level)));
  Append(entry, "SYSLOG_IDENTIFIER", identifier);
  for (const auto& [key, value] : record.fields) Append(entry, NameOf(key), value);
  return entry;
}

bool SendToJournal(const text::LogRecord& record, std::string_view identifier) {
  return SendTo(kJournal, JournalEntry(record, identifier), Patience::kWaits);
}

}  // namespace loadctl::daemon
