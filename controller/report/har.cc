#include "controller/report/har.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <utility>

#include "common/base/base64.h"
#include "common/text/json_writer.h"
#include "common/text/utf8.h"

namespace loadctl::report {
namespace {

using text::JsonWriter;
using Fields = google::protobuf::RepeatedPtrField<std::string>;
using NamedValues = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kMostBytes = std::size_t{64} << 20;

/// `2026-11-29T19:30:00.123Z`
std::string Instant(std::int64_t unix_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  // Whole seconds downwards, also before 1970: what an agent says may be anything.
  const std::int64_t ns = ((unix_ns % kSecond) + kSecond) % kSecond;
  const std::time_t seconds = unix_ns / kSecond - (unix_ns % kSecond < 0 ? 1 : 0);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[96];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<int>(ns / 1'000'000));
  return text;
}

double Milliseconds(std::int64_t ns) { return static_cast<double>(ns) / 1e6; }

bool SameName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(x) == lower(y);
  });
}

/// Calls `use(name, value)` for each of a list of names and values in turn.
template <class Use>
void ForEachField(const Fields& fields, Use use) {
  for (int i = 0; i + 1 < fields.size(); i += 2) use(fields[i], fields[i + 1]);
}

std::string ValueOf(const Fields& fields, std::string_view name) {
  std::string found;
  ForEachField(fields, [&](const std::string& one, const std::string& value) {
    if (found.empty() && SameName(one, name)) found = value;
  });
  return found;
}

void WritePairs(JsonWriter& out, const NamedValues& pairs) {
  out.Array([&] {
    for (const auto& pair : pairs) {
      out.Element().Object([&] {
        out.Key("name").String(pair.first);
        out.Key("value").String(pair.second);
      });
    }
  });
}

void WriteHeaders(JsonWriter& out, const Fields& fields) {
  NamedValues pairs;
  ForEachField(fields, [&](const std::string& name, const std::string& value) {
    pairs.emplace_back(name, MaskedHeader(name, value));
  });
  out.Key("headers");
  WritePairs(out, pairs);
}

/// Names alone: the value of a cookie lets somebody in.
void WriteCookies(JsonWriter& out, const Fields& fields, std::string_view header) {
  NamedValues cookies;
  ForEachField(fields, [&](const std::string& name, const std::string& line) {
    if (!SameName(name, header)) return;
    std::string_view rest = line;
    while (!rest.empty()) {
      const std::string_view pair = rest.substr(0, rest.find(';'));
      rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
      while (rest.starts_with(' ')) rest.remove_prefix(1);
      cookies.emplace_back(pair.substr(0, pair.find('=')), kMasked);
      if (header == "Set-Cookie") break;  // behind it are attributes
    }
  });
  out.Key("cookies");
  WritePairs(out, cookies);
}

/// Parameters as they stand in a URL or a form, which is masked already.
NamedValues ParametersOf(std::string_view form) {
  NamedValues parameters;
  while (!form.empty()) {
    const std::string_view pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(pair.size() + 1, form.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    parameters.emplace_back(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())));
  }
  return parameters;
}

std::string QueryOf(const std::string& url) {
  const auto begin = url.find('?');
  if (begin == std::string::npos) return "";
  return url.substr(begin + 1, url.find('#', begin) - begin - 1);
}

bool IsForm(const std::string& type) { return type.find("urlencoded") != std::string::npos; }

std::string MaskedBody(const std::string& body, const std::string& type) {
  if (type.find("multipart/") != std::string::npos) return MaskedMultipart(body);
  return IsForm(type) ? MaskedForm(body) : MaskedJson(body);
}

/// UTF-8, of which the last character may be missing where it was `cut`.
bool IsText(std::string_view bytes, bool cut) {
  constexpr std::size_t kLongest = 4;
  while (!bytes.empty()) {
    const std::size_t size = text::FirstCharacter(bytes).size;
    if (size == 0) return cut && bytes.size() < kLongest;
    bytes.remove_prefix(size);
  }
  return true;
}

void WriteRequest(JsonWriter& out, const v1::HttpExchange& exchange) {
  const std::string url = MaskedUrl(exchange.url());
  const std::string type = ValueOf(exchange.request_fields(), "Content-Type");
  out.Key("method").String(exchange.method());
  out.Key("url").String(url);
  out.Key("httpVersion").String(exchange.request_version());
  WriteCookies(out, exchange.request_fields(), "Cookie");
  WriteHeaders(out, exchange.request_fields());
  out.Key("queryString");
  WritePairs(out, ParametersOf(QueryOf(url)));
  out.Key("headersSize").Number(std::int64_t{-1});
  out.Key("bodySize").Number(exchange.request_size());
  if (exchange.request_size() == 0) return;
  const bool cut = exchange.request_size() > exchange.request_body().size();
  const bool shown = IsText(exchange.request_body(), cut);
  const std::string body = shown ? MaskedBody(exchange.request_body(), type) : "";
  out.Key("postData").Object([&] {
    out.Key("mimeType").String(type);
    out.Key("params");
    WritePairs(out, IsForm(type) ? ParametersOf(body) : NamedValues());
    out.Key("text").String(body);
    if (!shown || cut) out.Key("comment").String(shown ? "the body is cut" : "the body is no text");
  });
}

void WriteContent(JsonWriter& out, const v1::HttpExchange& exchange) {
  const std::string type = ValueOf(exchange.fields(), "Content-Type");
  out.Key("size").Number(exchange.size());
  out.Key("mimeType").String(type);
  const bool cut = exchange.size() > exchange.body().size();
  if (cut) out.Key("comment").String("the body is cut");
  if (exchange.body().empty()) return;
  if (IsText(exchange.body(), cut)) {
    out.Key("text").String(MaskedBody(exchange.body(), type));
  } else {
    out.Key("text").String(Base64{}.Encode(exchange.body()));
    out.Key("encoding").String("base64");
  }
}

void WriteResponse(JsonWriter& out, const v1::HttpExchange& exchange) {
  out.Key("status").Number(static_cast<std::uint64_t>(exchange.status()));
  out.Key("statusText").String(exchange.status_text());
  out.Key("httpVersion").String(exchange.version());
  WriteCookies(out, exchange.fields(), "Set-Cookie");
  WriteHeaders(out, exchange.fields());
  out.Key("content").Object([&] { WriteContent(out, exchange); });
  out.Key("redirectURL").String(MaskedUrl(ValueOf(exchange.fields(), "Location")));
  out.Key("headersSize").Number(std::int64_t{-1});
  out.Key("bodySize").Number(std::int64_t{-1});
  if (!exchange.error().empty()) out.Key("_error").String(exchange.error());
}

/// HAR's `connect` has TLS's handshake in it, and `blocked` is what is left of k6's.
void WriteTimings(JsonWriter& out, const v1::HttpExchange& exchange) {
  const double dns = Milliseconds(exchange.looking_up_ns());
  const double ssl = Milliseconds(exchange.tls_handshaking_ns());
  const double connect = Milliseconds(exchange.connecting_ns()) + ssl;
  const auto some = [](double ms) { return ms == 0 ? -1 : ms; };
  out.Key("blocked").Number(std::max(Milliseconds(exchange.blocked_ns()) - dns - connect, 0.0));
  out.Key("dns").Number(some(dns));
  out.Key("connect").Number(some(connect));
  out.Key("ssl").Number(some(ssl));
  out.Key("send").Number(Milliseconds(exchange.sending_ns()));
  out.Key("wait").Number(Milliseconds(exchange.waiting_ns()));
  out.Key("receive").Number(Milliseconds(exchange.receiving_ns()));
}

void WriteEntry(JsonWriter& out, const v1::HttpExchange& exchange) {
  const double time = Milliseconds(exchange.blocked_ns()) + Milliseconds(exchange.sending_ns()) +
                      Milliseconds(exchange.waiting_ns()) + Milliseconds(exchange.receiving_ns());
  out.Key("startedDateTime").String(Instant(exchange.unix_ns()));
  out.Key("time").Number(time);
  out.Key("request").Object([&] { WriteRequest(out, exchange); });
  out.Key("response").Object([&] { WriteResponse(out, exchange); });
  out.Key("cache").Object([] {});
  out.Key("timings").Object([&] { WriteTimings(out, exchange); });
  if (!exchange.address().empty()) out.Key("serverIPAddress").String(exchange.address());
  out.Key("_agent").Number(static_cast<std::uint64_t>(exchange.agent()));
  out.Key("_vu").Number(exchange.vu());
  out.Key("_iteration").Number(exchange.iteration());
  out.Key("_scenario").String(exchange.scenario());
  out.Key("_group").String(exchange.group());
}

}  // namespace

std::string HarLog::Limits() { return "1,000 requests or 16 MiB of an agent, and 64 MiB in all"; }

void HarLog::Add(const v1::HttpExchange& exchange) {
  cut_ = cut_ || exchange.last();
  if (bytes_ > kMostBytes) {
    cut_ = true;
    return;
  }
  JsonWriter out;
  out.Object([&] { WriteEntry(out, exchange); });
  Entry entry{exchange.unix_ns(), out.Take()};
  bytes_ += entry.json.size();
  // Agents and VUs tell each of their own in order, so this is near the end.
  const auto place =
      std::upper_bound(entries_.begin(), entries_.end(), entry.unix_ns,
                       [](std::int64_t at, const Entry& other) { return at < other.unix_ns; });
  entries_.insert(place, std::move(entry));
}

std::string HarLog::Text(std::string_view version) const {
  std::string text = R"({"log":{"version":"1.2","creator":{"name":"loadctl","version":)";
  text::AppendJsonString(version, text::JsonEscapes::kJs, text);
  text += "},";
  if (cut_) {
    text += "\"comment\":";
    text::AppendJsonString("the first requests only: " + Limits(), text::JsonEscapes::kJs, text);
    text += ',';
  }
  text += "\"entries\":[";
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    text += i == 0 ? "\n" : ",\n";
    text += entries_[i].json;
  }
  return text + "\n]}}\n";
}

}  // namespace loadctl::report
