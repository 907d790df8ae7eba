#include "agent/net/http/content_encoder.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <optional>

namespace loadctl::net {
namespace {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::optional<std::string> Deflate(int window_bits, const std::string& body) {
  z_stream stream{};
  constexpr int kMemory = 8;
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, kMemory,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    return std::nullopt;
  std::string out(deflateBound(&stream, body.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) return std::nullopt;
  return out;
}

std::optional<std::string> Brotli(const std::string& body) {
  std::size_t size = BrotliEncoderMaxCompressedSize(body.size());
  if (size == 0) size = body.size() + 1024;
  std::string out(size, '\0');
  constexpr int kGoLevel = 6;
  if (BrotliEncoderCompress(kGoLevel, BROTLI_DEFAULT_WINDOW, BROTLI_DEFAULT_MODE, body.size(),
                            reinterpret_cast<const std::uint8_t*>(body.data()), &size,
                            reinterpret_cast<std::uint8_t*>(out.data())) != BROTLI_TRUE)
    return std::nullopt;
  out.resize(size);
  return out;
}

std::optional<std::string> Zstd(const std::string& body) {
  std::string out(ZSTD_compressBound(body.size()), '\0');
  const std::size_t size =
      ZSTD_compress(out.data(), out.size(), body.data(), body.size(), ZSTD_CLEVEL_DEFAULT);
  if (ZSTD_isError(size) != 0) return std::nullopt;
  out.resize(size);
  return out;
}

}  // namespace

Result<std::string> EncodeContent(std::string_view codings, std::string& body) {
  std::string names;
  for (;;) {
    const auto comma = std::min(codings.find(','), codings.size());
    const std::string_view coding = Trim(codings.substr(0, comma));
    std::optional<std::string> coded;
    constexpr int kZlibWindow = 15;
    if (coding == "gzip") {
      coded = Deflate(kZlibWindow + 16, body);
    } else if (coding == "deflate") {
      coded = Deflate(kZlibWindow, body);
    } else if (coding == "br") {
      coded = Brotli(body);
    } else if (coding == "zstd") {
      coded = Zstd(body);
    } else {
      return Fail("unknown compression algorithm " + std::string(coding) +
                  ", supported algorithms are [gzip deflate zstd br]");
    }
    if (!coded) return Fail("the body could not be compressed by " + std::string(coding));
    body = std::move(*coded);
    names.append(names.empty() ? "" : ", ").append(coding);
    if (comma == codings.size()) return names;
    codings.remove_prefix(comma + 1);
  }
}

}  // namespace loadctl::net
