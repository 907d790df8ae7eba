// Feeds the response reader hostile bytes, cut at random places.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/net/http/content_decoder.h"
#include "agent/net/http/cookie_jar.h"
#include "agent/net/http1/http1_parser.h"

namespace {

using namespace loadctl::net;

bool Count(void* total, std::string_view piece) {
  *static_cast<std::size_t*>(total) += piece.size();
  return true;
}

/// The size of the body.
std::size_t Read(std::string_view bytes, std::size_t step, std::string_view method,
                 KnownHeads* known, Exchange& exchange) {
  ResponseReader reader;
  std::size_t total = 0;
  reader.Start(method, exchange, Count, &total, known);
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
  return total;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t step = 1 + data[0];
  const std::string_view method = (data[1] & 1) != 0 ? "HEAD" : "GET";
  Exchange exchange;
  const std::size_t total = Read(bytes, step, method, nullptr, exchange);
  // Heads that were seen before make no difference.
  static KnownHeads known;
  for (int round = 0; round < 2; ++round) {
    Exchange again;
    const bool same = Read(bytes, step, method, &known, again) == total &&
                      again.status == exchange.status && again.head == exchange.head &&
                      again.headers.size() == exchange.headers.size();
    if (!same) std::abort();
  }
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
