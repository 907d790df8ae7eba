#include "agent/net/http/content_decoder.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

namespace loadctl::net {
namespace {

constexpr std::size_t kPiece = 64 * 1024;

Failure DecompressionFailure(const std::string& why) {
  return {Outcome::kTransportError,
          code::kDecompression,
          "error decompressing response body (" + why + ")",
          {}};
}

/// Grows `out` by up to a piece beyond `used`, within `max_bytes` + 1 so that "too much" shows.
std::size_t MakeRoom(std::string& out, std::size_t used, std::uint64_t max_bytes) {
  const std::size_t want = std::max(kPiece, used / 2);
  const std::uint64_t limit = max_bytes == UINT64_MAX ? max_bytes : max_bytes + 1;
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(used + want, limit));
  if (out.size() < size) out.resize(size);
  return out.size() - used;
}

struct Inflater {
  z_stream stream{};
  bool ready = false;
  explicit Inflater(int window_bits) { ready = inflateInit2(&stream, window_bits) == Z_OK; }
  ~Inflater() {
    if (ready) inflateEnd(&stream);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

/// The failure of zlib's `result`, told from where in the stream it came.
Failure ZlibFailure(bool gzip, const Inflater& inflater, bool header_done) {
  const std::string kind = gzip ? "gzip: " : "zlib: ";
  const std::string_view message =
      inflater.stream.msg == nullptr ? std::string_view() : inflater.stream.msg;
  if (message == "incorrect data check" || message == "incorrect length check") {
    return DecompressionFailure(kind + "invalid checksum");
  }
  if (!header_done || message == "incorrect header check" ||
      message == "unknown compression method") {
    return DecompressionFailure(kind + "invalid header");
  }
  // Go's flate reports these outside the list that k6 calls decompression errors.
  return OtherFailure("flate: corrupt input before offset " +
                      std::to_string(inflater.stream.total_in));
}

std::optional<Failure> Inflate(bool gzip, std::uint64_t max_bytes, std::string& body) {
  if (body.empty()) return DecompressionFailure(gzip ? "EOF" : "unexpected EOF");
  if (body.size() < (gzip ? 10U : 2U)) {
    body.clear();
    return DecompressionFailure("unexpected EOF");
  }
  Inflater inflater(gzip ? 15 + 16 : 15);
  if (!inflater.ready) return Failure{Outcome::kGeneratorError, code::kDefault, "zlib", {}};
  std::string out;
  std::size_t used = 0;
  std::size_t taken = 0;
  z_stream& stream = inflater.stream;
  std::optional<Failure> failure;
  while (!failure) {
    const std::size_t input = std::min<std::size_t>(body.size() - taken, 1U << 30);
    stream.next_in = reinterpret_cast<Bytef*>(body.data() + taken);
    stream.avail_in = static_cast<uInt>(input);
    const std::size_t room = std::min<std::size_t>(MakeRoom(out, used, max_bytes), 1U << 30);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    stream.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream, Z_NO_FLUSH);
    taken += input - stream.avail_in;
    used += room - stream.avail_out;
    if (used > max_bytes) {
      failure = BodyTooLarge(max_bytes);
      used = 0;
    } else if (result == Z_STREAM_END) {
      // gzip members may follow one another; Go reads them all.
      if (!gzip || taken == body.size()) break;
      if (inflateReset(&stream) != Z_OK) break;
    } else if (result == Z_BUF_ERROR ||
               (result == Z_OK && taken == body.size() && used < out.size())) {
      failure = UnexpectedEof();
    } else if (result != Z_OK) {
      failure = ZlibFailure(gzip, inflater, used != 0 || taken > (gzip ? 10U : 2U));
    }
  }
  out.resize(used);
  body = std::move(out);
  return failure;
}

std::optional<Failure> Brotli(std::uint64_t max_bytes, std::string& body) {
  const std::unique_ptr<BrotliDecoderState, void (*)(BrotliDecoderState*)> state(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), BrotliDecoderDestroyInstance);
  if (state == nullptr) return Failure{Outcome::kGeneratorError, code::kDefault, "brotli", {}};
  std::string out;
  std::size_t used = 0;
  const auto* next_in = reinterpret_cast<const std::uint8_t*>(body.data());
  std::size_t available = body.size();
  std::optional<Failure> failure;
  while (!failure) {
    std::size_t room = MakeRoom(out, used, max_bytes);
    const std::size_t offered = room;
    auto* next_out = reinterpret_cast<std::uint8_t*>(out.data() + used);
    const BrotliDecoderResult result =
        BrotliDecoderDecompressStream(state.get(), &available, &next_in, &room, &next_out, nullptr);
    used += offered - room;
    if (used > max_bytes) {
      failure = BodyTooLarge(max_bytes);
      used = 0;
    } else if (result == BROTLI_DECODER_RESULT_SUCCESS) {
      if (available != 0) failure = DecompressionFailure("brotli: excessive input");
      break;
    } else if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) {
      failure = UnexpectedEof();
    } else if (result == BROTLI_DECODER_RESULT_ERROR) {
      failure = DecompressionFailure("brotli: corrupt input");
    }
  }
  out.resize(used);
  body = std::move(out);
  return failure;
}

std::optional<Failure> Zstd(std::uint64_t max_bytes, std::string& body) {
  const std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(),
                                                                             ZSTD_freeDStream);
  if (stream == nullptr) return Failure{Outcome::kGeneratorError, code::kDefault, "zstd", {}};
  std::string out;
  std::size_t used = 0;
  ZSTD_inBuffer input{body.data(), body.size(), 0};
  std::size_t hint = 0;
  std::optional<Failure> failure;
  while (!failure && (input.pos < input.size || used == out.size())) {
    const std::size_t room = MakeRoom(out, used, max_bytes);
    ZSTD_outBuffer output{out.data() + used, room, 0};
    const std::size_t taken = input.pos;
    hint = ZSTD_decompressStream(stream.get(), &output, &input);
    if (ZSTD_isError(hint) != 0) {
      const bool magic = input.pos < 4 || used == 0;
      failure = DecompressionFailure(magic ? "invalid input: magic number mismatch"
                                           : ZSTD_getErrorName(hint));
      break;
    }
    used += output.pos;
    if (used > max_bytes) {
      failure = BodyTooLarge(max_bytes);
      used = 0;
    }
    if (output.pos == 0 && input.pos == taken) break;
  }
  if (!failure && hint != 0 && !body.empty()) failure = UnexpectedEof();
  out.resize(used);
  body = std::move(out);
  return failure;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

Failure BodyTooLarge(std::uint64_t max_bytes) {
  return {Outcome::kTransportError,
          code::kDefault,
          "response body is larger than " + std::to_string(max_bytes) +
              " bytes, the most this generator keeps; discard it (responseType: 'none' or "
              "discardResponseBodies)",
          {}};
}

std::optional<Failure> DecodeContent(std::string_view content_encoding, std::uint64_t max_bytes,
                                     std::string& body) {
  while (!content_encoding.empty()) {
    const auto comma = content_encoding.rfind(',');
    const std::string_view coding = Trim(
        comma == std::string_view::npos ? content_encoding : content_encoding.substr(comma + 1));
    content_encoding =
        comma == std::string_view::npos ? std::string_view() : content_encoding.substr(0, comma);
    std::optional<Failure> failure;
    if (coding == "gzip") {
      failure = Inflate(true, max_bytes, body);
    } else if (coding == "deflate") {
      failure = Inflate(false, max_bytes, body);
    } else if (coding == "br") {
      failure = Brotli(max_bytes, body);
    } else if (coding == "zstd") {
      failure = Zstd(max_bytes, body);
    }
    if (failure) return failure;
  }
  return std::nullopt;
}

}  // namespace loadctl::net
