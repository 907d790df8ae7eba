#include "agent/net/http2/http2_request.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "common/base/base64.h"

namespace loadctl::net {
namespace {

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Headers of the connection, and those that are written from elsewhere.
bool IsLeftOut(std::string_view name) {
  static constexpr std::string_view kNames[] = {
      "Host",    "Content-Length", "Connection", "Proxy-Connection", "Transfer-Encoding",
      "Upgrade", "Keep-Alive",     "User-Agent", "Cookie",           "Trailer"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

std::string Bracketed(const std::string& value) { return "[" + Quote(value) + "]"; }

}  // namespace

std::optional<Failure> Http2Request::Check(const Request& request) {
  if (const std::string* upgrade = request.Header("Upgrade"))
    return OtherFailure("invalid Upgrade request header: " + Bracketed(*upgrade));
  const std::string* transfer = request.Header("Transfer-Encoding");
  if (transfer != nullptr && !transfer->empty() && *transfer != "chunked")
    return OtherFailure("invalid Transfer-Encoding request header: " + Bracketed(*transfer));
  const std::string* connection = request.Header("Connection");
  if (connection != nullptr && !connection->empty() && !EqualsIgnoreCase(*connection, "close") &&
      !EqualsIgnoreCase(*connection, "keep-alive"))
    return OtherFailure("invalid Connection request header: " + Bracketed(*connection));
  return std::nullopt;
}

std::string_view Http2Request::Keep(std::string_view text) {
  const std::size_t at = text_.size();
  text_ += text;
  return std::string_view(text_).substr(at);
}

void Http2Request::Add(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  fields_.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
}

void Http2Request::AddHeader(std::string_view name, std::string_view value) {
  const std::size_t at = text_.size();
  std::transform(name.begin(), name.end(), std::back_inserter(text_), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  Add(std::string_view(text_).substr(at), Trim(value));
}

/// RFC 9113, 8.2.3: one field for each compresses better.
void Http2Request::AddCookies(std::string_view line) {
  while (!line.empty()) {
    const auto end = std::min(line.find(';'), line.size());
    Add("cookie", line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
    while (line.starts_with(' ')) line.remove_prefix(1);
  }
}

std::span<const nghttp2_nv> Http2Request::Fill(const Request& request) {
  const Url& url = *request.url;
  std::string target = url.RequestTarget();
  if (!target.starts_with('/')) target.insert(0, 1, '/');
  std::string authority;
  AppendHost(request, authority);
  std::string credentials;
  const bool from_url = request.AuthorizedByUrl();
  if (from_url) credentials = "Basic " + Base64{}.Encode(url.user + ':' + url.password);
  constexpr std::size_t kLengthDigits = 20;
  std::size_t size = target.size() + authority.size() + credentials.size() + kLengthDigits;
  if (request.headers != nullptr)
    for (const HeaderList::Field& field : request.headers->fields()) size += field.name.size();
  text_.clear();
  text_.reserve(size);  // what points into it stays where it is
  fields_.clear();
  Add(":authority", Keep(authority));
  Add(":method", request.method.empty() ? std::string_view("GET") : request.method);
  Add(":path", Keep(target));
  Add(":scheme", url.scheme);
  if (request.headers != nullptr) {
    for (const HeaderList::Field& field : request.headers->fields())
      if (!IsLeftOut(field.name) && !(from_url && field.name == "Authorization"))
        AddHeader(field.name, field.value);
  }
  if (!credentials.empty()) Add("authorization", Keep(credentials));
  if (const std::string* cookies = request.Header("Cookie")) AddCookies(*cookies);
  const bool method_has_body =
      request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (!request.body.empty() || (!request.has_body && method_has_body)) {
    char digits[kLengthDigits];
    const auto end = std::to_chars(digits, digits + sizeof digits, request.body.size()).ptr;
    Add("content-length", Keep({digits, static_cast<std::size_t>(end - digits)}));
  }
  const std::string* agent = request.Header("User-Agent");
  const std::string_view user_agent = agent != nullptr ? Trim(*agent) : request.user_agent;
  if (!user_agent.empty()) Add("user-agent", user_agent);
  return fields_;
}

}  // namespace loadctl::net
