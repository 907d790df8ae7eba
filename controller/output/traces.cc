// --traces-output otel, --out traces=otel: a span for each iteration and each HTTP request,
// exported by OTLP over gRPC or HTTP. Settings are k6's (internal/lib/trace/otel.go), which has
// spans of its browser module only; names of attributes are those of that module and of
// OpenTelemetry's semantic conventions. Spans are made of samples, so that a load that is not
// traced pays nothing for it. Messages: opentelemetry-proto, trace/v1.
#include <array>
#include <bit>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <tuple>
#include <utility>

#include "common/text/key_values.h"
#include "common/text/number.h"
#include "controller/output/deliver.h"
#include "controller/output/otlp.h"
#include "controller/output/protobuf.h"
#include "controller/output/registry.h"
#include "controller/output/url.h"

namespace loadctl::output {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSpansARequest = 1'000;
constexpr std::size_t kMostKept = 100'000;  // spans that wait for a backend to come back
constexpr int kInternal = 1, kClient = 3;   // SpanKind
constexpr int kError = 2;                   // StatusCode
constexpr std::string_view kDurationPrefix = "http_req_";

struct Config {
  bool grpc = true, insecure = true;
  std::string endpoint = "127.0.0.1:4317", path;
  std::vector<std::string> headers;

  [[nodiscard]] std::string Url() const {
    return (insecure ? "http://" : "https://") + endpoint +
           (grpc           ? "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
            : path.empty() ? "/v1/traces"
                           : path);
  }
};

Result<void> SetUrl(const std::string& text, Config& config) {
  const auto url = ParseUrl(text);
  if (!url) return Fail("couldn't parse the otel URL: " + url.error().message);
  if (url->scheme != "http" && url->scheme != "https")
    return Fail("couldn't parse the otel URL: invalid URL scheme: \"" + url->scheme + "\"");
  config.grpc = false;
  config.insecure = url->scheme == "http";
  config.endpoint = url->host;
  // Without a path libcurl has one of its own.
  config.path = text.find('/', text.find("//") + 2) == std::string::npos ? "" : url->path;
  return {};
}

/// `otel[=URL][,proto=grpc|http][,header.NAME=VALUE]`; fails with k6's texts.
Result<Config> ReadConfig(const std::string& line) {
  Config config;
  if (line == "otel") return config;
  const std::string type = line.substr(0, line.find('='));
  if (type != "otel") return Fail("invalid traces output \"" + type + "\"");
  const auto pairs = text::ParseKeyValues(line);
  if (!pairs) return Fail("error while parsing otel configuration " + pairs.error().message);
  for (const auto& [key, value] : *pairs) {
    if (key == "otel") {
      LOADCTL_CHECK_OK(SetUrl(value, config));
    } else if (key == "proto") {
      if (value != "grpc" && value != "http")
        return Fail("couldn't parse the otel proto: invalid protocol: \"" + value + "\"");
      config.grpc = value == "grpc";
    } else if (key.starts_with("header.")) {
      config.headers.push_back(key.substr(7) + ": " + value);
      if (config.headers.back().find_first_of("\r\n") != std::string::npos)
        return Fail("otel: " + key + " has a line break");
    } else {
      return Fail("unknown otel config key " + key);
    }
  }
  if (config.grpc && !config.path.empty() && config.path != "/")
    return Fail("grpc protocol does not support URL path");
  return config;
}

std::uint64_t Mixed(std::uint64_t value) {  // splitmix64's finalizer
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

std::string BytesOf(std::uint64_t id) {
  id = id == 0 ? 1 : id;  // all zeros is no id
  std::string bytes;
  for (int i = 56; i >= 0; i -= 8) bytes.push_back(static_cast<char>(id >> i));
  return bytes;
}

/// The 16 bytes of 32 hexadecimal digits, as a script that tells a service of its trace keeps them.
std::optional<std::string> TraceIdOf(const std::string& text) {
  if (text.size() != 32) return std::nullopt;
  std::string bytes;
  bool zero = true;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    int byte = 0;
    for (const char c : {text[i], text[i + 1]}) {
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return std::nullopt;
      byte = byte * 16 + digit;
    }
    zero = zero && byte == 0;
    bytes.push_back(static_cast<char>(byte));
  }
  return zero ? std::nullopt : std::optional(bytes);
}

const std::string& ValueOf(const TagSet* set, std::string_view key) {
  static const std::string kNone;
  const std::string* value = set == nullptr ? nullptr : set->Find(key);
  return value == nullptr ? kNone : *value;
}

/// Ids of a run: each iteration is a trace, whose ids follow from who did it, so that nothing is
/// kept of an iteration that goes on.
class Ids final {
 public:
  Ids() {
    std::random_device random;
    for (std::uint64_t& seed : seeds_) seed = (std::uint64_t{random()} << 32) | random();
  }

  struct Place {
    std::string trace, root;  ///< the iteration's
    bool iteration = true;    ///< else setup() or teardown(), which have no span
  };
  [[nodiscard]] Place Of(const Sample& sample) {
    Place place;
    const std::string& vu = ValueOf(sample.metadata, "vu");
    const std::string& group = ValueOf(sample.tags, "group");
    place.iteration = !group.starts_with("::setup") && !group.starts_with("::teardown");
    std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
    const auto add = [&](std::string_view text) {
      for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
      hash = (hash ^ 0xff) * 0x100000001b3ULL;
    };
    add(vu);
    if (vu.empty()) add(std::to_string(++spans_));  // a script took it away
    add(ValueOf(sample.metadata, "iter"));
    add(ValueOf(sample.tags, "scenario"));
    if (!place.iteration) add(group.substr(0, group.find("::", 2)));
    place.trace = BytesOf(Mixed(hash ^ seeds_[0])) + BytesOf(Mixed(hash ^ seeds_[1]));
    place.root = BytesOf(Mixed(hash ^ seeds_[2]));
    return place;
  }
  /// Of a span that is no iteration.
  [[nodiscard]] std::string Next() { return BytesOf(Mixed(++spans_ ^ seeds_[3])); }

 private:
  std::array<std::uint64_t, 4> seeds_{};
  std::uint64_t spans_ = 0;
};

void AppendSpanTimes(const Sample& sample, double milliseconds, ProtoWriter& span) {
  const auto lasted = static_cast<std::int64_t>(milliseconds * 1e6);
  span.Fixed64(7, std::bit_cast<std::uint64_t>(sample.time - lasted));
  span.Fixed64(8, std::bit_cast<std::uint64_t>(sample.time));
}

void AppendText(std::string_view key, const std::string& value, ProtoWriter& span) {
  if (!value.empty()) AppendAttribute(key, value, 9, span);
}

void AppendNumber(std::string_view key, const std::string& value, ProtoWriter& span) {
  const auto number = text::ParseGoInt(value);
  if (number && !value.empty()) AppendAttribute(key, std::int64_t{*number}, 9, span);
}

void AppendIterationAttributes(const Sample& sample, ProtoWriter& span) {
  AppendNumber("test.iteration.number", ValueOf(sample.metadata, "iter"), span);
  AppendNumber("test.vu", ValueOf(sample.metadata, "vu"), span);
  AppendText("test.scenario", ValueOf(sample.tags, "scenario"), span);
}

std::string IterationSpan(const Sample& sample, const Ids::Place& place) {
  ProtoWriter span;
  span.Bytes(1, place.trace);
  span.Bytes(2, place.root);
  span.Bytes(5, "iteration");
  span.Varint(6, kInternal);
  AppendSpanTimes(sample, sample.value, span);
  AppendIterationAttributes(sample, span);
  return span.bytes();
}

/// A request's samples: `http_req_duration`, and the others of the same moment.
struct HttpRequest {
  const Sample* duration = nullptr;
  std::vector<const Sample*> parts;
};

/// A request that a script gave a name has that in place of its URL, as in k6.
bool IsUrl(std::string_view text) { return text.find("://") != std::string_view::npos; }

void AppendHttpAttributes(const Sample& sample, ProtoWriter& span) {
  // Tags of k6 that the conventions have a name for; others keep theirs.
  static const std::map<std::string_view, std::string_view> kNames = {
      {"method", "http.request.method"},
      {"ip", "network.peer.address"},
      {"tls_version", "tls.protocol.version"},
      {"error_code", "error.type"},
      {"scenario", "test.scenario"}};
  for (const auto& [key, value] : sample.tags->pairs) {
    if (key == "url" || key == "name") {
      const bool url = IsUrl(value);
      if (url == (key == "url")) AppendText(url ? "url.full" : "url.template", value, span);
    } else if (key == "status") {
      if (value != "0") AppendNumber("http.response.status_code", value, span);
    } else if (key == "proto") {
      AppendText("network.protocol.version", value.starts_with("HTTP/") ? value.substr(5) : value,
                 span);
    } else if (key != "error") {
      const auto known = kNames.find(key);
      AppendText(known == kNames.end() ? std::string_view(key) : known->second, value, span);
    }
  }
}

std::string HttpSpan(const HttpRequest& request, const Ids::Place& place, std::string id) {
  const Sample& sample = *request.duration;
  ProtoWriter span;
  const auto own = TraceIdOf(ValueOf(sample.metadata, "trace_id"));
  span.Bytes(1, own.value_or(place.trace));
  span.Bytes(2, id);
  if (place.iteration && !own) span.Bytes(4, place.root);
  const std::string& name = ValueOf(sample.tags, "name");
  const std::string& method = ValueOf(sample.tags, "method");
  const bool named = !name.empty() && !IsUrl(name);
  span.Bytes(5, (method.empty() ? "HTTP" : method) + (named ? " " + name : ""));
  span.Varint(6, kClient);
  AppendSpanTimes(sample, sample.value, span);
  AppendHttpAttributes(sample, span);
  AppendNumber("test.iteration.number", ValueOf(sample.metadata, "iter"), span);
  AppendNumber("test.vu", ValueOf(sample.metadata, "vu"), span);
  for (const Sample* part : request.parts)
    if (part->value != 0) AppendAttribute("k6." + part->metric->name, part->value, 9, span);
  if (place.iteration && own) {
    ProtoWriter link;
    link.Bytes(1, place.trace);
    link.Bytes(2, place.root);
    span.Bytes(13, link.bytes());
  }
  if (ValueOf(sample.tags, "expected_response") == "false") {
    ProtoWriter status;
    if (const auto& error = ValueOf(sample.tags, "error"); !error.empty()) status.Bytes(2, error);
    status.Varint(3, kError);
    span.Bytes(15, status.bytes());
  }
  return span.bytes();
}

http::ClientOptions ClientOptionsOf(const Config& config) {
  http::ClientOptions http;
  http.timeout = 10s;
  http.most_body = kMostAnswer;
  http.grpc = config.grpc;
  http.headers = config.headers;
  http.headers.push_back(std::string("Content-Type: application/") +
                         (config.grpc ? "grpc" : "x-protobuf"));
  return http;
}

class Traces final : public Output {
 public:
  Traces(Config config, const Context& context)
      : config_(std::move(config)), context_(context), backend_(ClientOptionsOf(config_)) {}

  std::string Description() const override {
    return "traces (otel, " + std::string(config_.grpc ? "grpc, " : "http, ") +
           (config_.grpc ? config_.endpoint : config_.Url()) + ")";
  }
  std::chrono::nanoseconds FlushPeriod() const override { return 1s; }
  Result<void> Start() override { return {}; }

  void Flush(std::span<const Sample> samples) override {
    using Key = std::tuple<std::int64_t, const TagSet*, const TagSet*>;
    std::map<Key, HttpRequest> requests;
    for (const Sample& sample : samples) {
      const std::string& name = sample.metric->name;
      if (name == "iteration_duration") {
        Keep(IterationSpan(sample, ids_.Of(sample)));
      } else if (name.starts_with(kDurationPrefix)) {
        HttpRequest& request = requests[{sample.time, sample.tags, sample.metadata}];
        if (name != "http_req_duration") {
          if (name != "http_req_failed") request.parts.push_back(&sample);
          continue;
        }
        // Two that ended in the same nanosecond.
        if (request.duration != nullptr) Keep(HttpSpan(request, ids_.Of(sample), ids_.Next()));
        request.duration = &sample;
      }
    }
    for (const auto& [key, request] : requests) {
      if (request.duration != nullptr)
        Keep(HttpSpan(request, ids_.Of(*request.duration), ids_.Next()));
    }
    Export(10ms);
  }

  void Stop() override {
    if (!spans_.empty()) Export(5s);
    lost_ += spans_.size();
  }
  std::uint64_t lost() const override { return lost_; }

 private:
  void Keep(std::string span) {
    if (spans_.size() >= kMostKept) {
      ++lost_;
    } else {
      spans_.push_back(std::move(span));
    }
  }

  /// What a backend that is away cannot take stays for the next time; what it refuses is lost.
  void Export(std::chrono::milliseconds patience) {
    std::size_t most = kSpansARequest;
    while (!spans_.empty()) {
      const std::size_t count = FirstSpans(most);
      const Delivery sent = backend_.Deliver(config_.Url(), RequestOf(count), patience);
      if (sent.fate == Delivery::Fate::kTooLarge && count > 1) {
        most = count / 2;
        continue;
      }
      if (!sent.taken())
        backend_.Complain(context_.log, Severity::kError, "failed to upload traces",
                          {{"error", sent.why}, {"output", "traces"}});
      if (sent.fate == Delivery::Fate::kAway) return;
      lost_ += sent.taken() ? RejectedOf(sent, count) : count;
      spans_.erase(spans_.begin(), spans_.begin() + static_cast<std::ptrdiff_t>(count));
    }
  }

  [[nodiscard]] std::size_t FirstSpans(std::size_t most) const {
    std::size_t count = 0;
    for (std::size_t size = 0; count < std::min(spans_.size(), most); ++count) {
      size += spans_[count].size();
      if (size > kMostBody && count > 0) break;
    }
    return count;
  }

  std::uint64_t RejectedOf(const Delivery& taken, std::size_t spans) {
    const auto answer = ReadExportResponse(taken.answer);
    if (!answer) WarnOfWords(taken, config_.Url(), told_, context_.log);
    if (!answer || (answer->rejected == 0 && answer->message.empty())) return 0;
    backend_.Complain(context_.log, Severity::kWarning, "OTLP partial success",
                      {{"error", answer->message},
                       {"rejected", std::to_string(answer->rejected) + " spans"},
                       {"output", "traces"}});
    return std::min<std::uint64_t>(answer->rejected, spans);
  }

  [[nodiscard]] std::string RequestOf(std::size_t count) const {
    ProtoWriter resource, scope, scope_spans, resource_spans, request;
    AppendAttribute("service.name", "k6", 1, resource);
    AppendAttribute("service.version", context_.version, 1, resource);
    scope.Bytes(1, "loadctl");
    scope_spans.Bytes(1, scope.bytes());
    for (std::size_t i = 0; i < count; ++i) scope_spans.Bytes(2, spans_[i]);
    resource_spans.Bytes(1, resource.bytes());
    resource_spans.Bytes(2, scope_spans.bytes());
    request.Bytes(1, resource_spans.bytes());
    return request.bytes();
  }

  const Config config_;
  const Context& context_;
  Backend backend_;
  Ids ids_;
  std::deque<std::string> spans_;
  bool told_ = false;
  std::uint64_t lost_ = 0;
};

}  // namespace

Result<std::unique_ptr<Output>> MakeTraces(const Request& request, const Context& context) {
  LOADCTL_TRY(Config config, ReadConfig(request.argument.empty() ? "otel" : request.argument));
  return std::unique_ptr<Output>(std::make_unique<Traces>(std::move(config), context));
}

}  // namespace loadctl::output
