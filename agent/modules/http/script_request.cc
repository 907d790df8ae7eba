#include "agent/modules/http/script_request.h"

#include <algorithm>

namespace loadctl::modules::http {
namespace {

// A buffer that one large request needed is not kept for all later ones.
constexpr std::size_t kKeptBody = 64 * 1024;

/// The URL as Go's client names it in errors: with the password hidden.
std::string WithoutPassword(const net::Url& url) {
  std::string text = url.ToString();
  if (!url.has_password) return text;
  const auto begin = text.find("://");
  const auto end = text.find('@');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return text;
  return text.replace(begin + 3, end - begin - 3, url.user + ":***");
}

}  // namespace

void ScriptRequest::Reset() {
  name.clear();
  body.clear();
  if (body.capacity() > kKeptBody) body.shrink_to_fit();
  file = {};
  sink = nullptr;
  has_body = false;
  if (!headers.empty()) headers.Clear();
  if (!tags.empty()) tags.clear();
  policy.cookies.clear();
  policy.auth = net::RedirectPolicy::Auth::kBasic;
  place.reset();
  fetched.url.reset();
  hops = 0;
  cookie_line.clear();
}

void ScriptRequest::Run(net::HttpClient& client, std::string_view user_agent, net::Parker& parker) {
  // A request that is called off while it stands in line is called off below, too.
  (void)client.AwaitTurn(parker);
  net::Request request;
  request.method = method;
  request.url = &url->url;
  request.headers = &headers;
  request.user_agent = user_agent;
  request.body = Body();
  request.has_body = has_body;
  request.asked = std::chrono::steady_clock::now();
  request.deadline = request.asked + timeout;
  request.body_mode = type == ResponseType::kNone ? net::BodyMode::kDiscard : net::BodyMode::kKeep;
  request.max_body = std::min(max_body, kLongestBody);
  request.version = version;
  request.shared = shared;
  request.sink = sink;
  fetched = client.Fetch(request, policy, parker, on_hop, exchange);
}

bool ScriptRequest::FailedInBody() const {
  return exchange.head_complete &&
         !exchange.failure.text.starts_with("failed to parse Location header");
}

std::string ScriptRequest::ErrorText() const {
  // What fails after the head is not wrapped by Go's client.
  if (FailedInBody()) return exchange.failure.text;
  return net::RequestErrorText(method, WithoutPassword(fetched.url ? *fetched.url : url->url),
                               exchange.failure);
}

}  // namespace loadctl::modules::http
