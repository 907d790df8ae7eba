#include "agent/net/http/event_stream.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace loadctl::net {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool IsDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

EventStreamReader::Taken EventStreamReader::Take(std::string_view bytes, ServerEvent& into) {
  std::size_t at = 0;
  while (at < bytes.size() && !too_large_) {
    if (std::exchange(after_cr_, false) && bytes[at] == '\n') {
      ++at;
      continue;
    }
    const std::size_t end = std::min(bytes.find_first_of("\r\n", at), bytes.size());
    line_.append(bytes.substr(at, end - at));
    too_large_ = line_.size() + data_.size() > kMostBytes;
    if (too_large_ || end == bytes.size()) return {bytes.size(), false};
    after_cr_ = bytes[end] == '\r';
    at = end + 1;
    if (EndLine(into)) return {at, true};
  }
  return {bytes.size(), false};
}

/// True: it was empty, and ended an event.
bool EventStreamReader::EndLine(ServerEvent& into) {
  const std::string whole = std::exchange(line_, {});
  std::string_view line = whole;
  if (!std::exchange(begun_, true) && line.starts_with(kByteOrderMark))
    line.remove_prefix(kByteOrderMark.size());
  if (!line.empty()) {
    const std::size_t colon = std::min(line.find(':'), line.size());
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (colon > 0) TakeField(line.substr(0, colon), value);  // else it is a comment
    return false;
  }
  std::string type = std::exchange(type_, {});
  std::optional<std::uint64_t> retry = std::exchange(retry_, std::nullopt);
  if (!std::exchange(any_data_, false)) return false;
  into.type = type.empty() ? "message" : std::move(type);
  into.data = std::exchange(data_, {});
  into.id = id_;
  into.retry = retry;
  return true;
}

void EventStreamReader::TakeField(std::string_view name, std::string_view value) {
  if (name == "data") {
    if (std::exchange(any_data_, true)) data_ += '\n';
    data_ += value;
  } else if (name == "event") {
    type_ = value;
  } else if (name == "id") {
    if (value.find('\0') == std::string_view::npos) id_ = value;
  } else if (name == "retry" && IsDigits(value)) {
    std::uint64_t ms = 0;
    if (std::from_chars(value.data(), value.data() + value.size(), ms).ec == std::errc())
      retry_ = ms;
  }
}

}  // namespace loadctl::net
