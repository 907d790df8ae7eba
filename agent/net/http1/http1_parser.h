// HTTP/1.1 responses as they arrive: head, framing (RFC 9112 6.3), chunked coding.
// Not a server and not a connection: it is fed bytes and asks for more. No thread, no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/net/http/http_message.h"
#include "agent/net/http1/known_heads.h"
#include "agent/net/socket/failure.h"

namespace loadctl::net {

/// Limits on what a peer may send outside the body; Go's client has the same.
inline constexpr std::size_t kMaxHeadBytes = 10u << 20;
inline constexpr std::size_t kMaxChunkLine = 4096;
inline constexpr std::size_t kMaxTrailerBytes = 1u << 20;

/// Takes chunked coding off a body, piece by piece.
class ChunkedDecoder {
 public:
  enum class State : std::uint8_t { kMore, kDone, kBad };
  struct Step {
    State state;
    std::size_t consumed;   ///< of the input
    std::string_view data;  ///< body bytes, a part of the input; may be empty
  };
  /// Takes one piece off `input`: a line, or data. Call again with the rest until it consumes
  /// nothing or state is not kMore.
  [[nodiscard]] Step Take(std::string_view input);
  /// Go's words for kBad: `malformed chunked encoding`.
  [[nodiscard]] std::string_view error() const { return error_; }
  void Reset() { *this = ChunkedDecoder(); }

 private:
  enum class Where : std::uint8_t { kSize, kData, kDataEnd, kTrailer, kDone, kBad };
  Where where_ = Where::kSize;
  std::uint64_t left_ = 0;     ///< of the chunk
  std::int64_t excess_ = 0;    ///< bytes that are no data, beyond what is fair
  std::size_t trailer_ = 0;    ///< bytes of trailers so far
  bool trailer_blank_ = true;  ///< the current trailer line is empty so far
  bool seen_cr_ = false;
  std::string line_;  ///< a size line that came in pieces
  std::string_view error_;

  Step TakeSize(std::string_view input);
  Step TakeTrailer(std::string_view input);
  Step Bad(std::string_view why);
};

/// One response as it comes in, into an Exchange. Interim responses (1xx but 101) are skipped.
class ResponseReader {
 public:
  /// Where decoded chunks of the body go, before content decoding; returns false to stop
  /// (the sink holds the reason).
  using BodySink = bool (*)(void* context, std::string_view piece);

  enum class State : std::uint8_t { kHead, kBody, kDone, kFailed };

  /// Starts on a response to `method`, filling `into`'s status, head and headers. `known`, which
  /// may be null, spares parsing a head that is there, and takes what is parsed.
  void Start(std::string_view method, Exchange& into, BodySink sink, void* context,
             KnownHeads* known = nullptr);
  /// Takes bytes; returns how many belonged to this response: fewer than given once kDone.
  std::size_t Feed(std::string_view bytes);
  /// The peer ended its side: the end of the body, or a failure.
  void Finish();

  [[nodiscard]] State state() const { return state_; }
  /// Why kFailed; the sink's refusal leaves this with empty text.
  [[nodiscard]] const Failure& failure() const { return failure_; }
  /// No byte of an answer has come yet.
  [[nodiscard]] bool untouched() const { return untouched_; }
  /// The connection may carry another request once kDone.
  [[nodiscard]] bool keep_alive() const { return facts_.keep_alive; }
  /// Announced length of the body, if any.
  [[nodiscard]] std::optional<std::uint64_t> content_length() const;

 private:
  Exchange* exchange_ = nullptr;
  BodySink sink_ = nullptr;
  void* context_ = nullptr;
  KnownHeads* known_ = nullptr;
  State state_ = State::kHead;
  HeadFacts facts_;
  bool head_request_ = false;
  bool untouched_ = true;
  bool unfolded_ = false;      ///< the head is not as it came over the wire
  std::size_t line_size_ = 0;  ///< of the line of the head that is coming in
  bool line_starts_with_cr_ = false;
  std::size_t interim_ = 0;  ///< bytes of interim responses skipped
  std::uint64_t left_ = 0;   ///< of a body with a length
  ChunkedDecoder chunks_;
  Failure failure_;

  std::size_t FeedHead(std::string_view bytes);
  std::size_t TakeKnownHead(std::string_view bytes);
  void EndHead();
  std::size_t FeedBody(std::string_view bytes);
  std::size_t FeedChunks(std::string_view bytes);
  bool Deliver(std::string_view piece);
  void ParseHead();
  bool ParseStatusLine(std::string_view line);
  bool ParseFields(std::size_t at);
  bool ParseField(std::size_t begin, std::size_t end);
  bool DecideFraming();
  bool DecideTransferEncoding(bool& chunked);
  bool DecideLength();
  void Fail(Failure failure);
};

}  // namespace loadctl::net
