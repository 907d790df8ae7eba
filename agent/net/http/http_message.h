// The values of HTTP: HeaderList and Request go in, Exchange comes out.
// Not the wire (http1_parser.h) nor the way there (http_client.h). Plain values: any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/net/http/url.h"
#include "agent/net/socket/address.h"
#include "agent/net/socket/ascii.h"
#include "agent/net/socket/failure.h"
#include "agent/net/socket/parker.h"

namespace loadctl::net {

struct OcspStatus;  // agent/net/tls/ocsp.h

/// `x-forwarded-for` → `X-Forwarded-For`, as Go; a name that is no token is left as it is.
[[nodiscard]] std::string CanonicalHeaderName(std::string_view name);
/// True for a token of RFC 9110: what a method or a header name may be.
[[nodiscard]] bool IsToken(std::string_view text);

/// Request headers: canonical names, in the order Go sends them (sorted by name).
class HeaderList {
 public:
  struct Field {
    std::string name;
    std::string value;
  };
  /// Adds a field behind those of the same name.
  void Add(std::string_view name, std::string_view value);
  /// Replaces all fields of that name by one.
  void Set(std::string_view name, std::string_view value);
  void Remove(std::string_view name);
  /// The first value, null if there is none. Any case. O(n).
  [[nodiscard]] const std::string* Find(std::string_view name) const;
  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }
  [[nodiscard]] bool empty() const { return fields_.empty(); }
  /// Forgets the fields and keeps the vector's memory.
  void Clear() { fields_.clear(); }

 private:
  std::vector<Field> fields_;
};

/// Whether the body of the response is kept (and decoded) or counted and dropped.
enum class BodyMode : std::uint8_t { kKeep, kDiscard };

/// By which HTTP a request is sent.
enum class HttpVersion : std::uint8_t {
  kAny,    ///< under TLS what the server chooses of both, else HTTP/1.1
  kHttp1,  ///< HTTP/1.1 alone
  kHttp2,  ///< HTTP/2 by TLS and ALPN; otherwise the request fails
  kH2c,    ///< without TLS HTTP/2 at once, as the server is known to speak it (RFC 9113, 3.3)
};
/// Reads `1.1`, `2` or `h2c`.
[[nodiscard]] std::optional<HttpVersion> ReadHttpVersion(std::string_view text);

struct Exchange;

/// Takes the body of an answer while it comes in, instead of Exchange::body. The worker's thread,
/// from the fiber that sends or from the event loop; resumes nobody inline.
class BodySink {
 public:
  /// The head of the answer is there; not of a redirect that is followed.
  virtual void Begin(const Exchange& exchange) = 0;
  /// A piece, before content decoding; `arrived` as ReadResult has it. False: it is too much.
  virtual bool Take(std::string_view piece, TimePoint arrived) = 0;
  /// Nobody reads on: the answer may break off, and is complete then.
  [[nodiscard]] virtual bool closed() const = 0;

 protected:
  ~BodySink() = default;
};

/// One request. Everything it points to outlives the call it is passed to.
///
/// As in k6: `Host` in `headers` sets the Host line only; `Content-Length`, `Transfer-Encoding` and
/// `Trailer` there are ignored; `User-Agent` there wins over `user_agent`, and an empty one sends
/// none; credentials in the URL become Authorization unless that header is given and not empty.
struct Request {
  std::string_view method = "GET";
  const Url* url = nullptr;
  const HeaderList* headers = nullptr;  ///< may be null
  std::string_view user_agent;          ///< default User-Agent; empty: none
  std::string_view body;
  bool has_body = false;  ///< a body was given, perhaps an empty one
  TimePoint deadline = TimePoint::max();
  HttpVersion version = HttpVersion::kAny;  ///< kAny: the client's
  bool shared = false;  ///< on a connection that all clients of the worker share
  TimePoint asked{};  ///< when it was asked for, if the caller knows: then no clock is read for it
  BodyMode body_mode = BodyMode::kKeep;
  BodySink* sink = nullptr;  ///< null: the body is kept, or dropped
  /// Most bytes of a kept body, encoded or decoded; with more the request has failed.
  std::uint64_t max_body = std::numeric_limits<std::uint64_t>::max();

  /// The first value of a header that was given, by its canonical name; null: it was not.
  [[nodiscard]] const std::string* Header(std::string_view name) const {
    return headers == nullptr ? nullptr : headers->Find(name);
  }
  /// Its Authorization is what the URL's credentials say, and none that was given.
  [[nodiscard]] bool AuthorizedByUrl() const {
    if (!url->has_userinfo) return false;
    const std::string* given = Header("Authorization");
    return given == nullptr || given->empty();
  }
};

/// True if the request itself asks for `Connection: close`.
[[nodiscard]] bool WantsClose(const Request& request);

/// Appends what the Host line or `:authority` says: the request's Host header or the host of its
/// URL, in ASCII, without an IPv6 zone.
void AppendHost(const Request& request, std::string& out);

/// Times of one exchange, by k6's definitions (k6-surface.md 6.2, "Metrics").
///
/// `waiting` and `receiving` end at the kernel's receive stamps, so that a busy generator does not
/// show up as a slow target.
struct Timings {
  using Duration = std::chrono::nanoseconds;
  Duration blocked{};          ///< connection asked for → obtained
  Duration looking_up{};       ///< the name's addresses asked for → known; 0 if they were known
  Duration connecting{};       ///< TCP connect only; 0 if reused
  Duration tls_handshaking{};  ///< 0 if plain or reused
  Duration sending{};          ///< connection (TLS) ready → request written
  Duration waiting{};          ///< written → first byte; → now if none came
  Duration receiving{};        ///< first byte → end of body; 0 if none came

  /// http_req_duration.
  [[nodiscard]] Duration Total() const { return sending + waiting + receiving; }
};

/// What one exchange came to. Reusable: Send() refills it and keeps the strings' memory.
struct Exchange {
  /// A header field: offsets into `head`.
  struct Field {
    std::uint32_t name = 0;
    std::uint32_t name_size = 0;
    std::uint32_t value = 0;
    std::uint32_t value_size = 0;
  };

  Outcome outcome = Outcome::kTransportError;
  Failure failure;  ///< meaningful unless outcome is kResponse

  /// 0 unless kResponse; 101 is a kTransportError that keeps its status: k6 throws its text and
  /// counts nothing.
  int status = 0;
  bool reused = false;  ///< sent on a kept connection
  bool opened = false;  ///< a connection was made for it, and it was the first on that
  /// What `headers` points into, behind a first line of protocol and status text. What else is in
  /// it is the protocol's affair; two of the same protocol with the same bytes say the same.
  std::string head;
  std::vector<Field> headers;  ///< in order; without Transfer-Encoding and what Go also takes out
  std::string body;            ///< decoded; empty with BodyMode::kDiscard
  /// The head of a final response was complete. On a failure after that `body` holds what had come
  /// of it, decoded as far as it goes, which k6 shows as `response.body`; before that k6 shows
  /// null.
  bool head_complete = false;

  Timings timings;
  TimePoint started{};  ///< connection asked for
  TimePoint ended{};    ///< end of the exchange

  std::uint64_t bytes_sent = 0;      ///< on the wire, TLS and failed attempts included
  std::uint64_t bytes_received = 0;  ///< same

  bool connected = false;  ///< `remote` is set
  Endpoint remote;
  std::string_view tls_version;            ///< `tls1.3`; empty on plain
  std::string_view tls_cipher_suite;       ///< IANA name; both views are static
  std::shared_ptr<const OcspStatus> ocsp;  ///< that was stapled; null: none

  /// `HTTP/1.1`; empty unless kResponse.
  [[nodiscard]] std::string_view Protocol() const;
  /// `200 OK`; empty unless kResponse.
  [[nodiscard]] std::string_view StatusText() const;
  [[nodiscard]] std::string_view Name(const Field& field) const;
  [[nodiscard]] std::string_view Value(const Field& field) const;
  /// The first value of a header, any case; empty if there is none. O(n).
  [[nodiscard]] std::string_view Header(std::string_view name) const;
  /// Appends protocol, status text and, for each header, its name as Go spells it and its value,
  /// each followed by a line feed, which none of them holds.
  void AppendHead(std::string& out) const;
  /// k6's `error_code`: the failure's, 1000 + status from 400 on, else 0.
  [[nodiscard]] int ErrorCode() const;
  /// Ready for another exchange; memory beyond a few KiB is given back.
  void Reset();
};

}  // namespace loadctl::net
