#include "agent/modules/http/hop_samples.h"

#include <array>
#include <charconv>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "agent/modules/http/milliseconds.h"
#include "agent/net/tls/ocsp.h"
#include "agent/vu/clock.h"

namespace loadctl::modules::http {
namespace {

using loadctl::metrics::Builtin;
using loadctl::metrics::SampleTags;
using loadctl::metrics::SystemTag;

/// A number's text in a buffer on the stack.
struct Digits {
  explicit Digits(int number)
      : end(std::to_chars(text.data(), text.data() + text.size(), number).ptr) {}
  [[nodiscard]] std::string_view view() const {
    return {text.data(), static_cast<std::size_t>(end - text.data())};
  }
  std::array<char, 12> text;
  char* end;
};

/// The tags of a sample, on the stack.
struct TagArray {
  void Put(std::string_view key, std::string_view value) { tags[size++] = {key, value}; }
  [[nodiscard]] std::span<const SystemTag> view() const { return {tags.data(), size}; }
  std::array<SystemTag, 12> tags;
  std::size_t size = 0;
};

}  // namespace

HopSamples::HopSamples(vu::Vu& vu)
    : vu_(vu), connections_(vu.program().options.connection_metrics) {
  constexpr std::pair<std::string_view, Tag> kNames[] = {
      {"proto", kProto},
      {"status", kStatus},
      {"method", kMethod},
      {"url", kUrl},
      {"name", kName},
      {"error", kError},
      {"error_code", kErrorCode},
      {"tls_version", kTlsVersion},
      {"ip", kIp},
      {"ocsp_status", kOcspStatus},
      {"expected_response", kExpectedResponse},
  };
  for (const auto& [name, tag] : kNames) {
    if (vu.program().options.system_tags.contains(std::string(name))) enabled_ |= tag;
  }
}

void HopSamples::Emit(const ScriptRequest& sent, const net::Hop& hop, int number) {
  const net::Exchange& exchange = hop.exchange;
  const bool answered = exchange.outcome == net::Outcome::kResponse;
  const int status = answered ? exchange.status : 0;
  const bool judged = sent.expected != nullptr;
  const bool expected = judged && (hop.challenge || sent.expected->Contains(status));

  SampleTags tags = vu_.tags().Now({}, sent.tags.empty() ? nullptr : &sent.tags);
  if (sent.place) {
    if (tags.group) tags.group = sent.place->group;
    tags.vu = &sent.place->vu_tags;
    tags.metadata = &sent.place->metadata;
  }
  // A name that the user set, by whatever tag, also stands for the URL.
  std::string_view name = (enabled_ & kName) != 0 ? std::string_view(sent.name) : "";
  const auto given = tags.Given() ? tags.Find("name") : std::nullopt;
  if (given) name = *given;
  std::string later_url;
  if (!given && name.empty()) {
    // Digest takes the credentials off the URL.
    const bool changed = number > 0 || sent.policy.auth == net::RedirectPolicy::Auth::kDigest;
    name = changed ? std::string_view(later_url = hop.url.Masked()) : sent.url->masked;
  }

  const Digits status_text(status);
  const Digits code_text(exchange.ErrorCode());
  std::string ip;
  TagArray system;
  const auto put = [&](Tag tag, std::string_view key, std::string_view value) {
    if ((enabled_ & tag) != 0) system.Put(key, value);
  };
  if (judged) put(kExpectedResponse, "expected_response", expected ? "true" : "false");
  put(kStatus, "status", status_text.view());
  put(kMethod, "method", hop.method);
  put(kName, "name", name);
  put(kUrl, "url", name);
  if (answered) {
    put(kProto, "proto", exchange.Protocol());
    if (!exchange.tls_version.empty()) {
      put(kTlsVersion, "tls_version", exchange.tls_version);
      put(kOcspStatus, "ocsp_status", exchange.ocsp ? exchange.ocsp->status : "unknown");
    }
  } else {
    put(kError, "error", exchange.failure.text);
  }
  if (exchange.ErrorCode() != 0) put(kErrorCode, "error_code", code_text.view());
  if ((enabled_ & kIp) != 0 && exchange.connected) {
    ip = exchange.remote.Host();
    put(kIp, "ip", ip);
  }
  tags.system = system.view();
  Add(exchange, tags, judged, expected);
  if (!connections_) return;
  system.Put("host", hop.url.host);
  tags.system = system.view();
  AddConnection(hop, tags);
}

void HopSamples::AddConnection(const net::Hop& hop, const SampleTags& tags) {
  const net::Exchange& exchange = hop.exchange;
  auto& recorder = *vu_.recorder();
  const std::int64_t time = vu::WallNs(exchange.ended);
  recorder.Add(Builtin::kHttpReqLookingUp, Milliseconds(exchange.timings.looking_up), time, tags);
  if (!exchange.connected) return;
  recorder.Add(exchange.opened ? Builtin::kConnectionsOpened : Builtin::kConnectionsReused, 1, time,
               tags);
}

void HopSamples::Add(const net::Exchange& exchange, const SampleTags& tags, bool judged,
                     bool expected) {
  auto& recorder = *vu_.recorder();
  const std::int64_t time = vu::WallNs(exchange.ended);
  const net::Timings& timings = exchange.timings;
  const auto add = [&](Builtin metric, double value) { recorder.Add(metric, value, time, tags); };
  add(Builtin::kHttpReqs, 1);
  add(Builtin::kHttpReqDuration, Milliseconds(timings.Total()));
  add(Builtin::kHttpReqBlocked, Milliseconds(timings.blocked));
  add(Builtin::kHttpReqConnecting, Milliseconds(timings.connecting));
  add(Builtin::kHttpReqTlsHandshaking, Milliseconds(timings.tls_handshaking));
  add(Builtin::kHttpReqSending, Milliseconds(timings.sending));
  add(Builtin::kHttpReqWaiting, Milliseconds(timings.waiting));
  add(Builtin::kHttpReqReceiving, Milliseconds(timings.receiving));
  if (judged) add(Builtin::kHttpReqFailed, expected ? 0 : 1);
}

}  // namespace loadctl::modules::http
