// ScriptRequest: one request of a script under way: what was asked for, and what came of it.
// Not the protocol (agent/net) nor the response object (response.js). The VU's worker thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/metrics/recorder.h"
#include "agent/modules/http/url_cache.h"
#include "agent/net/client/http_client.h"
#include "agent/net/http/http_message.h"

namespace loadctl::modules::http {

/// The statuses that count as expected: inclusive ranges.
struct ExpectedStatuses {
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges;
  [[nodiscard]] bool Contains(int status) const {
    for (const auto& [low, high] : ranges)
      if (low <= status && status <= high) return true;
    return false;
  }
};

/// V8's longest string. An answer beyond it fails its own request, not the VU.
inline constexpr std::uint64_t kLongestBody = (1ull << 29) - 24;

enum class ResponseType : std::uint8_t { kText, kBinary, kNone };

/// One request; used again for the next, so that its memory is.
struct ScriptRequest {
  // What was asked for.
  std::string method;
  std::shared_ptr<const KnownUrl> url;
  std::string name;  ///< tag of that name given by the script (not with `tags`); empty: none
  std::string body;
  std::string_view file;  ///< the body instead, of a file that lives as long as the run
  bool has_body = false;
  net::HeaderList headers;
  loadctl::metrics::TagList tags;
  net::RedirectPolicy policy;
  std::shared_ptr<net::CookieJar> jar;  ///< that `policy` points to
  ResponseType type = ResponseType::kText;
  const ExpectedStatuses* expected = nullptr;  ///< null: not judged (a null response callback)
  net::HttpVersion version = net::HttpVersion::kAny;
  net::BodySink* sink = nullptr;  ///< takes the answer's body as it comes
  bool shared = false;            ///< on the connections of all VUs of the worker
  std::uint64_t max_body = 0;
  bool throws = false;
  bool limit_given = false;  ///< the limit of redirects was set by the user
  std::chrono::nanoseconds timeout{};

  /// Where the request was made, if the script has gone on since (asyncRequest).
  struct Place {
    std::string group;
    loadctl::metrics::TagList vu_tags;
    loadctl::metrics::TagMap metadata;
  };
  std::unique_ptr<Place> place;

  // What came of it.
  net::Exchange exchange;
  net::Fetched fetched;
  int hops = 0;             ///< seen so far
  std::string cookie_line;  ///< the Cookie header of the first hop
  std::function<void(const net::Hop&)> on_hop;

  /// What is sent as the body.
  [[nodiscard]] std::string_view Body() const { return file.empty() ? body : file; }
  /// Ready for another request.
  void Reset();
  /// Sends it and follows redirects with the jar in `policy`; `on_hop` sees each hop.
  void Run(net::HttpClient& client, std::string_view user_agent, net::Parker& parker);
  /// Of a failure: the head had come, and the body broke off.
  [[nodiscard]] bool FailedInBody() const;
  /// The failure in k6's words: `Get "http://h/": EOF`.
  [[nodiscard]] std::string ErrorText() const;
};

}  // namespace loadctl::modules::http
