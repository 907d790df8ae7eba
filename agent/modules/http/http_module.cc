// The natives of k6/http: the face (response.js, jar.js, form.js, http.js) passes plain values and
// reads back numbers and texts; the protocol is agent/net's.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "agent/modules/faces.h"
#include "agent/modules/file_content.h"
#include "agent/modules/http/answer_notes.h"
#include "agent/modules/http/answer_stream.h"
#include "agent/modules/http/connection_terms.h"
#include "agent/modules/http/hop_samples.h"
#include "agent/modules/http/http_debug.h"
#include "agent/modules/http/http_recording.h"
#include "agent/modules/http/jars.h"
#include "agent/modules/http/json_select.h"
#include "agent/modules/http/milliseconds.h"
#include "agent/modules/http/plain_natives.h"
#include "agent/modules/http/request_batch.h"
#include "agent/modules/http/script_request.h"
#include "agent/modules/http/shared_numbers.h"
#include "agent/modules/http/url_cache.h"
#include "agent/modules/registry.h"
#include "agent/net/client/http_client.h"
#include "agent/net/http/content_encoder.h"
#include "agent/net/http/cookie_jar.h"
#include "agent/net/tls/ocsp.h"
#include "agent/vu/later.h"
#include "agent/vu/vu.h"

namespace loadctl::modules::http {
namespace {

using Jar = std::optional<js::Held<net::CookieJar>>;  ///< none: the VU's own
using Cookies = std::optional<std::vector<net::RedirectPolicy::Own>>;
using Body = std::optional<std::variant<std::string_view, js::BytesView>>;

/// What a request is made of beside its method and URL, as the face gives it.
struct Given {
  std::optional<js::Data> body;
  std::optional<std::string_view> name;
  std::optional<js::Pairs> headers, tags;
  Cookies cookies;
  std::optional<bool> options;
  Jar jar;
  std::optional<std::string> compression;
};

class Http {
 public:
  explicit Http(vu::Vu& vu) : vu_(vu) {
    expected_.push_back(std::make_unique<ExpectedStatuses>());
    expected_.front()->ranges = {{200, 399}};
    default_expected_ = expected_.front().get();
    vu_.hooks().OnBegin([this] {
      if (!vu_.program().options.no_cookies_reset) jars_.Reset();
    });
    vu_.hooks().OnEnd([this] {
      if (!streams_.empty()) LeaveStreams();
      if (client_ && terms_.Now(vu_).reuse == ConnectionTerms::Reuse::kIteration)
        client_->CloseIdle();
    });
    vu_.hooks().OnCleanUp([this] { DropAll(); });
  }

  void ShareNumbers(js::Numbers<kNumbers> numbers, js::Integers<kIntegers> integers) {
    shared_ = {numbers.memory, integers.memory};
  }
  // shareResponse(pattern), newResponses() → copies of it: to ask for each would cost more than it
  void ShareResponse(js::Pattern response) { response_ = std::move(response); }
  js::CopiesOf<8> NewResponses() { return {response_}; }
  bool InInit() { return vu_.recorder() == nullptr; }
  bool Throws() { return vu_.program().options.throw_errors; }
  const std::string& UserAgent() { return vu_.program().options.user_agent; }

  // expect([min, max, ...]) → index
  std::size_t Expect(std::vector<std::int64_t> flat) {
    auto statuses = std::make_unique<ExpectedStatuses>();
    for (std::size_t i = 0; i + 1 < flat.size(); i += 2)
      statuses->ranges.emplace_back(flat[i], flat[i + 1]);
    expected_.push_back(std::move(statuses));
    return expected_.size() - 1;
  }
  void SetDefaultCallback(std::int64_t index) { default_expected_ = Expected(index); }

  // send(method, url, body, name, headers, tags, cookies, hasOptions, jar, compression) → body;
  // nothing if kBadUrl is set
  Result<Body> Send(std::string_view method, std::string_view url, std::optional<js::Data> body,
                    std::optional<std::string_view> name, std::optional<js::Pairs> headers,
                    std::optional<js::Pairs> tags, Cookies cookies, std::optional<bool> options,
                    Jar jar, std::optional<std::string> compression) {
    Given given{body,    name,           std::move(headers),    std::move(tags), std::move(cookies),
                options, std::move(jar), std::move(compression)};
    return SendMain(Fill(main_, method, url, &given));
  }

  // sendGet(url) → as send() of a GET with nothing else, which most requests are
  Result<Body> SendGet(std::string_view url) { return SendMain(Fill(main_, "GET", url, nullptr)); }

  // prepare(as send) → index, or a negative number for a bad URL
  Result<int> Prepare(std::string_view method, std::string_view url, std::optional<js::Data> body,
                      std::optional<std::string_view> name, std::optional<js::Pairs> headers,
                      std::optional<js::Pairs> tags, Cookies cookies, std::optional<bool> options,
                      Jar jar, std::optional<std::string> compression) {
    const int index = Acquire();
    Given given{body,    name,           std::move(headers),    std::move(tags), std::move(cookies),
                options, std::move(jar), std::move(compression)};
    const auto filled = Fill(*pool_[static_cast<std::size_t>(index)], method, url, &given);
    if (filled && *filled) return index;
    Release(index);
    if (!filled) return tl::unexpected(filled.error());
    return -1;
  }

  // drop(index): of one that was prepared and will not be sent
  void Drop(int index) { Release(index); }

  // runBatch([index, ...]): sends them all and waits until they ended
  void RunBatch(std::vector<std::size_t> indices) {
    RequestBatch batch(vu_, pool_, std::move(indices), Client());
    batch.Run();
  }

  // start(index) → a promise: sends it while the script goes on
  vu::Promise Start(int index) {
    ScriptRequest& sent = *pool_[static_cast<std::size_t>(index)];
    sent.place = std::make_unique<ScriptRequest::Place>(
        ScriptRequest::Place{vu_.tags().group(), vu_.tags().own(), vu_.tags().metadata()});
    return vu::Beside(vu_, [this, &sent](net::Parker& parker) {
      sent.Run(Client(), vu_.program().options.user_agent, parker);
    });
  }

  // collect(index) → body of one that has ended; throws as send
  Result<Body> Collect(int index) {
    auto body = Finish(*pool_[static_cast<std::size_t>(index)]);
    Release(index);
    return body;
  }

  // useFile(content, from): the next request's body is that of a file, from there on
  void UseFile(const js::Held<const FileContent>& content, std::uint64_t from) {
    const std::string_view bytes = content->bytes;
    next_file_ = bytes.substr(std::min<std::uint64_t>(from, bytes.size()));
  }

  // openStream(index) → the stream of one that was prepared, once its answer's head is there
  Stream OpenStream(int index) {
    ScriptRequest& sent = *pool_[static_cast<std::size_t>(index)];
    const auto stream = std::make_shared<AnswerStream>(vu_, sent, index);
    sent.sink = stream.get();
    sent.max_body = AnswerStream::kMostWaiting;
    streams_.push_back(stream);
    vu_.events().Spawn(
        [this, stream](net::Parker& parker) {
          stream->Run(Client(), vu_.program().options.user_agent, parker);
        },
        [stream] {});
    stream->AwaitHead();
    return Stream(stream);
  }
  // nextPiece(stream) → bytes, or nothing at the end; the time is in the numbers
  std::optional<js::Bytes> NextPiece(const Stream& stream) {
    auto piece = stream->Next();
    if (!piece) return std::nullopt;
    shared_.numbers[kStreamTime] = Milliseconds(piece->after);
    return js::Bytes{std::move(piece->bytes)};
  }
  // nextEvent(stream) → {event, data, id, retry}, or nothing at the end
  Result<std::optional<net::ServerEvent>> NextEvent(const Stream& stream) {
    if (!stream->coding().empty())
      return Fail("the events of a stream that is coded (" + stream->coding() +
                  ") cannot be read: ask for it without Accept-Encoding");
    auto next = stream->NextEvent();
    if (!next) return std::nullopt;
    shared_.numbers[kStreamTime] = Milliseconds(next->after);
    return std::move(next->event);
  }

  // text(which): of the request that ended last
  std::string GiveText(std::uint8_t which) {
    switch (static_cast<Text>(which)) {
      case Text::kHead:
        return notes_.HeadText(last_->exchange);
      case Text::kErrorText:
        return error_;
      case Text::kRemoteIp:
        return notes_.remote_ip();
      case Text::kTlsVersion:
        return notes_.tls_version();
      case Text::kTlsCipherSuite:
        return notes_.tls_cipher_suite();
      case Text::kFinalUrl:
        return FinalUrl();
      case Text::kFirstUrl:
        return last_->url->text;
      case Text::kCookieLine:
        return last_->cookie_line;
      case Text::kOcspText:
        return OcspText(*last_->exchange.ocsp);
    }
    return "";
  }

  js::Held<net::CookieJar> NewJar() { return js::Held(std::make_shared<net::CookieJar>()); }
  Result<js::Pairs> JarCookies(const Jar& jar, std::string_view url) {
    return jars_.Cookies(jar, url);
  }
  Result<void> SetCookie(const Jar& jar, std::string_view url, CookieToSet cookie) {
    return jars_.Set(jar, url, std::move(cookie));
  }
  Result<void> DeleteCookies(const Jar& jar, std::string_view url,
                             std::optional<std::string> name) {
    return jars_.Delete(jar, url, std::move(name));
  }

  // addPart(boundary, head, data): one part of a multipart form
  void AddPart(const std::string& boundary, js::Data head, js::Data data) {
    form_ += form_.empty() ? "--" : "\r\n--";
    form_ += boundary + "\r\n";
    form_ += head.bytes;
    form_ += "\r\n\r\n";
    form_ += data.bytes;
  }
  // endForm(boundary) → bytes
  js::Bytes EndForm(const std::string& boundary) {
    return {std::exchange(form_, {}) + "\r\n--" + boundary + "--\r\n"};
  }

  // mask(url): with its credentials hidden; throws if it is none
  Result<std::string> Mask(std::string_view text) {
    auto url = urls_.Find(text);
    if (!url) return Fail("invalid URL: " + url.error().message);
    return (*url)->masked;
  }

 private:
  net::HttpClient& Client() {
    if (!client_) {
      const auto& options = vu_.program().options;
      net::ClientOptions client;
      client.max_idle = static_cast<std::size_t>(std::max<std::int64_t>(options.batch, 0));
      client.max_idle_per_host =
          static_cast<std::size_t>(std::max<std::int64_t>(options.batch_per_host, 0));
      client.no_connection_reuse = options.no_connection_reuse;
      client.resume_tls = options.tls_session_resumption;
      client.max_per_host =
          static_cast<std::size_t>(std::max<std::int64_t>(options.connections_per_host, 0));
      client.max_age = options.connection_max_age;
      client.idle_timeout = options.connection_idle_timeout;
      if (const auto version = net::ReadHttpVersion(options.http_version))
        client.version = *version;
      if (!options.local_ips.empty()) {
        // One after the other over all agents, so that no two VUs need share an address.
        const auto pool = net::LocalAddresses::Parse(options.local_ips);
        const auto index =
            static_cast<std::uint64_t>(std::max<std::int64_t>(vu_.numbers().in_test - 1, 0));
        if (pool) client.dial.local = pool->For(index);
      }
      client_ = std::make_unique<net::HttpClient>(*vu_.net(), client);
      samples_.emplace(vu_);
    }
    return *client_;
  }

  [[nodiscard]] const ExpectedStatuses* Expected(std::int64_t index) const {
    if (index == kDefaultCallback) return default_expected_;
    if (index < 0 || static_cast<std::size_t>(index) >= expected_.size()) return nullptr;
    return expected_[static_cast<std::size_t>(index)].get();
  }

  /// Sends the script's own request, and waits for what comes of it, if it was filled.
  Result<Body> SendMain(const Result<bool>& filled) {
    if (!filled) return tl::unexpected(filled.error());
    if (!*filled) return std::nullopt;
    main_.Run(Client(), vu_.program().options.user_agent, vu_.parker());
    return Finish(main_);
  }

  /// Takes the arguments of send(), `given` if there are more than two; false: kBadUrl is set.
  Result<bool> Fill(ScriptRequest& sent, std::string_view method, std::string_view url,
                    Given* given) {
    if (vu_.recorder() == nullptr)
      return Fail("Making http requests in the init context is not supported");
    if (!sent.on_hop) Listen(sent);
    sent.Reset();
    if (!sent.url || sent.url->given != url) {
      auto known = urls_.Find(url);
      if (!known) {
        error_ = "invalid URL: " + known.error().message;
        shared_.integers[kFlags] = kBadUrl;
        return false;
      }
      sent.url = std::move(*known);
    }
    sent.method.assign(method.empty() ? "GET" : method);
    if (given != nullptr) Take(*given, sent);
    FillOptions(given != nullptr && given->options.value_or(false), sent);
    sent.jar = jars_.Given(given != nullptr ? given->jar : std::nullopt);
    sent.policy.jar = sent.jar.get();
    return true;
  }

  void Take(Given& given, ScriptRequest& sent) {
    sent.has_body = given.body.has_value();
    if (given.body) sent.body.assign(given.body->bytes);
    if (next_file_) TakeFile(sent);
    if (given.name) sent.name.assign(*given.name);
    if (given.headers) {
      for (const auto& [header, value] : *given.headers) sent.headers.Set(header, value);
    }
    if (given.compression && sent.has_body) Compress(*given.compression, sent);
    if (!sent.headers.empty()) CheckLength(sent);
    if (given.tags) sent.tags = std::move(*given.tags);
    if (given.cookies) sent.policy.cookies = std::move(*given.cookies);
  }

  /// The face said that the body is a file's, which is sent from where it lies.
  void TakeFile(ScriptRequest& sent) {
    sent.file = *std::exchange(next_file_, std::nullopt);
    sent.has_body = true;
  }

  void Listen(ScriptRequest& sent) {
    sent.on_hop = [this, &sent](const net::Hop& hop) { NoteHop(sent, hop); };
  }

  void Compress(const std::string& codings, ScriptRequest& sent) {
    if (!sent.file.empty()) sent.body.assign(std::exchange(sent.file, {}));
    const auto names = net::EncodeContent(codings, sent.body);
    if (!names) return vu_.Log(vu::LogLevel::kError, names.error().message);
    const std::string* given = sent.headers.Find("Content-Encoding");
    if (given == nullptr || given->empty()) return sent.headers.Set("Content-Encoding", *names);
    if (*given == *names) return;
    vu_.Log(vu::LogLevel::kWarning,
            "There's a mismatch between the desired `compression` the manually set "
            "`Content-Encoding` header in the " +
                sent.method + " request for '" + sent.url->text +
                "', the custom header has precedence and won't be overwritten. This may result in "
                "invalid data being sent to the server.");
  }

  /// Go writes the length of the body itself; another one was a mistake.
  void CheckLength(ScriptRequest& sent) {
    const std::string* given = sent.headers.Find("Content-Length");
    if (given == nullptr || given->empty()) return;
    const std::string length = std::to_string(sent.Body().size());
    if (*given != length) {
      vu_.Log(vu::LogLevel::kWarning, "The specified Content-Length header " + net::Quote(*given) +
                                          " in the " + sent.method + " request for " +
                                          sent.url->text +
                                          " doesn't match the actual request body length of " +
                                          length + ", so it will be ignored!");
    }
    sent.headers.Remove("Content-Length");
  }

  void FillOptions(bool given, ScriptRequest& sent) {
    const auto& options = vu_.program().options;
    const auto number = [&](Number place, double otherwise) {
      return given && shared_.numbers[place] >= 0 ? shared_.numbers[place] : otherwise;
    };
    constexpr double kTimeoutMs = 60'000;
    // A timeout may be negative: it has passed, then.
    sent.timeout = FromMilliseconds(
        given && !std::isnan(shared_.numbers[kTimeout]) ? shared_.numbers[kTimeout] : kTimeoutMs);
    sent.policy.max_redirects = static_cast<int>(
        std::min(number(kRedirects, static_cast<double>(options.max_redirects)), 1e9));
    sent.limit_given =
        options.IsSet(&plan::Options::max_redirects) || (given && shared_.numbers[kRedirects] >= 0);
    sent.type = static_cast<ResponseType>(number(
        kResponseType, static_cast<double>(options.discard_response_bodies ? ResponseType::kNone
                                                                           : ResponseType::kText)));
    sent.expected =
        given ? Expected(static_cast<std::int64_t>(shared_.numbers[kCallback])) : default_expected_;
    sent.max_body = options.max_response_body > 0
                        ? static_cast<std::uint64_t>(options.max_response_body)
                        : kLongestBody;
    sent.throws = number(kThrow, options.throw_errors ? 1 : 0) != 0;
    sent.policy.auth = static_cast<net::RedirectPolicy::Auth>(number(kAuth, 0));
    sent.version = static_cast<net::HttpVersion>(number(kVersion, 0));
    const ConnectionTerms::Of& terms = terms_.Now(vu_);
    if (sent.version == net::HttpVersion::kAny) sent.version = terms.version;
    sent.shared = terms.reuse == ConnectionTerms::Reuse::kShared;
  }

  void NoteHop(ScriptRequest& sent, const net::Hop& hop) {
    const net::Exchange& exchange = hop.exchange;
    vu_.samples().CountData(exchange.bytes_sent, exchange.bytes_received);
    debug_.Log(sent, hop);
    if (vu_.program().record_http) vu_.program().record_http(RecordOf(vu_, sent, hop));
    if (sent.hops == 0) {
      if (const std::string* line = hop.headers.Find("Cookie")) sent.cookie_line = *line;
    }
    const int number = sent.hops;
    if (!hop.challenge) ++sent.hops;  // it is the same request again
    // Nothing that was sent goes uncounted; what failed before that on this machine is no request.
    const bool unsent = exchange.outcome == net::Outcome::kGeneratorError && !exchange.connected;
    if (exchange.outcome == net::Outcome::kCancelled || unsent || IsUpgrade(exchange)) return;
    samples_->Emit(sent, hop, number);
  }

  /// k6 throws for 101, whatever `throw` says, and counts nothing.
  static bool IsUpgrade(const net::Exchange& exchange) {
    return exchange.outcome == net::Outcome::kTransportError && exchange.status == 101;
  }

  /// Gives the face what came of a request; an error is to be thrown.
  Result<Body> Finish(ScriptRequest& sent) {
    last_ = &sent;
    const net::Exchange& exchange = sent.exchange;
    unsigned flags = sent.cookie_line.empty() ? 0u : static_cast<unsigned>(kCookies);
    if (sent.fetched.url || sent.url->respelt) flags |= kUrlNews;
    if (exchange.connected) flags |= notes_.NotePeer(exchange);
    // The face is not told the head of one that failed.
    const bool answered = exchange.outcome == net::Outcome::kResponse;
    if (answered && notes_.NoteHead(exchange)) flags |= kHeadNews;
    // One that is used again may have been waited for, where there may be no more.
    if (!exchange.reused || exchange.timings.blocked.count() > 0) flags |= kConnectionNews;
    if (exchange.ocsp) flags |= kOcsp;
    const int code = exchange.ErrorCode();
    if (code != 0) flags |= kHasCode;
    if (!answered) {
      if (auto noted = NoteFailure(sent); !noted) {
        notes_.Forget();
        return tl::unexpected(std::move(noted.error()));
      }
      flags |= kFailed;
    } else if (sent.fetched.limited && !sent.limit_given) {
      vu_.Log(vu::LogLevel::kWarning,
              "Stopped after " + std::to_string(sent.fetched.hops) +
                  " redirects and returned the redirection; pass { redirects: n } in request "
                  "params or set global maxRedirects to silence this",
              {{"url", sent.url->text}});
    }
    shared_.integers[kStatus] = answered ? exchange.status : 0;
    shared_.integers[kErrorCode] = code;
    shared_.integers[kFlags] = static_cast<std::int32_t>(flags);
    shared_.integers[kRemotePort] = exchange.connected ? exchange.remote.port : 0;
    const net::Timings& timings = exchange.timings;
    shared_.numbers[kDuration] = Milliseconds(timings.Total());
    shared_.numbers[kBlocked] = Milliseconds(timings.blocked);
    shared_.numbers[kConnecting] = Milliseconds(timings.connecting);
    shared_.numbers[kTlsHandshaking] = Milliseconds(timings.tls_handshaking);
    shared_.numbers[kLookingUp] = Milliseconds(timings.looking_up);
    shared_.numbers[kSending] = Milliseconds(timings.sending);
    shared_.numbers[kWaiting] = Milliseconds(timings.waiting);
    shared_.numbers[kReceiving] = Milliseconds(timings.receiving);
    return BodyOf(sent, !answered);
  }

  /// The URL that answered or was redirected to; as given where the first hop failed, as in k6.
  [[nodiscard]] std::string FinalUrl() const {
    const bool failed = last_->exchange.outcome != net::Outcome::kResponse;
    if (failed && last_->fetched.hops < 2) return last_->url->given;
    return last_->fetched.url ? last_->fetched.url->ToString() : last_->url->text;
  }

  /// Logs a failure; an error if it is to be thrown into the script.
  Result<void> NoteFailure(const ScriptRequest& sent) {
    const net::Exchange& exchange = sent.exchange;
    error_ = exchange.failure.text;
    if (exchange.outcome == net::Outcome::kCancelled) return {};
    if (IsUpgrade(exchange)) return Fail(error_);
    std::string text = sent.ErrorText();
    if (exchange.outcome == net::Outcome::kGeneratorError) {
      vu_.Log(vu::LogLevel::kError, "the load generator could not make a request",
              {{"error", text}});
      return Fail(std::move(text));
    }
    if (sent.throws) return Fail(std::move(text));
    vu_.Log(vu::LogLevel::kWarning, "Request Failed", {{"error", std::move(text)}});
    return {};
  }

  static Body BodyOf(const ScriptRequest& sent, bool failed) {
    const net::Exchange& exchange = sent.exchange;
    const bool none =
        failed ? !sent.FailedInBody() ||
                     (exchange.failure.code == net::code::kDecompression && exchange.body.empty())
               : exchange.status < 200 || exchange.status == 204 || exchange.status == 304;
    if (none || sent.type == ResponseType::kNone || sent.sink != nullptr) return std::nullopt;
    if (sent.type == ResponseType::kText) return std::string_view(exchange.body);
    return js::BytesView{exchange.body};
  }

  // ---- requests beside the script's own

  int Acquire() {
    if (free_.empty()) {
      pool_.push_back(std::make_unique<ScriptRequest>());
      return static_cast<int>(pool_.size()) - 1;
    }
    const int index = free_.back();
    free_.pop_back();
    return index;
  }
  void Release(int index) { free_.push_back(index); }
  /// Streams that the script left have ended with the iteration; their places are free again.
  void LeaveStreams() {
    for (const auto& left : std::exchange(streams_, {}))
      if (const auto stream = left.lock(); stream && !stream->collected()) Release(stream->index());
  }
  void DropAll() {
    free_.clear();
    for (std::size_t i = 0; i < pool_.size(); ++i) free_.push_back(static_cast<int>(i));
    streams_.clear();
  }

  vu::Vu& vu_;
  Shared shared_;
  js::Pattern response_;
  ConnectionTerms terms_;
  UrlCache urls_;
  Jars jars_{urls_};
  std::string form_;  ///< parts of the form being made
  std::vector<std::unique_ptr<ExpectedStatuses>> expected_;
  const ExpectedStatuses* default_expected_ = nullptr;
  std::optional<HopSamples> samples_;
  HttpDebug debug_{vu_};
  std::unique_ptr<net::HttpClient> client_;

  ScriptRequest main_;                                ///< the script's own request
  std::vector<std::unique_ptr<ScriptRequest>> pool_;  ///< those of batch and asyncRequest
  std::vector<int> free_;
  std::vector<std::weak_ptr<AnswerStream>> streams_;  ///< of the iteration
  std::optional<std::string_view> next_file_;         ///< body of the next request

  // Of the request that ended last.
  const ScriptRequest* last_ = &main_;
  std::string error_;
  AnswerNotes notes_;
};

}  // namespace
}  // namespace loadctl::modules::http

template <>
struct loadctl::js::Members<loadctl::net::RedirectPolicy::Own> {
  using T = net::RedirectPolicy::Own;
  static constexpr std::tuple list{Member{"name", &T::name}, Member{"value", &T::value},
                                   Member{"replace", &T::replace}};
};
namespace loadctl::modules::http {

Module Describe() {
  Module http{faces::kHttp,
              {
                  js::Native<&Http::ShareNumbers>("shareNumbers"),
                  js::Native<&Http::ShareResponse>("shareResponse"),
                  js::Native<&Http::NewResponses>("newResponses"),
                  js::Native<&Http::InInit>("inInit"),
                  js::Native<&Http::Throws>("throws"),
                  js::Native<&Http::UserAgent>("userAgent"),
                  js::Native<&Http::Expect>("expect"),
                  js::Native<&Http::SetDefaultCallback>("setDefaultCallback"),
                  js::Native<&Http::Send>("send"),
                  js::Native<&Http::SendGet>("sendGet"),
                  js::Native<&Http::Prepare>("prepare"),
                  js::Native<&Http::Drop>("drop"),
                  js::Native<&Http::RunBatch>("runBatch"),
                  js::Native<&Http::Start>("start"),
                  js::Native<&Http::Collect>("collect"),
                  js::Native<&Http::UseFile>("useFile"),
                  js::Native<&Http::OpenStream>("openStream"),
                  js::Native<&StreamStatus>("streamStatus"),
                  js::Native<&StreamHead>("streamHead"),
                  js::Native<&Http::NextPiece>("nextPiece"),
                  js::Native<&Http::NextEvent>("nextEvent"),
                  js::Native<&CloseStream>("closeStream"),
                  js::Native<&Http::GiveText>("text"),
                  js::Native<&ParseCookies>("parseCookies"),
                  js::Native<&JsonError>("jsonError"),
                  js::Native<&FindByPath>("findByPath"),
                  js::Native<&Decode>("decode"),
                  js::Native<&Http::Mask>("mask"),
                  js::Native<&Http::NewJar>("newJar"),
                  js::Native<&Http::JarCookies>("jarCookies"),
                  js::Native<&Http::SetCookie>("setCookie"),
                  js::Native<&Http::DeleteCookies>("deleteCookies"),
                  js::Native<&Http::AddPart>("addPart"),
                  js::Native<&Http::EndForm>("endForm"),
                  js::Native<&EscapeForm>("escapeForm"),
                  js::Native<&ReadDuration>("readDuration"),
              }};
  const auto shared = SharedNames();
  http.natives.insert(http.natives.end(), shared.begin(), shared.end());
  return http;
}

}  // namespace loadctl::modules::http
