// The natives of k6/http: the face (response.js, jar.js, form.js, http.js) passes plain values and
// reads back numbers and texts; the protocol is agent/net's.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/modules/faces.h"
#include "agent/modules/http/asked.h"
#include "agent/modules/http/hop_samples.h"
#include "agent/modules/http/jars.h"
#include "agent/modules/http/json_error.h"
#include "agent/modules/http/json_select.h"
#include "agent/modules/http/shared_numbers.h"
#include "agent/modules/http/url_cache.h"
#include "agent/modules/registry.h"
#include "agent/modules/tags.h"
#include "agent/net/client/http_client.h"
#include "agent/net/http/cookie_jar.h"
#include "agent/vu/vu.h"
#include "common/base/duration.h"

namespace loadctl::modules::http {
namespace {

double Milliseconds(net::Timings::Duration duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

std::chrono::nanoseconds FromMilliseconds(double ms) {
  // Go's durations end at 292 years.
  constexpr double kLongest = 9e12;
  return std::chrono::nanoseconds(
      static_cast<std::int64_t>(std::clamp(ms, -kLongest, kLongest) * 1e6));
}

class Http {
 public:
  explicit Http(vu::Vu& vu) : vu_(vu) {
    expected_.push_back(std::make_unique<ExpectedStatuses>());
    expected_.front()->ranges = {{200, 399}};
    default_expected_ = expected_.front().get();
    vu_.OnBegin([this] {
      if (!vu_.program().options.no_cookies_reset) jars_.Reset();
    });
    vu_.OnEnd([this] {
      if (client_ && vu_.program().options.no_vu_connection_reuse) client_->CloseIdle();
    });
    vu_.OnCleanUp([this] { DropAll(); });
  }

  void ShareNumbers(js::Call& call) {
    numbers_ = call.SharedNumbers(0, kNumbers);
    call.Return(numbers_ != nullptr);
  }
  void GoError(js::Call& call) { call.Throw(call.String(0)); }
  void InInit(js::Call& call) { call.Return(vu_.recorder() == nullptr); }
  void Throws(js::Call& call) { call.Return(vu_.program().options.throw_errors); }
  void UserAgent(js::Call& call) { call.Return(vu_.program().options.user_agent); }

  // warn(message, error)
  void Warn(js::Call& call) {
    std::vector<std::pair<std::string, std::string>> fields;
    if (!call.IsNullish(1)) fields.emplace_back("error", call.String(1));
    vu_.Log(vu::LogLevel::kWarning, call.String(0), std::move(fields));
  }

  // expect([min, max, ...]) → index
  void Expect(js::Call& call) {
    const auto flat = call.Strings(0);
    auto statuses = std::make_unique<ExpectedStatuses>();
    for (std::size_t i = 0; i + 1 < flat.size(); i += 2)
      statuses->ranges.emplace_back(std::atoi(flat[i].c_str()), std::atoi(flat[i + 1].c_str()));
    expected_.push_back(std::move(statuses));
    call.Return(static_cast<double>(expected_.size() - 1));
  }
  void SetDefaultCallback(js::Call& call) { default_expected_ = Expected(call.Integer(0)); }

  // send(method, url, body, name, headers, tags, cookies, hasOptions, jar) → body
  void Send(js::Call& call) {
    if (!Fill(call, main_)) return;
    main_.Run(Client(), vu_.program().options.user_agent, vu_.parker());
    Finish(call, main_);
  }

  // prepare(as send) → index, or a negative number for a bad URL
  void Prepare(js::Call& call) {
    const int index = Acquire();
    Asked& asked = *pool_[static_cast<std::size_t>(index)];
    if (Fill(call, asked)) return call.Return(index);
    Release(index);
    call.Return(-1);
  }

  // drop(index): of one that was prepared and will not be sent
  void Drop(js::Call& call) { Release(static_cast<int>(call.Integer(0))); }

  // runBatch([index, ...] as strings): sends them all and waits until they ended
  void RunBatch(js::Call& call) {
    pending_.clear();
    hosts_.clear();
    for (const auto& text : call.Strings(0))
      pending_.push_back(static_cast<std::size_t>(std::atoi(text.c_str())));
    const auto& options = vu_.program().options;
    const std::size_t fibers =
        options.batch > 0 ? std::min(pending_.size(), static_cast<std::size_t>(options.batch))
                          : pending_.size();
    for (std::size_t i = 0; i < fibers; ++i)
      vu_.Spawn([this](net::Parker& parker) { WorkOffBatch(parker); }, -1, 0);
    vu_.JoinSpawned();
  }

  void OnDone(js::Call& call) { dispatcher_ = vu_.AddDispatcher(call.KeepFunction(0)); }

  // start(index): sends it while the script goes on; the dispatcher gets the index
  void Start(js::Call& call) {
    const int index = static_cast<int>(call.Integer(0));
    Asked& asked = *pool_[static_cast<std::size_t>(index)];
    asked.place = std::make_unique<Asked::Place>(Asked::Place{vu_.group(), vu_.vu_tags()});
    vu_.Spawn(
        [this, &asked](net::Parker& parker) {
          asked.Run(Client(), vu_.program().options.user_agent, parker);
        },
        dispatcher_, index);
  }

  // collect(index) → body of one that has ended; throws as send
  void Collect(js::Call& call) {
    const int index = static_cast<int>(call.Integer(0));
    Finish(call, *pool_[static_cast<std::size_t>(index)]);
    Release(index);
  }

  // text(which): of the request that ended last
  void GiveText(js::Call& call) {
    const net::Exchange& exchange = last_->exchange;
    switch (static_cast<Text>(call.Integer(0))) {
      case Text::kHead:
        head_text_.clear();
        exchange.AppendHead(head_text_);
        call.Return(head_text_);
        return;
      case Text::kErrorText:
        call.Return(error_);
        return;
      case Text::kRemoteIp:
        call.Return(peer_.address.ToString());
        return;
      case Text::kTlsVersion:
        call.Return(tls_version_);
        return;
      case Text::kTlsCipherSuite:
        call.Return(tls_cipher_suite_);
        return;
      case Text::kFinalUrl:
        call.Return(last_->fetched.url ? last_->fetched.url->ToString() : last_->url->text);
        return;
      case Text::kFirstUrl:
        call.Return(last_->url->text);
        return;
      case Text::kCookieLine:
        call.Return(last_->cookie_line);
        return;
    }
  }

  // parseCookies(values of Set-Cookie) → flat list of name, value, domain, path, httpOnly, secure,
  // maxAge, expires in ms
  void ParseCookies(js::Call& call) {
    std::vector<std::string> flat;
    for (const auto& line : call.Strings(0)) {
      auto cookie = net::ParseSetCookie(line);
      if (!cookie) continue;
      // Go's zero time in milliseconds since 1970, modulo 2^64 nanoseconds.
      std::int64_t expires = -6795364578871;
      if (cookie->expires) expires = cookie->expires->time_since_epoch().count() * 1000;
      for (std::string* part : {&cookie->name, &cookie->value, &cookie->domain, &cookie->path})
        flat.push_back(std::move(*part));
      flat.emplace_back(cookie->http_only ? "1" : "");
      flat.emplace_back(cookie->secure ? "1" : "");
      flat.push_back(std::to_string(cookie->max_age));
      flat.push_back(std::to_string(expires));
    }
    call.ReturnStrings(flat);
  }

  // jsonError(body): why it is no JSON, "" if it is
  void JsonError(js::Call& call) { call.Return(JsonErrorText(call.String(0))); }
  void FindByPath(js::Call& call) { http::FindByPath(call); }
  // decode(bytes): as text
  void Decode(js::Call& call) {
    if (!call.Return(call.Bytes(0)))
      call.ThrowRangeError("the body is longer than a string may be");
  }
  void NewJar(js::Call& call) { jars_.New(call); }
  void JarCookies(js::Call& call) { jars_.Cookies(call); }
  void SetCookie(js::Call& call) { jars_.Set(call); }
  void DeleteCookies(js::Call& call) { jars_.Delete(call); }

  // addPart(boundary, head, data): one part of a multipart form
  void AddPart(js::Call& call) {
    form_ += (form_.empty() ? "--" : "\r\n--") + call.String(0) + "\r\n" + call.String(1) +
             "\r\n\r\n" + call.String(2);
  }
  // endForm(boundary) → bytes
  void EndForm(js::Call& call) {
    form_ += "\r\n--" + call.String(0) + "--\r\n";
    if (!call.ReturnBytes(form_)) call.ThrowRangeError("the form exceeds the memory for buffers");
    form_ = std::string();
  }

  // readDuration(text) → milliseconds, or Go's words for what is wrong with it
  void ReadDuration(js::Call& call) {
    const auto duration = ParseK6Duration(call.String(0));
    if (duration) {
      call.Return(Milliseconds(*duration));
    } else {
      call.Return(duration.error().message);
    }
  }

  // mask(url): with its credentials hidden; throws if it is none
  void Mask(js::Call& call) {
    auto url = urls_.Find(call.String(0));
    if (!url) return call.Throw("invalid URL: " + url.error().message);
    call.Return((*url)->masked);
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

  /// Takes the arguments of send(); false: thrown, or kBadUrl is set.
  bool Fill(js::Call& call, Asked& asked) {
    if (vu_.recorder() == nullptr) {
      call.Throw("Making http requests in the init context is not supported");
      return false;
    }
    if (!asked.on_hop) Listen(asked);
    asked.Reset();
    call.StringTo(1, url_text_);
    if (!asked.url || asked.url->given != url_text_) {
      auto url = urls_.Find(url_text_);
      if (!url) {
        error_ = "invalid URL: " + url.error().message;
        numbers_[kFlags] = kBadUrl;
        return false;
      }
      asked.url = std::move(*url);
    }
    call.StringTo(0, asked.method);
    if (asked.method.empty()) asked.method = "GET";
    // Most calls have a method and a URL and no more.
    const bool plain = call.Size() <= 2;
    if (!plain) FillParams(call, asked);
    FillOptions(!plain && call.Bool(7), asked);
    asked.jar = jars_.Given(call, 8);
    asked.policy.jar = asked.jar.get();
    return true;
  }

  void FillParams(js::Call& call, Asked& asked) {
    if (!call.IsNullish(2)) {
      asked.has_body = true;
      call.StringTo(2, asked.body);
    }
    if (!call.IsNullish(3)) call.StringTo(3, asked.name);
    if (!call.IsNullish(4)) FillHeaders(call, asked);
    if (!call.IsNullish(5)) asked.tags = TagsOf(call.Strings(5));
    if (!call.IsNullish(6)) FillCookies(call, asked);
  }

  void Listen(Asked& asked) {
    asked.on_hop = [this, &asked](const net::Hop& hop) { NoteHop(asked, hop); };
  }

  void FillHeaders(js::Call& call, Asked& asked) {
    const auto flat = call.Strings(4);
    for (std::size_t i = 0; i + 1 < flat.size(); i += 2) asked.headers.Set(flat[i], flat[i + 1]);
    const std::string* given = asked.headers.Find("Content-Length");
    if (given == nullptr || given->empty()) return;
    const std::string length = std::to_string(asked.body.size());
    if (*given != length) {
      vu_.Log(vu::LogLevel::kWarning, "The specified Content-Length header " + net::Quote(*given) +
                                          " in the " + asked.method + " request for " +
                                          asked.url->text +
                                          " doesn't match the actual request body length of " +
                                          length + ", so it will be ignored!");
    }
    asked.headers.Remove("Content-Length");
  }

  static void FillCookies(js::Call& call, Asked& asked) {
    auto flat = call.Strings(6);
    for (std::size_t i = 0; i + 2 < flat.size(); i += 3)
      asked.policy.cookies.push_back(
          {std::move(flat[i]), std::move(flat[i + 1]), flat[i + 2] == "1"});
  }

  void FillOptions(bool given, Asked& asked) {
    const auto& options = vu_.program().options;
    const auto number = [&](Number place, double otherwise) {
      return given && numbers_[place] >= 0 ? numbers_[place] : otherwise;
    };
    constexpr double kTimeoutMs = 60'000;
    // A timeout may be negative: it has passed, then.
    asked.timeout = FromMilliseconds(given && !std::isnan(numbers_[kTimeout]) ? numbers_[kTimeout]
                                                                              : kTimeoutMs);
    asked.policy.max_redirects = static_cast<int>(
        std::min(number(kRedirects, static_cast<double>(options.max_redirects)), 1e9));
    asked.limit_given = options.max_redirects_set || (given && numbers_[kRedirects] >= 0);
    asked.type = static_cast<ResponseType>(number(
        kResponseType, static_cast<double>(options.discard_response_bodies ? ResponseType::kNone
                                                                           : ResponseType::kText)));
    asked.expected =
        given ? Expected(static_cast<std::int64_t>(numbers_[kCallback])) : default_expected_;
    asked.throws = number(kThrow, options.throw_errors ? 1 : 0) != 0;
  }

  void NoteHop(Asked& asked, const net::Hop& hop) {
    const net::Exchange& exchange = hop.exchange;
    vu_.CountData(exchange.bytes_sent, exchange.bytes_received);
    if (asked.hops == 0) {
      if (const std::string* line = hop.headers.Find("Cookie")) asked.cookie_line = *line;
    }
    const int number = asked.hops++;
    // Nothing that was sent goes uncounted; what failed before that on this machine is no request.
    const bool unsent = exchange.outcome == net::Outcome::kGeneratorError && !exchange.connected;
    if (exchange.outcome == net::Outcome::kCancelled || unsent || IsUpgrade(exchange)) return;
    samples_->Emit(asked, hop, number);
  }

  /// k6 throws for 101, whatever `throw` says, and counts nothing.
  static bool IsUpgrade(const net::Exchange& exchange) {
    return exchange.outcome == net::Outcome::kTransportError && exchange.status == 101;
  }

  /// Gives the face what came of a request, or throws.
  void Finish(js::Call& call, Asked& asked) {
    last_ = &asked;
    const net::Exchange& exchange = asked.exchange;
    unsigned flags = asked.cookie_line.empty() ? 0u : static_cast<unsigned>(kCookies);
    if (asked.fetched.url || asked.url->text != asked.url->given) flags |= kUrlNews;
    if (exchange.connected) flags |= NotePeer(exchange);
    if (NoteHead(exchange)) flags |= kHeadNews;
    if (!exchange.reused) flags |= kConnectionNews;
    if (exchange.outcome != net::Outcome::kResponse) {
      if (Thrown(call, asked)) return;
      flags |= kFailed;
    } else if (asked.fetched.limited && !asked.limit_given) {
      vu_.Log(vu::LogLevel::kWarning,
              "Stopped after " + std::to_string(asked.fetched.hops) +
                  " redirects and returned the redirection; pass { redirects: n } in request "
                  "params or set global maxRedirects to silence this",
              {{"url", asked.url->text}});
    }
    numbers_[kStatus] = (flags & kFailed) != 0 ? 0 : exchange.status;
    numbers_[kErrorCode] = exchange.ErrorCode();
    numbers_[kFlags] = flags;
    numbers_[kRemotePort] = exchange.connected ? exchange.remote.port : 0;
    const net::Timings& timings = exchange.timings;
    numbers_[kDuration] = Milliseconds(timings.Total());
    numbers_[kBlocked] = Milliseconds(timings.blocked);
    numbers_[kConnecting] = Milliseconds(timings.connecting);
    numbers_[kTlsHandshaking] = Milliseconds(timings.tls_handshaking);
    numbers_[kSending] = Milliseconds(timings.sending);
    numbers_[kWaiting] = Milliseconds(timings.waiting);
    numbers_[kReceiving] = Milliseconds(timings.receiving);
    ReturnBody(call, asked, (flags & kFailed) != 0);
  }

  unsigned NotePeer(const net::Exchange& exchange) {
    if (peer_known_ && peer_ == exchange.remote && tls_version_ == exchange.tls_version &&
        tls_cipher_suite_ == exchange.tls_cipher_suite)
      return kConnected;
    peer_known_ = true;
    peer_ = exchange.remote;
    tls_version_ = exchange.tls_version;
    tls_cipher_suite_ = exchange.tls_cipher_suite;
    return kConnected | kPeerNews;
  }

  /// Servers say the same again and again: then the face has the text already. False: it has.
  bool NoteHead(const net::Exchange& exchange) {
    constexpr std::size_t kKept = 4096;
    if (exchange.head == head_ && exchange.headers.size() == head_fields_) return false;
    head_fields_ = exchange.headers.size();
    if (exchange.head.size() <= kKept) {
      head_ = exchange.head;
    } else {
      head_.clear();
    }
    return true;
  }

  /// Logs a failure, or throws it into the script (true).
  bool Thrown(js::Call& call, const Asked& asked) {
    const net::Exchange& exchange = asked.exchange;
    error_ = exchange.failure.text;
    if (exchange.outcome == net::Outcome::kCancelled) return false;
    if (IsUpgrade(exchange)) {
      call.Throw(error_);
      return true;
    }
    std::string text = asked.ErrorText();
    if (exchange.outcome == net::Outcome::kGeneratorError) {
      vu_.Log(vu::LogLevel::kError, "the load generator could not make a request",
              {{"error", text}});
      call.Throw(text);
      return true;
    }
    if (asked.throws) {
      call.Throw(text);
      return true;
    }
    vu_.Log(vu::LogLevel::kWarning, "Request Failed", {{"error", std::move(text)}});
    return false;
  }

  void ReturnBody(js::Call& call, const Asked& asked, bool failed) {
    const net::Exchange& exchange = asked.exchange;
    const bool none =
        failed ? !asked.FailedInBody() ||
                     (exchange.failure.code == net::code::kDecompression && exchange.body.empty())
               : exchange.status < 200 || exchange.status == 204 || exchange.status == 304;
    if (none || asked.type == ResponseType::kNone) return call.ReturnNull();
    const bool fits = asked.type == ResponseType::kText ? call.Return(exchange.body)
                                                        : call.ReturnBytes(exchange.body);
    if (fits) return;
    const std::string text = "the response of " + asked.url->text + " with " +
                             std::to_string(exchange.body.size()) +
                             " bytes exceeds the memory for it";
    vu_.Log(vu::LogLevel::kError, text);
    call.Throw(text);
  }

  // ---- requests beside the script's own

  int Acquire() {
    if (free_.empty()) {
      pool_.push_back(std::make_unique<Asked>());
      return static_cast<int>(pool_.size()) - 1;
    }
    const int index = free_.back();
    free_.pop_back();
    return index;
  }
  void Release(int index) { free_.push_back(index); }
  void DropAll() {
    free_.clear();
    for (std::size_t i = 0; i < pool_.size(); ++i) free_.push_back(static_cast<int>(i));
    pending_.clear();
    hosts_.clear();
  }

  /// One fiber of a batch: sends what waits and may be sent, until there is none. One that ends
  /// because its hosts are busy is not missed: who frees a host looks again.
  void WorkOffBatch(net::Parker& parker) {
    const auto limit = vu_.program().options.batch_per_host;
    for (;;) {
      const auto next = std::find_if(pending_.begin(), pending_.end(), [&](std::size_t index) {
        return limit <= 0 || Busy(pool_[index]->url->url.host) < limit;
      });
      if (next == pending_.end()) return;
      Asked& asked = *pool_[*next];
      pending_.erase(next);
      ++Busy(asked.url->url.host);
      asked.Run(Client(), vu_.program().options.user_agent, parker);
      --Busy(asked.url->url.host);
    }
  }

  /// Requests of the batch under way to a host.
  std::int64_t& Busy(const std::string& host) {
    for (auto& [name, count] : hosts_)
      if (name == host) return count;
    return hosts_.emplace_back(host, 0).second;
  }

  vu::Vu& vu_;
  double* numbers_ = nullptr;
  UrlCache urls_;
  Jars jars_{urls_};
  std::string form_;  ///< parts of the form being made
  std::vector<std::unique_ptr<ExpectedStatuses>> expected_;
  const ExpectedStatuses* default_expected_ = nullptr;
  std::optional<HopSamples> samples_;
  std::unique_ptr<net::HttpClient> client_;

  Asked main_;                                ///< the script's own request
  std::vector<std::unique_ptr<Asked>> pool_;  ///< those of batch and asyncRequest
  std::vector<int> free_;
  std::vector<std::size_t> pending_;
  std::vector<std::pair<std::string, std::int64_t>> hosts_;
  int dispatcher_ = -1;

  // Of the request that ended last.
  const Asked* last_ = &main_;
  std::string error_;
  std::string url_text_;
  std::string head_;  ///< that the face has
  std::size_t head_fields_ = 0;
  std::string head_text_;  ///< memory for its items
  bool peer_known_ = false;
  net::Endpoint peer_;
  std::string_view tls_version_, tls_cipher_suite_;  // static
};

/// The face in its four files.
std::string_view Face() {
  static const std::string face = std::string(faces::kResponse) + std::string(faces::kJar) +
                                  std::string(faces::kForm) + std::string(faces::kHttp);
  return face;
}

}  // namespace

vu::ModuleDef Describe() {
  return {"k6/http",
          Face(),
          {
              js::kLazily,
              js::Native<&Http::ShareNumbers>("shareNumbers"),
              js::Native<&Http::GoError>("goError"),
              js::Native<&Http::InInit>("inInit"),
              js::Native<&Http::Throws>("throws"),
              js::Native<&Http::UserAgent>("userAgent"),
              js::Native<&Http::Warn>("warn"),
              js::Native<&Http::Expect>("expect"),
              js::Native<&Http::SetDefaultCallback>("setDefaultCallback"),
              js::Native<&Http::Send>("send"),
              js::Native<&Http::Prepare>("prepare"),
              js::Native<&Http::Drop>("drop"),
              js::Native<&Http::RunBatch>("runBatch"),
              js::Native<&Http::OnDone>("onDone"),
              js::Native<&Http::Start>("start"),
              js::Native<&Http::Collect>("collect"),
              js::Native<&Http::GiveText>("text"),
              js::Native<&Http::ParseCookies>("parseCookies"),
              js::Native<&Http::JsonError>("jsonError"),
              js::Native<&Http::FindByPath>("findByPath"),
              js::Native<&Http::Decode>("decode"),
              js::Native<&Http::Mask>("mask"),
              js::Native<&Http::NewJar>("newJar"),
              js::Native<&Http::JarCookies>("jarCookies"),
              js::Native<&Http::SetCookie>("setCookie"),
              js::Native<&Http::DeleteCookies>("deleteCookies"),
              js::Native<&Http::AddPart>("addPart"),
              js::Native<&Http::EndForm>("endForm"),
              js::Native<&Http::ReadDuration>("readDuration"),
          },
          [](vu::Vu& vu) -> std::shared_ptr<void> { return std::make_shared<Http>(vu); }};
}

}  // namespace loadctl::modules::http
