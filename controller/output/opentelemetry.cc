// --out opentelemetry: series summed over the run, exported by OTLP over gRPC or HTTP, with k6's
// names and settings (internal/output/opentelemetry). Messages: opentelemetry-proto, metrics/v1.
#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include "controller/output/deliver.h"
#include "controller/output/otlp.h"
#include "controller/output/protobuf.h"
#include "controller/output/registry.h"
#include "controller/output/series.h"
#include "controller/output/settings.h"
#include "controller/output/url.h"

namespace loadctl::output {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kCumulative = 2;  // AggregationTemporality
constexpr std::size_t kPointsARequest = 5'000;
// The upper bounds that OpenTelemetry's SDKs give a histogram.
constexpr std::array<double, 15> kBounds = {0,   5,   10,   25,   50,   75,   100,  250,
                                            500, 750, 1000, 2500, 5000, 7500, 10000};

struct Config {
  std::string service = "k6", version, prefix;
  std::chrono::nanoseconds flush = 1s, export_interval = 10s;
  bool grpc = true, insecure = false;
  std::string endpoint, path = "/v1/metrics";
  http::ClientOptions http;
};

Result<void> ReadHeaders(const std::string& text, http::ClientOptions& http) {
  for (std::size_t begin = 0; begin <= text.size() && !text.empty();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string header = text.substr(begin, end - begin);
    const auto equals = header.find('=');
    if (equals == std::string::npos)
      return Fail("failed to parse headers: invalid header \"" + header +
                  "\", expected format key=value");
    const std::string line =
        UnescapePath(header.substr(0, equals)) + ": " + UnescapePath(header.substr(equals + 1));
    if (line.find_first_of("\r\n") != std::string::npos)
      return Fail("failed to parse headers: \"" + header + "\" has a line break");
    http.headers.push_back(line);
    begin = end + 1;
  }
  return {};
}

Result<Config> ReadConfig(const Request& request, const Context& context) {
  Config config;
  LOADCTL_TRY(const Settings settings, Settings::Of(request.type, context));
  // Ours, then the standard's.
  const auto text = [&](const std::string& name, const char* key, const char* standard,
                        const std::string& fallback) {
    if (const auto own = settings.Find("K6_OTEL_" + name, key)) return *own;
    const auto found = context.environment.find(standard);
    return found != context.environment.end() && standard[0] != '\0' ? found->second : fallback;
  };
  const auto invalid = [](const std::string& why) {
    return Fail("error validating OpenTelemetry output config: " + why);
  };
  config.service = text("SERVICE_NAME", "serviceName", "OTEL_SERVICE_NAME", "k6");
  config.version = text("SERVICE_VERSION", "serviceVersion", "", context.version);
  config.prefix = text("METRIC_PREFIX", "metricPrefix", "", "");
  if (config.service.empty()) return invalid("providing service name is required");
  if (config.version.empty()) return invalid("providing service version is required");
  LOADCTL_TRY(config.flush, settings.Period("K6_OTEL_FLUSH_INTERVAL", "flushInterval", 1s));
  LOADCTL_TRY(config.export_interval,
              settings.Period("K6_OTEL_EXPORT_INTERVAL", "exportInterval", 10s));
  const std::string protocol =
      text("EXPORTER_PROTOCOL", "exporterProtocol", "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
  if (protocol != "grpc" && protocol != "http/protobuf") {
    return invalid("unsupported exporter protocol \"" + protocol +
                   "\", only \"grpc\" and \"http/protobuf\" are supported");
  }
  config.grpc = protocol == "grpc";
  if (config.grpc) {
    config.endpoint = text("GRPC_EXPORTER_ENDPOINT", "grpcExporterEndpoint", "", "localhost:4317");
    LOADCTL_TRY(config.insecure,
                settings.Flag("K6_OTEL_GRPC_EXPORTER_INSECURE", "grpcExporterInsecure", false));
    if (config.endpoint.empty()) return invalid("gRPC exporter endpoint is required");
  } else {
    config.endpoint = text("HTTP_EXPORTER_ENDPOINT", "httpExporterEndpoint", "", "localhost:4318");
    config.path = text("HTTP_EXPORTER_URL_PATH", "httpExporterURLPath", "", "/v1/metrics");
    LOADCTL_TRY(config.insecure,
                settings.Flag("K6_OTEL_HTTP_EXPORTER_INSECURE", "httpExporterInsecure", false));
    if (config.endpoint.empty()) return invalid("HTTP exporter endpoint is required");
    if (config.endpoint.starts_with("http://") || config.endpoint.starts_with("https://"))
      return invalid("HTTP exporter endpoint must only be host and port, no scheme");
  }
  http::ClientOptions& http = config.http;
  http.timeout = 10s;
  http.most_body = kMostAnswer;
  http.grpc = config.grpc;
  http.headers = {std::string("Content-Type: application/") +
                  (config.grpc ? "grpc" : "x-protobuf")};
  LOADCTL_CHECK_OK(ReadHeaders(text("HEADERS", "headers", "OTEL_EXPORTER_OTLP_HEADERS", ""), http));
  http.user = text("HTTP_EXPORTER_USERNAME", "username", "", "");
  http.password = text("HTTP_EXPORTER_PASSWORD", "password", "", "");
  LOADCTL_TRY(http.insecure,
              settings.Flag("K6_OTEL_TLS_INSECURE_SKIP_VERIFY", "tlsInsecureSkipVerify", false));
  http.ca = text("TLS_CERTIFICATE", "tlsCertificate", "OTEL_EXPORTER_OTLP_CERTIFICATE", "");
  http.certificate = text("TLS_CLIENT_CERTIFICATE", "tlsClientCertificate",
                          "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "");
  http.key = text("TLS_CLIENT_KEY", "tlsClientKey", "OTEL_EXPORTER_OTLP_CLIENT_KEY", "");
  return config;
}

/// What a series of one metric adds up to.
struct Sums {
  explicit Sums(const MetricInfo&) {}
  double value = 0;  // a counter's sum, a gauge's last value, a trend's sum
  std::int64_t zeros = 0, nonzeros = 0;
  std::uint64_t count = 0;
  double min = 0, max = 0;
  std::array<std::uint64_t, kBounds.size() + 1> buckets{};
  std::uint64_t pending = 0;  // samples since it was exported

  void Add(const MetricInfo& metric, double sample) {
    ++pending;
    switch (metric.type) {
      case metrics::MetricType::kCounter:
        value += sample;
        return;
      case metrics::MetricType::kGauge:
        value = sample;
        return;
      case metrics::MetricType::kRate:
        ++(sample == 0 ? zeros : nonzeros);
        return;
      case metrics::MetricType::kTrend:
        min = count == 0 ? sample : std::min(min, sample);
        max = count == 0 ? sample : std::max(max, sample);
        ++count;
        value += sample;
        ++buckets[static_cast<std::size_t>(
            std::lower_bound(kBounds.begin(), kBounds.end(), sample) - kBounds.begin())];
        return;
    }
  }
};

std::uint64_t Now() {
  return static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch() /
                                    std::chrono::nanoseconds(1));
}

class OtelOutput final : public Output {
 public:
  OtelOutput(Config config, const Context& context)
      : config_(std::move(config)),
        context_(context),
        backend_(config_.http),
        table_("opentelemetry", kMostSeries, context.log) {}

  std::string Description() const override {
    const std::string scheme = config_.insecure ? "http://" : "https://";
    return config_.grpc
               ? std::string("opentelemetry (grpc") + (config_.insecure ? " (insecure)" : "") +
                     ", " + config_.endpoint + ")"
               : "opentelemetry (http/protobuf, " + scheme + config_.endpoint + config_.path + ")";
  }
  std::chrono::nanoseconds FlushPeriod() const override { return config_.flush; }
  Result<void> Start() override {
    start_ = Now();
    next_ = std::chrono::steady_clock::now() + config_.export_interval;
    return {};
  }

  void Flush(std::span<const Sample> samples) override {
    for (const Sample& sample : samples) {
      table_.Of(sample).state.Add(*sample.metric, sample.value);
      ++unsent_;
    }
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + config_.export_interval;
    Export(10ms);
  }

  void Stop() override {
    table_.TellShared();
    if (unsent_ > 0) Export(5s);
    lost_ = unsent_;
  }
  std::uint64_t lost() const override { return lost_; }

 private:
  using Table = SeriesTable<Sums>;
  using Part = std::span<const std::unique_ptr<Table::Series>>;

  [[nodiscard]] std::string Url() const {
    return (config_.insecure ? "http://" : "https://") + config_.endpoint +
           (config_.grpc ? "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
                         : config_.path);
  }

  /// All series, as an SDK exports them. Sums are of the whole run: what a backend that was away
  /// missed is in the next export.
  void Export(std::chrono::milliseconds patience) {
    for (Part rest = table_.all(); !rest.empty();) {
      const Part part = rest.first(FirstPart(rest, kPointsARequest, kMostBody));
      if (!ExportPart(part, patience)) return;
      rest = rest.subspan(part.size());
    }
  }

  /// False if there is no use in sending more now.
  bool ExportPart(Part part, std::chrono::milliseconds patience) {
    const Delivery sent = backend_.Deliver(Url(), RequestOf(part), patience);
    if (sent.fate == Delivery::Fate::kTooLarge && part.size() > 1) {
      const std::size_t half = part.size() / 2;
      return ExportPart(part.first(half), patience) && ExportPart(part.subspan(half), patience);
    }
    if (!sent.taken()) {
      backend_.Complain(context_.log, Severity::kError, "failed to upload metrics",
                        {{"error", sent.why}, {"output", "opentelemetry"}});
      return sent.fate != Delivery::Fate::kAway;
    }
    const auto answer = ReadExportResponse(sent.answer);
    if (!answer) WarnOfWords(sent, Url(), told_, context_.log);
    if (answer && (answer->rejected > 0 || !answer->message.empty())) {
      backend_.Complain(context_.log, Severity::kWarning, "OTLP partial success",
                        {{"error", answer->message},
                         {"rejected", std::to_string(answer->rejected) + " data points"},
                         {"output", "opentelemetry"}});
    }
    MarkSent(part, answer ? answer->rejected : 0);
    return true;
  }

  /// Nobody says which points were rejected: those with the most samples, so that what is said to
  /// be lost is never less than what is. They stay unsent until an export takes them.
  void MarkSent(Part part, std::uint64_t rejected) {
    std::vector<Sums*> sums;
    for (const auto& series : part) sums.push_back(&series->state);
    std::stable_sort(sums.begin(), sums.end(),
                     [](const Sums* a, const Sums* b) { return a->pending > b->pending; });
    for (std::size_t i = std::min<std::uint64_t>(rejected, sums.size()); i < sums.size(); ++i)
      unsent_ -= std::exchange(sums[i]->pending, 0);
  }

  std::string RequestOf(Part part) const {
    ProtoWriter resource, scope, scope_metrics, resource_metrics, request;
    AppendAttribute("service.name", config_.service, 1, resource);
    AppendAttribute("service.version", config_.version, 1, resource);
    scope.Bytes(1, "k6");
    scope_metrics.Bytes(1, scope.bytes());
    std::map<const MetricInfo*, std::vector<const Table::Series*>> by_metric;
    for (const auto& series : part) by_metric[series->key.metric].push_back(series.get());
    for (const auto& [metric, list] : by_metric) scope_metrics.Bytes(2, MetricOf(*metric, list));
    resource_metrics.Bytes(1, resource.bytes());
    resource_metrics.Bytes(2, scope_metrics.bytes());
    request.Bytes(1, resource_metrics.bytes());
    return request.bytes();
  }

  std::string MetricOf(const MetricInfo& metric,
                       const std::vector<const Table::Series*>& list) const {
    ProtoWriter out, data;
    const bool rate = metric.type == metrics::MetricType::kRate;
    const bool trend = metric.type == metrics::MetricType::kTrend;
    out.Bytes(1, config_.prefix + metric.name + (rate ? ".total" : ""));
    const char* unit = metric.contains == metrics::ValueType::kTime   ? "ms"
                       : metric.contains == metrics::ValueType::kData ? "By"
                                                                      : "";
    if (!rate && *unit != '\0') out.Bytes(3, unit);
    for (const auto* series : list) {
      const Sums& sums = series->state;
      if (trend) {
        data.Bytes(1, HistogramOf(*series));
      } else if (rate) {
        if (sums.zeros > 0) data.Bytes(1, CountOf(*series, sums.zeros, "zero"));
        if (sums.nonzeros > 0) data.Bytes(1, CountOf(*series, sums.nonzeros, "nonzero"));
      } else {
        ProtoWriter point;
        AppendTimes(point);
        point.Double(4, sums.value);
        AppendTags(*series, 7, point);
        data.Bytes(1, point.bytes());
      }
    }
    const bool gauge = metric.type == metrics::MetricType::kGauge;
    if (!gauge) data.Varint(2, kCumulative);
    if (!gauge && !trend) data.Varint(3, 1);  // monotonic
    out.Bytes(gauge ? 5 : trend ? 9 : 7, data.bytes());
    return out.bytes();
  }

  void AppendTimes(ProtoWriter& point) const {
    point.Fixed64(2, start_);
    point.Fixed64(3, Now());
  }
  static void AppendTags(const Table::Series& series, int field, ProtoWriter& point) {
    for (const auto& [key, value] : series.key.tags)
      if (!key.empty() && !value.empty()) AppendAttribute(key, value, field, point);
  }

  std::string CountOf(const Table::Series& series, std::int64_t count,
                      std::string_view condition) const {
    ProtoWriter point;
    AppendTimes(point);
    point.Fixed64(6, static_cast<std::uint64_t>(count));
    AppendTags(series, 7, point);
    AppendAttribute("condition", condition, 7, point);
    return point.bytes();
  }

  std::string HistogramOf(const Table::Series& series) const {
    const Sums& sums = series.state;
    ProtoWriter point;
    AppendTimes(point);
    point.Fixed64(4, sums.count);
    point.Double(5, sums.value);
    for (const std::uint64_t count : sums.buckets) point.Fixed64(6, count);
    for (const double bound : kBounds) point.Double(7, bound);
    AppendTags(series, 9, point);
    point.Double(11, sums.min);
    point.Double(12, sums.max);
    return point.bytes();
  }

  const Config config_;
  const Context& context_;
  Backend backend_;
  Table table_;
  std::uint64_t start_ = 0;
  std::chrono::steady_clock::time_point next_;
  std::uint64_t unsent_ = 0, lost_ = 0;
  bool told_ = false;
};

}  // namespace

Result<std::unique_ptr<Output>> MakeOtel(const Request& request, const Context& context) {
  LOADCTL_TRY(Config config, ReadConfig(request, context));
  if (request.type != "opentelemetry") {
    context.log(Severity::kWarning,
                "OpenTelemetry output has been graduated as a stable output.You can now use just "
                "\"opentelemetry\" instead of \"experimental-opentelemetry\". The experimental "
                "version will be removed in future versions.",
                {});
  }
  return std::unique_ptr<Output>(std::make_unique<OtelOutput>(std::move(config), context));
}

}  // namespace loadctl::output
