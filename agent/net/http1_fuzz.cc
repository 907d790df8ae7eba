// Feeds the response reader hostile bytes, cut at random places.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/net/content_decoder.h"
#include "agent/net/cookie_jar.h"
#include "agent/net/http1_parser.h"

namespace {
bool Count(void* total, std::string_view piece) {
  *static_cast<std::size_t*>(total) += piece.size();
  return true;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadctl::net;
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t step = 1 + data[0];
  Exchange exchange;
  ResponseReader reader;
  std::size_t total = 0;
  reader.Start((data[1] & 1) != 0 ? "HEAD" : "GET", exchange, Count, &total);
  std::size_t at = 0;
  while (at < bytes.size() && reader.state() < ResponseReader::State::kDone) {
    const std::string_view piece = bytes.substr(at, step);
    const std::size_t taken = reader.Feed(piece);
    if (taken > piece.size()) std::abort();
    if (taken < piece.size() && reader.state() < ResponseReader::State::kDone) std::abort();
    at += taken;
  }
  reader.Finish();
  if (total > bytes.size() || reader.state() < ResponseReader::State::kDone) std::abort();
  for (const Exchange::Field& field : exchange.headers) {
    (void)exchange.Name(field);
    (void)ParseSetCookie(exchange.Value(field));
    (void)ParseUrl(exchange.Value(field));
  }
  std::string body(bytes.substr(0, 4096));
  (void)DecodeContent((data[1] & 2) != 0   ? "gzip"
                      : (data[1] & 4) != 0 ? "br"
                                           : "zstd",
                      1 << 20, body);
  return 0;
}
