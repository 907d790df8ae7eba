#include "agent/net/http1/http1_writer.h"

#include <algorithm>
#include <string_view>

namespace loadctl::net {
namespace {

bool IsFieldValue(std::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](unsigned char c) { return (c >= 0x20 && c != 0x7f) || c == '\t'; });
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

void AppendBase64(std::string_view bytes, std::string& out) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    out += kDigits[group >> 18];
    out += kDigits[group >> 12 & 63];
    out += i + 1 < bytes.size() ? kDigits[group >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? kDigits[group & 63] : '=';
  }
}

/// Headers that Go writes itself, before the others or not at all.
bool IsOwnHeader(std::string_view name) {
  switch (name.size()) {
    case 4:
      return name == "Host";
    case 7:
      return name == "Trailer";
    case 10:
      return name == "User-Agent";
    case 14:
      return name == "Content-Length";
    case 17:
      return name == "Transfer-Encoding";
    default:
      return false;
  }
}

bool UsuallyLacksBody(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "DELETE" || method == "OPTIONS" ||
         method == "PROPFIND" || method == "SEARCH";
}

void AppendField(std::string_view name, std::string_view value, std::string& out) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void AppendAuthorization(const Url& url, std::string& out) {
  out += "Authorization: Basic ";
  AppendBase64(url.user + ':' + url.password, out);
  out += "\r\n";
}

/// The fields of the request itself, sorted by name, credentials of the URL among them.
void AppendFields(const Request& request, std::string& out) {
  const bool from_url = request.AuthorizedByUrl();
  bool authorize = from_url;
  if (request.headers != nullptr) {
    for (const HeaderList::Field& field : request.headers->fields()) {
      if (IsOwnHeader(field.name) || (from_url && field.name == "Authorization")) continue;
      if (authorize && field.name > "Authorization") {
        AppendAuthorization(*request.url, out);
        authorize = false;
      }
      AppendField(field.name, Trim(field.value), out);
    }
  }
  if (authorize) AppendAuthorization(*request.url, out);
}

}  // namespace

std::optional<Failure> CheckRequest(const Request& request) {
  const Url& url = *request.url;
  if (request.headers != nullptr) {
    for (const HeaderList::Field& field : request.headers->fields()) {
      if (!IsToken(field.name)) {
        return OtherFailure("net/http: invalid header field name " + Quote(field.name));
      }
      if (!IsFieldValue(field.value)) {
        return OtherFailure("net/http: invalid header field value for " + Quote(field.name));
      }
    }
  }
  if (url.scheme != "http" && url.scheme != "https") {
    return OtherFailure("unsupported protocol scheme " + Quote(url.scheme));
  }
  if (!request.method.empty() && !IsToken(request.method)) {
    return OtherFailure("net/http: invalid method " + Quote(request.method));
  }
  if (url.host.empty()) return OtherFailure("http: no Host in request URL");
  if (url.port == 0 && !url.host_header.ends_with(":0")) {
    const std::string port = url.host_header.substr(url.host_header.rfind(':') + 1);
    return Failure{
        Outcome::kTransportError, code::kDial, "dial tcp: address " + port + ": invalid port", {}};
  }
  return std::nullopt;
}

void WriteRequestHead(const Request& request, const HeadForm& form, std::string& out) {
  out.clear();
  out.append(request.method.empty() ? std::string_view("GET") : request.method).append(" ");
  if (form.forwarded) {
    out.append(request.url->scheme).append("://");
    AppendHost(request, out);
  }
  request.url->AppendTarget(out);
  out += " HTTP/1.1\r\n";
  out += "Host: ";
  AppendHost(request, out);
  out += "\r\n";
  const std::string* agent = request.Header("User-Agent");
  const std::string_view user_agent = agent != nullptr ? Trim(*agent) : request.user_agent;
  if (!user_agent.empty()) AppendField("User-Agent", user_agent, out);
  bool chunked = false;
  if (!request.body.empty()) {
    AppendField("Content-Length", std::to_string(request.body.size()), out);
  } else if (request.has_body && !UsuallyLacksBody(request.method) && !request.method.empty()) {
    chunked = true;
    AppendField("Transfer-Encoding", "chunked", out);
  } else if (request.method == "POST" || request.method == "PUT" || request.method == "PATCH") {
    AppendField("Content-Length", "0", out);
  }
  AppendFields(request, out);
  if (form.close && !WantsClose(request)) AppendField("Connection", "close", out);
  if (!form.proxy_authorization.empty())
    AppendField("Proxy-Authorization", form.proxy_authorization, out);
  out += chunked ? "\r\n0\r\n\r\n" : "\r\n";
}

bool IsReplayable(const Request& request) {
  const std::string_view method = request.method;
  return method.empty() || method == "GET" || method == "HEAD" || method == "OPTIONS" ||
         method == "TRACE" || request.Header("Idempotency-Key") != nullptr ||
         request.Header("X-Idempotency-Key") != nullptr;
}

}  // namespace loadctl::net
