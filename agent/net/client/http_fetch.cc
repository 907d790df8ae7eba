#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <utility>

#include "agent/net/client/http_client.h"
#include "agent/net/http/digest_auth.h"
#include "agent/net/http/ntlm.h"
#include "common/base/base64.h"

namespace loadctl::net {
namespace {

bool Redirects(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

CookieJar::Now WallClock() {
  return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// `host` is `parent` or a name below it.
bool IsWithin(std::string_view host, std::string_view parent) {
  if (EqualsIgnoreCase(host, parent)) return true;
  // Neither an IP literal nor a zone has subdomains.
  if (host.find(':') != std::string_view::npos || host.find('%') != std::string_view::npos) {
    return false;
  }
  return host.size() > parent.size() + 1 && host[host.size() - parent.size() - 1] == '.' &&
         EqualsIgnoreCase(host.substr(host.size() - parent.size()), parent);
}

/// Adds the request's own cookies and the jar's for `url` to what Cookie holds in `headers`.
void AddCookies(const RedirectPolicy& policy, const Url& url, HeaderList& headers) {
  std::string cookies;
  const auto add = [&](std::string_view name, std::string_view value) {
    const std::string pair = CookiePair(name, value);
    if (pair.empty()) return;
    cookies += (cookies.empty() ? "" : "; ") + pair;
  };
  for (const RedirectPolicy::Own& own : policy.cookies) add(own.name, own.value);
  if (policy.jar != nullptr && !policy.jar->empty()) {
    for (const CookieJar::Pair& pair : policy.jar->For(url, WallClock())) {
      const bool replaced =
          std::any_of(policy.cookies.begin(), policy.cookies.end(),
                      [&](const auto& own) { return own.replace && own.name == pair.name; });
      if (!replaced) add(pair.name, pair.value);
    }
  }
  if (cookies.empty()) return;
  const std::string* given = headers.Find("Cookie");
  if (given != nullptr && !given->empty()) cookies = *given + "; " + cookies;
  headers.Set("Cookie", cookies);
}

/// Go's Referer for a redirect away from `last`.
std::string Referer(const Url& last, const Url& next, const HeaderList& headers) {
  if (last.scheme == "https" && next.scheme == "http") return "";
  const std::string* given = headers.Find("Referer");
  if (given != nullptr && !given->empty()) return *given;
  return last.WithoutUserinfo();
}

/// The headers that a redirect keeps of those first given.
HeaderList KeptHeaders(const HeaderList* given, bool strip_sensitive, bool strip_body) {
  HeaderList kept;
  if (given == nullptr) return kept;
  for (const HeaderList::Field& field : given->fields()) {
    const std::string& name = field.name;
    const bool sensitive = name == "Authorization" || name == "Www-Authenticate" ||
                           name == "Cookie2" || name == "Proxy-Authorization" ||
                           name == "Proxy-Authenticate";
    const bool of_body = name == "Content-Encoding" || name == "Content-Language" ||
                         name == "Content-Location" || name == "Content-Type";
    if ((sensitive && strip_sensitive) || (of_body && strip_body)) continue;
    // Rebuilt for each hop; Host is looked at by the caller.
    if (name == "Cookie" || name == "Host") continue;
    kept.Add(name, field.value);
  }
  return kept;
}

/// What a URL says of who asks.
struct Credentials {
  std::string user;
  std::string password;
};

/// Takes them off `url`, so that they do not go out openly.
std::optional<Credentials> TakeCredentials(Url& url) {
  if (!url.has_userinfo) return std::nullopt;
  url.has_userinfo = url.has_password = false;
  return Credentials{std::move(url.user), std::move(url.password)};
}

/// Those of a Basic Authorization, which is taken off.
std::optional<Credentials> TakeBasic(HeaderList& headers) {
  constexpr std::string_view kScheme = "basic ";
  const std::string* given = headers.Find("Authorization");
  if (given == nullptr || given->size() < kScheme.size() ||
      !EqualsIgnoreCase(std::string_view(*given).substr(0, kScheme.size()), kScheme))
    return std::nullopt;
  const auto pair = Base64{}.Decode(std::string_view(*given).substr(kScheme.size()));
  const auto colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  headers.Remove("Authorization");
  return Credentials{pair->substr(0, colon), pair->substr(colon + 1)};
}

/// What a 401 demands; empty on any other answer.
std::vector<std::string_view> Demands(const Exchange& exchange) {
  std::vector<std::string_view> values;
  if (exchange.outcome != Outcome::kResponse || exchange.status != 401) return values;
  for (const Exchange::Field& field : exchange.headers)
    if (EqualsIgnoreCase(exchange.Name(field), "WWW-Authenticate"))
      values.push_back(exchange.Value(field));
  return values;
}

/// The value of Authorization that answers the challenge in `exchange`, if it holds one.
std::optional<std::string> AnswerChallenge(const Credentials& credentials, const Request& request,
                                           const Exchange& exchange) {
  const auto challenge = ReadDigestChallenge(Demands(exchange));
  if (!challenge) return std::nullopt;
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) return std::nullopt;
  const std::string nonce = Base64{Base64::Alphabet::kUrl, Base64::Padding::kNo}.Encode(
      {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const std::string target = request.url->RequestTarget();
  return AnswerDigest(*challenge, {request.method, target, request.body, credentials.user,
                                   credentials.password, nonce});
}

/// The next message of NTLM that `exchange` asks for: the first if `begins`, else the last.
std::optional<std::string> NextNtlm(const Credentials& credentials, bool begins,
                                    const Exchange& exchange) {
  const auto offer = ReadNtlmOffer(Demands(exchange));
  if (!offer) return std::nullopt;
  if (begins) return offer->scheme + ' ' + Base64{}.Encode(NtlmNegotiate());
  constexpr std::uint64_t kUnixEpoch = 116'444'736'000'000'000;  // in 100 ns since 1601
  NtlmIdentity identity{credentials.user, credentials.password, {}, kUnixEpoch};
  identity.time +=
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                     std::chrono::system_clock::now().time_since_epoch())
                                     .count() /
                                 100);
  if (RAND_bytes(reinterpret_cast<unsigned char*>(identity.challenge.data()),
                 static_cast<int>(identity.challenge.size())) != 1)
    return std::nullopt;
  const auto answer = AnswerNtlm(offer->token, identity);
  if (!answer) return std::nullopt;
  return offer->scheme + ' ' + Base64{}.Encode(*answer);
}

/// Where a walk through redirects stands.
struct Walk {
  const Request& first;
  const RedirectPolicy& policy;
  Request request;
  Url url;
  HeaderList headers;
  bool strip_sensitive = false;
  bool with_body = true;
};

/// Turns `walk` to the hop that `exchange` points to; false: its Location cannot be followed, and
/// the exchange has become a failure.
bool Advance(Walk& walk, Exchange& exchange) {
  const std::string location(exchange.Header("Location"));
  Result<Url> target = walk.url.Resolve(location);
  if (!target) {
    exchange.failure = OtherFailure("failed to parse Location header " + Quote(location) + ": " +
                                    target.error().message);
    exchange.outcome = Outcome::kTransportError;
    exchange.status = 0;
    exchange.headers.clear();
    return false;
  }
  if (exchange.status != 307 && exchange.status != 308) {
    walk.with_body = false;
    if (walk.request.method != "HEAD") walk.request.method = "GET";
  }
  const std::string* host = walk.headers.Find("Host");
  const Result<Url> reference = ParseUrl(location);
  const bool keep_host = host != nullptr && !host->empty() && *host != walk.url.host && reference &&
                         reference->scheme.empty();
  const std::string kept_host = keep_host ? *host : std::string();
  if (!walk.strip_sensitive && walk.first.url->host != target->host) {
    walk.strip_sensitive = !IsWithin(target->Hostname(), walk.first.url->Hostname());
  }
  HeaderList headers = KeptHeaders(walk.first.headers, walk.strip_sensitive, !walk.with_body);
  const std::string referer = Referer(walk.url, *target, headers);
  if (!referer.empty()) headers.Set("Referer", referer);
  if (keep_host) headers.Add("Host", kept_host);
  AddCookies(walk.policy, *target, headers);
  walk.url = std::move(*target);
  walk.headers = std::move(headers);
  walk.request.url = &walk.url;
  walk.request.headers = &walk.headers;
  if (!walk.with_body) {
    walk.request.body = {};
    walk.request.has_body = false;
  }
  return true;
}

/// Answers what a 401 demands, as often as its scheme takes: `tell` of it, and `perform` again.
template <class Perform, class Tell>
void AnswerDemands(Walk& walk, const Credentials& credentials, const Exchange& exchange,
                   Perform perform, Tell tell) {
  const bool digest = walk.policy.auth == RedirectPolicy::Auth::kDigest;
  const int most = digest ? 1 : 2;
  for (int answers = 0; answers < most; ++answers) {
    const auto answer = digest ? AnswerChallenge(credentials, walk.request, exchange)
                               : NextNtlm(credentials, answers == 0, exchange);
    if (!answer) return;
    tell();
    walk.headers.Set("Authorization", *answer);
    walk.request.asked = {};
    perform();
  }
}

}  // namespace

Fetched HttpClient::Fetch(const Request& request, const RedirectPolicy& policy, Parker& parker,
                          const HopCallback& on_hop, Exchange& into) {
  static const HeaderList kNoHeaders;
  Fetched fetched;
  std::unique_ptr<Walk> walk;  // made when it is needed: the common case copies nothing
  const auto start_walk = [&] {
    walk =
        std::make_unique<Walk>(Walk{request, policy, request, *request.url,
                                    request.headers != nullptr ? *request.headers : HeaderList{}});
    walk->request.url = &walk->url;
    walk->request.headers = &walk->headers;
  };
  const auto tell = [&](const Request& sent, bool challenge) {
    if (!on_hop) return;
    on_hop({sent.method, *sent.url, sent.headers != nullptr ? *sent.headers : kNoHeaders, sent.body,
            sent.has_body, into, challenge});
  };
  using Auth = RedirectPolicy::Auth;
  if (policy.auth != Auth::kBasic || !policy.cookies.empty() ||
      (policy.jar != nullptr && !policy.jar->empty())) {
    start_walk();
    AddCookies(policy, walk->url, walk->headers);
  }
  for (;;) {
    std::optional<Credentials> credentials;
    if (policy.auth != Auth::kBasic) credentials = TakeCredentials(walk->url);
    if (policy.auth == Auth::kNtlm && !credentials) credentials = TakeBasic(walk->headers);
    if (policy.auth == Auth::kDigest && !credentials) credentials.emplace();  // nobody, as k6
    const Request& current = walk ? walk->request : request;
    const bool may_follow = fetched.hops < policy.max_redirects;
    const auto perform = [&] {
      Perform(current, may_follow ? Redirects::kFollowed : Redirects::kReturned, parker, into);
    };
    perform();
    if (credentials)
      AnswerDemands(*walk, *credentials, into, perform, [&] { tell(current, true); });
    ++fetched.hops;
    const bool answered = into.outcome == Outcome::kResponse;
    if (answered && policy.jar != nullptr) policy.jar->Store(*current.url, into, WallClock());
    const bool redirected =
        answered && net::Redirects(into.status) && !into.Header("Location").empty();
    fetched.limited = redirected && !may_follow;

    // The next hop is worked out first: a Location that cannot be followed fails this exchange.
    std::unique_ptr<Walk> next;
    if (redirected && may_follow) {
      if (!walk) start_walk();
      next = std::make_unique<Walk>(*walk);
      if (!Advance(*next, into)) next.reset();
    }
    tell(walk ? walk->request : request, false);
    if (!next) break;
    walk = std::move(next);
    walk->request.asked = {};
    walk->request.url = &walk->url;
    walk->request.headers = &walk->headers;
  }
  if (fetched.hops > 1 || policy.auth == Auth::kDigest) fetched.url = std::move(walk->url);
  return fetched;
}

}  // namespace loadctl::net
