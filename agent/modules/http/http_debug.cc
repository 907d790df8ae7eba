#include "agent/modules/http/http_debug.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/net/http1/http1_writer.h"
#include "common/text/text_decoder.h"

namespace loadctl::modules::http {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kShownBody = 64 * 1024;

/// What a terminal can show of a body.
void AppendBody(std::string_view body, std::string& out) {
  using text::TextDecoder;
  TextDecoder decoder(TextDecoder::Encoding::kUtf8, TextDecoder::Malformed::kReplace,
                      TextDecoder::Bom::kKeep);
  out += *decoder.Decode(body.substr(0, kShownBody), TextDecoder::More::kNo);
  if (body.size() > kShownBody)
    out += "... (" + std::to_string(body.size() - kShownBody) + " bytes more)";
}

/// A random UUID (RFC 9562, version 4).
std::string NewUuid() {
  std::array<unsigned char, 16> bytes{};
  (void)RAND_bytes(bytes.data(), bytes.size());
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", bytes[i]);
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += digits;
  }
  return text;
}

/// The request's tags and what else k6 puts behind such a line, by name.
Fields FieldsOf(vu::Vu& vu, const ScriptRequest& sent) {
  std::map<std::string, std::string> all;
  loadctl::metrics::SampleTags tags = vu.tags().Now({}, sent.tags.empty() ? nullptr : &sent.tags);
  if (sent.place) {
    if (tags.group) tags.group = sent.place->group;
    tags.vu = &sent.place->vu_tags;
    tags.metadata = &sent.place->metadata;
  }
  std::vector<loadctl::metrics::SystemTag> effective;
  tags.Effective(effective);
  for (const auto& [key, value] : effective) all[std::string(key)] = value;
  if (tags.metadata != nullptr)
    for (const auto& [key, value] : *tags.metadata) all.try_emplace(key, value);
  all["iter"] = std::to_string(vu.execution().iteration());
  all["vu"] = std::to_string(vu.numbers().in_instance);
  all["source"] = "http-debug";
  all["request_id"] = NewUuid();
  return {all.begin(), all.end()};
}

}  // namespace

std::string ShownRequest(const net::Hop& hop, std::string_view user_agent, bool close, bool body) {
  net::Request request;
  request.method = hop.method;
  request.url = &hop.url;
  request.headers = &hop.headers;
  request.user_agent = user_agent;
  request.body = hop.body;
  request.has_body = hop.has_body;
  std::string head;
  net::WriteRequestHead(request, {close}, head);
  head.resize(head.find("\r\n\r\n") + 4);  // behind it is what ends an empty chunked body
  std::erase(head, '\r');
  if (body) AppendBody(hop.body, head);
  return head;
}

std::string ShownResponse(const net::Exchange& exchange, bool body) {
  std::string out(exchange.Protocol());
  out.append(1, ' ').append(exchange.StatusText()).append(1, '\n');
  std::vector<std::pair<std::string, std::string_view>> fields;
  for (const net::Exchange::Field& field : exchange.headers)
    fields.emplace_back(net::CanonicalHeaderName(exchange.Name(field)), exchange.Value(field));
  std::stable_sort(fields.begin(), fields.end(), [](const auto& a, const auto& b) {
    const bool length_a = a.first == "Content-Length", length_b = b.first == "Content-Length";
    return length_a != length_b ? length_a : a.first < b.first;
  });
  for (const auto& [name, value] : fields) out.append(name).append(": ").append(value) += '\n';
  out += '\n';
  if (body) AppendBody(exchange.body, out);
  return out;
}

void HttpDebug::Log(const ScriptRequest& sent, const net::Hop& hop) {
  const auto& options = vu_.program().options;
  if (options.http_debug.empty()) return;
  const bool full = options.http_debug == "full";
  const Fields fields = FieldsOf(vu_, sent);
  vu_.Log(vu::LogLevel::kInfo,
          "Request:\n" + ShownRequest(hop, options.user_agent, options.no_connection_reuse, full) +
              '\n',
          fields);
  if (hop.exchange.outcome != net::Outcome::kResponse) return;
  vu_.Log(vu::LogLevel::kInfo, "Response:\n" + ShownResponse(hop.exchange, full) + '\n', fields);
}

}  // namespace loadctl::modules::http
