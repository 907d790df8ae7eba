// Server-sent events: pieces of any size say what the whole says.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/net/http/event_stream.h"

namespace {

std::string ReadAll(std::string_view text, std::size_t size) {
  loadctl::net::EventStreamReader reader;
  loadctl::net::ServerEvent event;
  std::string all;
  while (!text.empty()) {
    std::string_view piece = text.substr(0, size);
    text.remove_prefix(piece.size());
    while (!piece.empty()) {
      const auto taken = reader.Take(piece, event);
      if (taken.bytes == 0 || taken.bytes > piece.size()) abort();
      piece.remove_prefix(taken.bytes);
      if (taken.event) all += event.type + '\1' + event.data + '\1' + event.id + '\2';
    }
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (ReadAll(text, 1 + data[0] % 16) != ReadAll(text, text.size() + 1)) abort();
  return 0;
}
