#include "agent/net/http2/http2_connection.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <span>
#include <utility>

#include "agent/net/http/answer_body.h"
#include "agent/net/http/content_decoder.h"
#include "agent/net/http/status_text.h"
#include "agent/net/http2/http2_failure.h"

namespace loadctl::net {
namespace {

using SteadyClock = std::chrono::steady_clock;

// What Go's client says of itself.
constexpr std::uint32_t kStreamWindow = 4 << 20;
constexpr std::int32_t kConnectionWindow = 1 << 30;
constexpr std::uint32_t kMaxHeaders = 10 << 20;
/// Requests at once until the server has said how many, and if it does not.
constexpr std::uint32_t kFirstStreams = 100;
constexpr std::uint32_t kUsualStreams = 1000;
/// Frames are gathered up to this size before they are written.
constexpr std::size_t kWriteSize = 64 * 1024;
constexpr std::size_t kKeptOut = 16 * 1024;
/// Reads in a row, so that other fibers get their turn.
constexpr int kReadsInARow = 16;

}  // namespace

/// A request under way, on the stack of its fiber.
struct Http2Connection::Stream {
  Stream(const Request& asked, const Terms& terms, Wait& waiting, Exchange& into)
      : request(asked),
        wait(waiting),
        exchange(into),
        body(asked, terms.cut_redirect_body, into),
        unsent(asked.body),
        ready(terms.ready) {}

  const Request& request;
  Wait& wait;
  Exchange& exchange;
  AnswerBody body;
  std::string_view unsent;
  std::int32_t id = -1;
  std::size_t head_size = 0;  ///< as SETTINGS_MAX_HEADER_LIST_SIZE counts
  TimePoint ready{};          ///< start of `sending`
  TimePoint written{};
  TimePoint first_byte{};
  TimePoint last_byte{};
  bool held = false;          ///< until the end of the loop's turn
  bool all_framed = false;    ///< the whole request is in `out_`
  bool final_head = false;    ///< the head that comes in is not an interim response's
  bool bad_trailers = false;  ///< a second head, or trailers with fields of one
  bool done = false;
  bool failed = false;
  bool reset = false;  ///< by the server
  bool again = false;  ///< the server has done nothing about it
  Stream* next = nullptr;
  Stream* previous = nullptr;

  void Fail(Failure failure) {
    if (failed || done) return;
    if (body.MayBreakOff(failure.outcome)) return;
    failed = true;
    exchange.outcome = failure.outcome;
    exchange.failure = std::move(failure);
  }
};

void Http2Connection::SessionDeleter::operator()(nghttp2_session* session) const {
  nghttp2_session_del(session);
}

/// What nghttp2 calls while it reads and makes frames. Nothing here resumes a fiber or writes.
struct Http2Callbacks {
  using Connection = Http2Connection;
  using Stream = Http2Connection::Stream;

  static Stream* Find(nghttp2_session* session, std::int32_t id) {
    return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session, id));
  }

  static int OnBeginHeaders(nghttp2_session* session, const nghttp2_frame* frame, void* self) {
    Stream* stream = Find(session, frame->hd.stream_id);
    if (stream == nullptr || frame->hd.type != NGHTTP2_HEADERS) return 0;
    const TimePoint arrived = static_cast<Connection*>(self)->arrived_;
    if (stream->first_byte == TimePoint{}) stream->first_byte = arrived;
    stream->last_byte = arrived;
    if (stream->exchange.head_complete) {
      // Trailers, which end the answer.
      stream->bad_trailers = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0;
      static_cast<Connection*>(self)->in_trailers_ = stream;
    } else {
      stream->exchange.head.clear();
      stream->exchange.headers.clear();
    }
    return 0;
  }

  static int OnHeader(nghttp2_session* session, const nghttp2_frame* frame,
                      const std::uint8_t* name_bytes, std::size_t name_size,
                      const std::uint8_t* value_bytes, std::size_t value_size, std::uint8_t,
                      void* self) {
    Stream* stream = Find(session, frame->hd.stream_id);
    if (stream == nullptr || frame->hd.type != NGHTTP2_HEADERS) return 0;
    constexpr std::size_t kOverhead = 32;
    stream->head_size += name_size + value_size + kOverhead;
    if (stream->head_size > kMaxHeaders) {
      static_cast<Connection*>(self)->Abandon(
          *stream, OtherFailure("http2: response header list larger than advertised limit"));
      return 0;
    }
    Exchange& exchange = stream->exchange;
    if (exchange.head_complete) return 0;  // trailers
    const std::string_view name(reinterpret_cast<const char*>(name_bytes), name_size);
    const std::string_view value(reinterpret_cast<const char*>(value_bytes), value_size);
    if (name == ":status") {
      std::from_chars(value.data(), value.data() + value.size(), exchange.status);
      exchange.head.append("HTTP/2.0 ").append(value).append(" ");
      exchange.head.append(StatusText(exchange.status)).append("\n");
      stream->final_head = exchange.status >= 200 || exchange.status == 101;
      return 0;
    }
    if (name == "trailer") return 0;
    const auto at = static_cast<std::uint32_t>(exchange.head.size());
    exchange.head.append(name).append("\n").append(value).append("\n");
    exchange.headers.push_back({at, static_cast<std::uint32_t>(name_size),
                                at + static_cast<std::uint32_t>(name_size) + 1,
                                static_cast<std::uint32_t>(value_size)});
    return 0;
  }

  static int OnFrameReceived(nghttp2_session* session, const nghttp2_frame* frame, void* self) {
    auto& connection = *static_cast<Connection*>(self);
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      connection.going_away_ =
          Http2GoAway{frame->goaway.last_stream_id, frame->goaway.error_code,
                      std::string(reinterpret_cast<const char*>(frame->goaway.opaque_data),
                                  frame->goaway.opaque_data_len)};
      return 0;
    }
    Stream* stream = Find(session, frame->hd.stream_id);
    if (stream == nullptr) return 0;
    if (frame->hd.type == NGHTTP2_RST_STREAM) stream->reset = true;
    if (frame->hd.type == NGHTTP2_HEADERS && stream->final_head &&
        !stream->exchange.head_complete) {
      stream->exchange.head_complete = true;
      Heed(connection, *stream, stream->body.Judge(Length(stream->exchange)));
    }
    // Who has answered need not be sent the rest of the request.
    const bool last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    const bool answered = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (last && answered && stream->exchange.head_complete && !stream->all_framed)
      connection.Abandon(*stream, {});
    return 0;
  }

  static int OnData(nghttp2_session* session, std::uint8_t, std::int32_t id,
                    const std::uint8_t* bytes, std::size_t size, void* self) {
    Stream* stream = Find(session, id);
    if (stream == nullptr || !stream->exchange.head_complete) return 0;
    auto& connection = *static_cast<Connection*>(self);
    stream->last_byte = connection.arrived_;
    Heed(connection, *stream,
         stream->body.Take({reinterpret_cast<const char*>(bytes), size}, stream->last_byte));
    return 0;
  }

  static int OnClose(nghttp2_session* session, std::int32_t id, std::uint32_t code, void* self) {
    Stream* stream = Find(session, id);
    if (stream == nullptr) return 0;
    auto& connection = *static_cast<Connection*>(self);
    if (code != NGHTTP2_NO_ERROR || !stream->exchange.head_complete)
      Explain(connection, *stream, code);
    connection.Wake(*stream);
    return 0;
  }

  static int OnFrameSent(nghttp2_session* session, const nghttp2_frame* frame, void* self) {
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      // What nghttp2 found goes to the peer as debug data.
      const std::string_view why(reinterpret_cast<const char*>(frame->goaway.opaque_data),
                                 frame->goaway.opaque_data_len);
      static_cast<Connection*>(self)->own_error_ =
          why == "too large frame size" ? OtherFailure("http2: frame too large")
                                        : Http2ConnectionFailure(frame->goaway.error_code);
    }
    const bool last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    Stream* stream = last ? Find(session, frame->hd.stream_id) : nullptr;
    if (stream != nullptr) stream->all_framed = true;
    return 0;
  }

  /// nghttp2 says what it refuses in words only.
  static int OnError(nghttp2_session*, int error, const char* text, std::size_t size, void* self) {
    Stream* const stream = static_cast<Connection*>(self)->in_trailers_;
    if (error == NGHTTP2_ERR_HTTP_HEADER && stream != nullptr &&
        std::string_view(text, size).find("name: [:") != std::string_view::npos)
      stream->bad_trailers = true;
    return 0;
  }

  static ssize_t GiveBody(nghttp2_session*, std::int32_t, std::uint8_t* into, std::size_t size,
                          std::uint32_t* flags, nghttp2_data_source* source, void*) {
    auto& stream = *static_cast<Stream*>(source->ptr);
    size = std::min(size, stream.unsent.size());
    std::copy_n(stream.unsent.data(), size, into);
    stream.unsent.remove_prefix(size);
    if (stream.unsent.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  }

  static std::optional<std::uint64_t> Length(const Exchange& exchange) {
    const std::string_view text = exchange.Header("content-length");
    std::uint64_t length = 0;
    const char* end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data(), end, length);
    if (text.empty() || error != std::errc() || last != end) return std::nullopt;
    return length;
  }

  static void Heed(Connection& connection, Stream& stream, AnswerBody::Taken taken) {
    if (taken == AnswerBody::Taken::kMore) return;
    if (taken == AnswerBody::Taken::kTooLarge) stream.Fail(BodyTooLarge(stream.request.max_body));
    connection.Abandon(stream, {});
  }

  /// Why a stream was closed before its answer was complete.
  static void Explain(Connection& connection, Stream& stream, std::uint32_t code) {
    const bool went = connection.going_away_ && stream.id > connection.going_away_->last_stream;
    if (went) {
      const std::uint32_t why = connection.going_away_->code;
      stream.again = stream.id != 1 || why == NGHTTP2_NO_ERROR;
      return stream.Fail(OtherFailure("http2: Transport received GOAWAY from server ErrCode:" +
                                      Http2CodeName(why)));
    }
    // As Go: what was refused, and what one server takes for a broken protocol, goes elsewhere.
    stream.again = stream.reset && !stream.exchange.head_complete &&
                   (code == NGHTTP2_REFUSED_STREAM || code == NGHTTP2_PROTOCOL_ERROR);
    if (stream.bad_trailers && !stream.reset) return stream.Fail(Http2ConnectionFailure(code));
    if (code == NGHTTP2_PROTOCOL_ERROR && !stream.reset && stream.exchange.head_complete)
      return stream.Fail(UnexpectedEof());  // less or more than the announced length
    stream.Fail(Http2StreamFailure(stream.id, code, stream.reset));
  }

  static nghttp2_session* MakeSession(Connection* self) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, OnBeginHeaders);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, OnFrameReceived);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, OnData);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, OnClose);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, OnFrameSent);
    nghttp2_session_callbacks_set_error_callback2(callbacks, OnError);
    nghttp2_session* session = nullptr;
    nghttp2_session_client_new(&session, callbacks, self);
    nghttp2_session_callbacks_del(callbacks);
    return session;
  }
};

Http2Connection::Http2Connection(std::unique_ptr<Transport> transport, std::vector<char>& scratch)
    : transport_(std::move(transport)),
      scratch_(scratch),
      session_(Http2Callbacks::MakeSession(this)) {
  const std::array<nghttp2_settings_entry, 3> settings = {{
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMaxHeaders},
  }};
  nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
  transport_->Listen(this);
}

Http2Connection::~Http2Connection() { transport_->Listen(nullptr); }

std::size_t Http2Connection::Room() const {
  if (dead_ || going_away_ || retiring_ ||
      nghttp2_session_check_request_allowed(session_.get()) == 0)
    return 0;
  std::uint32_t most =
      nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  constexpr std::uint32_t kNotSaid = 0xffffffff;
  if (most == kNotSaid) most = arrived_ == TimePoint{} ? kFirstStreams : kUsualStreams;
  return most > open_ ? most - open_ : 0;
}

bool Http2Connection::Alive(bool probe) {
  if (probe || transport_->Stirred()) OnTransport();
  return Room() > 0;
}

HttpConnection::Sent Http2Connection::Send(const Request& request, const Terms& terms, Wait& wait,
                                           Exchange& into) {
  Stream stream(request, terms, wait, into);
  retiring_ |= terms.close || WantsClose(request);
  if (std::optional<Failure> refused = Http2Request::Check(request)) {
    stream.Fail(std::move(*refused));
  } else if (Submit(stream)) {
    stream.next = streams_;
    if (streams_ != nullptr) streams_->previous = &stream;
    streams_ = &stream;
    ++open_;
    // Those of this turn of the loop leave in one write, after it.
    stream.held =
        transport_->QueueTurn(terms.ready, open_ == 1 ? Company::kAlone : Company::kWithOthers);
    held_ |= stream.held;
    if (!stream.held) Flush();
    if (!stream.done && wait.deadline < alarm_) {
      alarm_ = wait.deadline;
      transport_->SetAlarm(alarm_);
    }
    while (!stream.done) {
      if (wait.Cancelled()) {
        Abandon(stream, CancelledFailure());
        Flush();
        break;
      }
      wait.parker.Park();
    }
    (stream.previous != nullptr ? stream.previous->next : streams_) = stream.next;
    if (stream.next != nullptr) stream.next->previous = stream.previous;
    --open_;
  }
  Conclude(stream);
  return stream.again && terms.may_repeat ? Sent::kAgain : Sent::kDone;
}

/// False: the stream has failed; nothing of it was sent.
bool Http2Connection::Submit(Stream& stream) {
  if (dead_ || going_away_) {
    stream.again = true;
    stream.Fail(dead_ ? *dead_ : OtherFailure("http2: client connection lost"));
    return false;
  }
  const auto fields = fields_.Fill(stream.request);
  nghttp2_data_provider provider{};
  provider.source.ptr = &stream;
  provider.read_callback = Http2Callbacks::GiveBody;
  const bool has_body = !stream.request.body.empty() || stream.request.has_body;
  stream.id = nghttp2_submit_request(session_.get(), nullptr, fields.data(), fields.size(),
                                     has_body ? &provider : nullptr, &stream);
  if (stream.id > 0) return true;
  stream.again = true;
  stream.Fail(OtherFailure(std::string("http2: ") + nghttp2_strerror(stream.id)));
  return false;
}

void Http2Connection::OnTransport() {
  if (dead_) return;
  Read();
  if (!dead_) Flush();
  CheckDeadlines();
}

TimePoint Http2Connection::OnTurn(TimePoint now) {
  if (held_) Begin(now);
  Flush();
  return SteadyClock::now();
}

/// What was held back is written now: that time is no part of an exchange nor of its timeout.
void Http2Connection::Begin(TimePoint now) {
  held_ = false;
  for (Stream* stream = streams_; stream != nullptr; stream = stream->next) {
    if (!std::exchange(stream->held, false) || now <= stream->ready) continue;
    if (stream->wait.deadline != TimePoint::max()) stream->wait.deadline += now - stream->ready;
    stream->ready = now;
  }
}

void Http2Connection::Read() {
  for (int reads = 0; !dead_; ++reads) {
    if (reads == kReadsInARow) return transport_->Listen(this);
    const ReadResult result = transport_->TryRead(scratch_);
    if (result.status == IoStatus::kWouldBlock) return;
    if (result.status != IoStatus::kOk) return Die(EndOf(result.status));
    arrived_ = result.arrived;
    const auto taken = nghttp2_session_mem_recv(
        session_.get(), reinterpret_cast<const std::uint8_t*>(scratch_.data()), result.bytes);
    if (taken < 0) return Die(Http2ConnectionFailure(NGHTTP2_PROTOCOL_ERROR));
    if (result.drained) return;
  }
}

/// Why reading ended. What the server said before it went wins over how it went.
Failure Http2Connection::EndOf(IoStatus status) const {
  const bool failed = status == IoStatus::kFailed;
  if (going_away_ && !(failed && IsAlert(transport_->failure())))
    return Http2GoAwayFailure(going_away_->last_stream, going_away_->code, going_away_->debug);
  return failed ? transport_->failure() : UnexpectedEof();
}

/// Writes what there is to say. A peer that takes no more may have said why.
void Http2Connection::Flush() {
  if (held_) Begin(SteadyClock::now());
  while (!dead_) {
    while (out_.size() < kWriteSize) {
      const std::uint8_t* bytes = nullptr;
      const auto size = nghttp2_session_mem_send(session_.get(), &bytes);
      if (size < 0) return Die(Http2ConnectionFailure(NGHTTP2_INTERNAL_ERROR));
      if (size == 0) break;
      out_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    }
    if (out_.empty()) break;
    if (!Write()) return;
  }
  if (dead_ || nghttp2_session_want_read(session_.get()) != 0) return;
  Die(own_error_ ? *own_error_ : Http2ConnectionFailure(NGHTTP2_NO_ERROR));
}

/// False: not all was written.
bool Http2Connection::Write() {
  std::string_view left = out_;
  while (!left.empty()) {
    const WriteResult result = transport_->TryWrite({&left, 1});
    if (result.status == IoStatus::kOk) {
      left.remove_prefix(result.bytes);
      continue;
    }
    if (result.status == IoStatus::kWouldBlock) {
      out_.erase(0, out_.size() - left.size());
      return false;
    }
    const Failure failure = transport_->failure();
    Read();
    if (!dead_ || !IsAlert(*dead_)) Die(failure);
    return false;
  }
  out_.clear();
  if (out_.capacity() > kKeptOut) out_ = std::string();
  const TimePoint now = SteadyClock::now();
  for (Stream* stream = streams_; stream != nullptr; stream = stream->next)
    if (stream->all_framed && stream->written == TimePoint{}) stream->written = now;
  return true;
}

void Http2Connection::Die(Failure failure) {
  dead_ = std::move(failure);
  for (Stream* stream = streams_; stream != nullptr; stream = stream->next) {
    if (stream->done) continue;
    stream->Fail(*dead_);
    Wake(*stream);
  }
}

void Http2Connection::Wake(Stream& stream) {
  if (stream.done) return;
  if (!stream.failed && stream.last_byte > stream.wait.deadline) stream.Fail(RequestTimeout());
  stream.done = true;
  if (in_trailers_ == &stream) in_trailers_ = nullptr;
  if (stream.id > 0) nghttp2_session_set_stream_user_data(session_.get(), stream.id, nullptr);
  stream.wait.parker.Unpark();
}

/// Ends a stream from this side: with `failure`, or with what it already is.
void Http2Connection::Abandon(Stream& stream, Failure failure) {
  if (!failure.text.empty()) stream.Fail(std::move(failure));
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_CANCEL);
  Wake(stream);
}

/// What arrived in time was read before this: the rest is too late.
void Http2Connection::CheckDeadlines() {
  if (alarm_ == TimePoint::max() || SteadyClock::now() < alarm_) return;
  const TimePoint now = SteadyClock::now();
  alarm_ = TimePoint::max();
  for (Stream* stream = streams_; stream != nullptr; stream = stream->next) {
    if (stream->done) continue;
    if (stream->wait.deadline <= now) {
      Abandon(*stream, RequestTimeout());
    } else {
      alarm_ = std::min(alarm_, stream->wait.deadline);
    }
  }
  transport_->SetAlarm(alarm_);
  if (!dead_) Flush();
}

void Http2Connection::Conclude(Stream& stream) {
  Exchange& exchange = stream.exchange;
  Timings& timings = exchange.timings;
  const Timings::Duration none{};
  exchange.ended =
      stream.failed || stream.last_byte == TimePoint{} ? SteadyClock::now() : stream.last_byte;
  if (stream.written != TimePoint{}) {
    // An answer may arrive before the last write has returned: no time counts twice.
    if (stream.first_byte != TimePoint{})
      stream.written = std::min(stream.written, stream.first_byte);
    timings.sending = std::max(none, Timings::Duration(stream.written - stream.ready));
    const TimePoint answered =
        stream.first_byte != TimePoint{} ? stream.first_byte : exchange.ended;
    timings.waiting = std::max(none, Timings::Duration(answered - stream.written));
  }
  if (stream.first_byte != TimePoint{})
    timings.receiving = std::max(none, Timings::Duration(exchange.ended - stream.first_byte));
  if (!stream.failed) exchange.outcome = Outcome::kResponse;
  if (exchange.head_complete) stream.body.Decode(stream.failed);
  if (exchange.outcome != Outcome::kResponse) {
    exchange.status = 0;
    exchange.headers.clear();
  }
  exchange.bytes_sent +=
      transport_->bytes_sent() - std::exchange(bytes_sent_, transport_->bytes_sent());
  exchange.bytes_received +=
      transport_->bytes_received() - std::exchange(bytes_received_, transport_->bytes_received());
}

}  // namespace loadctl::net
