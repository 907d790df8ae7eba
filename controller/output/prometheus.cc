// --out experimental-prometheus-rw: series summed over the run, sent by remote write 1.0, with k6's
// names and settings (internal/output/prometheusrw).
#include <snappy.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <utility>
#include <variant>

#include "common/metrics/sink.h"
#include "common/text/number.h"
#include "controller/output/deliver.h"
#include "controller/output/format.h"
#include "controller/output/native_histogram.h"
#include "controller/output/protobuf.h"
#include "controller/output/registry.h"
#include "controller/output/series.h"
#include "controller/output/settings.h"

namespace loadctl::output {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kMillisecond = 1'000'000;
const double kStaleMarker = std::bit_cast<double>(std::uint64_t{0x7ff0000000000002});
// A request holds so many series at most.
constexpr std::size_t kSeriesARequest = 5'000;

/// One of K6_PROMETHEUS_RW_TREND_STATS: its suffix, and its value of a trend.
struct TrendStat {
  enum class Kind { kAvg, kMin, kMed, kMax, kCount, kSum, kPercentile };
  std::string suffix;
  Kind kind = Kind::kAvg;
  double percent = 0;

  [[nodiscard]] double Of(const metrics::TrendSink& trend) const {
    switch (kind) {
      case Kind::kAvg:
        return trend.avg();
      case Kind::kMin:
        return trend.min();
      case Kind::kMed:
        return trend.Percentile(50);
      case Kind::kMax:
        return trend.max();
      case Kind::kCount:
        return static_cast<double>(trend.count());
      case Kind::kSum:
        return trend.sum();
      case Kind::kPercentile:
        return trend.Percentile(percent);
    }
    return 0;
  }
};

Result<TrendStat> ParseTrendStat(const std::string& text) {
  using Kind = TrendStat::Kind;
  constexpr std::pair<std::string_view, Kind> kNames[] = {
      {"avg", Kind::kAvg}, {"min", Kind::kMin},     {"med", Kind::kMed},
      {"max", Kind::kMax}, {"count", Kind::kCount}, {"sum", Kind::kSum}};
  for (const auto& [name, kind] : kNames)
    if (text == name) return TrendStat{text, kind, 0};
  if (!text.starts_with("p(") || !text.ends_with(")"))
    return Fail("invalid trend stat '" + text + "', unknown format");
  std::string digits = text.substr(2, text.size() - 3);
  const auto percent = text::ParseGoFloat(digits);
  if (!percent || !(*percent >= 0 && *percent <= 100)) {
    return Fail("invalid percentile trend stat value '" + text +
                "', provide a number between 0 and 100");
  }
  std::erase(digits, '.');
  return TrendStat{"p" + digits, Kind::kPercentile, *percent};
}

struct Config {
  std::string url = "http://localhost:9090/api/v1/write";
  std::chrono::nanoseconds period = 5s;
  std::vector<TrendStat> trend_stats;
  bool native_histograms = false;
  bool stale_markers = false;
  http::ClientOptions http;
};

std::vector<std::string> Split(const std::string& text, char at) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(at, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

Result<void> ReadHeaders(const Settings& settings, const Context& context,
                         http::ClientOptions& http) {
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : settings.Object("headers")) headers[name] = value;
  constexpr std::string_view kPrefix = "K6_PROMETHEUS_RW_HEADERS_";
  for (const auto& [name, value] : context.environment)
    if (name.starts_with(kPrefix)) headers[name.substr(kPrefix.size())] = value;
  if (const auto list = settings.Find("K6_PROMETHEUS_RW_HTTP_HEADERS", "")) {
    for (const std::string& pair : Split(*list, ',')) {
      const auto parts = Split(pair, ':');
      if (parts.size() != 2) {
        return Fail("the provided header (" + pair +
                    ") does not respect the expected format <header key>:<value>");
      }
      headers[parts[0]] = parts[1];
    }
  }
  const std::string token = settings.Text("K6_PROMETHEUS_RW_BEARER_TOKEN", "bearerToken", "");
  if (!token.empty()) headers["Authorization"] = "Bearer " + token;
  headers["User-Agent"] = "k6-prometheus-rw-output";
  headers["Content-Encoding"] = "snappy";
  headers["Content-Type"] = "application/x-protobuf";
  headers["X-Prometheus-Remote-Write-Version"] = "0.1.0";
  for (const auto& [name, value] : headers) {
    if ((name + value).find_first_of("\r\n") != std::string::npos)
      return Fail("the header " + name + " has a line break");
    http.headers.push_back(name + ": " + value);
  }
  return {};
}

/// Of Amazon's managed Prometheus. It is one of the ways to sign in, and wins over basic auth.
Result<void> ReadSigV4(const Settings& settings, http::ClientOptions& http) {
  const std::string region = settings.Text("K6_PROMETHEUS_RW_SIGV4_REGION", "sigV4Region", "");
  const std::string access =
      settings.Text("K6_PROMETHEUS_RW_SIGV4_ACCESS_KEY", "sigV4AccessKey", "");
  const std::string secret =
      settings.Text("K6_PROMETHEUS_RW_SIGV4_SECRET_KEY", "sigV4SecretKey", "");
  const int given = !region.empty() + !access.empty() + !secret.empty();
  if (given == 0) return {};
  if (given < 3) {
    return Fail(
        "sigv4 seems to be partially configured. All of K6_PROMETHEUS_RW_SIGV4_REGION, "
        "K6_PROMETHEUS_RW_SIGV4_ACCESS_KEY, K6_PROMETHEUS_RW_SIGV4_SECRET_KEY must all be set. "
        "Unset all to bypass sigv4");
  }
  if (region.find_first_of(": \t\r\n") != std::string::npos)
    return Fail("K6_PROMETHEUS_RW_SIGV4_REGION is no region: '" + region + "'");
  http.sigv4 = "aws:amz:" + region + ":aps";
  http.user = access;
  http.password = secret;
  return {};
}

Result<Config> ReadConfig(const Context& context) {
  Config config;
  LOADCTL_TRY(const Settings settings, Settings::Of("experimental-prometheus-rw", context));
  const auto name = [](const char* rest) { return std::string("K6_PROMETHEUS_RW_") + rest; };
  const auto text = [&](const char* variable, const char* key) {
    return settings.Text(name(variable), key, "");
  };
  config.url = settings.Text(name("SERVER_URL"), "url", config.url);
  LOADCTL_TRY(config.period, settings.Period(name("PUSH_INTERVAL"), "pushInterval", config.period));
  LOADCTL_TRY(config.native_histograms,
              settings.Flag(name("TREND_AS_NATIVE_HISTOGRAM"), "trendAsNativeHistogram", false));
  LOADCTL_TRY(config.stale_markers, settings.Flag(name("STALE_MARKERS"), "staleMarkers", false));
  const std::string stats = settings.Text(name("TREND_STATS"), "trendStats", "p(99)");
  for (const std::string& one : Split(stats, ',')) {
    LOADCTL_TRY(TrendStat stat, ParseTrendStat(one));
    config.trend_stats.push_back(std::move(stat));
  }
  config.http.most_body = kMostAnswer;
  config.http.user = text("USERNAME", "username");
  config.http.password = text("PASSWORD", "password");
  LOADCTL_TRY(config.http.insecure,
              settings.Flag(name("INSECURE_SKIP_TLS_VERIFY"), "insecureSkipTLSVerify", false));
  config.http.tls13 = text("TLS_MINIMUM_VERSION", "tlsMinVersion") != "1.2";
  config.http.certificate = text("CLIENT_CERTIFICATE", "clientCertificate");
  config.http.key = text("CLIENT_CERTIFICATE_KEY", "clientCertificateKey");
  LOADCTL_CHECK_OK(ReadSigV4(settings, config.http));
  LOADCTL_CHECK_OK(ReadHeaders(settings, context, config.http));
  return config;
}

/// What a series of one metric adds up to.
struct Measure {
  explicit Measure(const MetricInfo& metric) : sink(metrics::MakeSink(metric.type)) {}
  metrics::Sink sink;
  std::optional<NativeHistogram> histogram;
  std::int64_t latest = 0;    // milliseconds
  bool due = false;           // has a sample that was not sent, in a newer millisecond
  std::uint64_t pending = 0;  // samples in it since it was sent
};

class PrometheusOutput final : public Output {
 public:
  PrometheusOutput(Config config, const Context& context)
      : config_(std::move(config)),
        context_(context),
        backend_(config_.http),
        table_("experimental-prometheus-rw", kMostSeries, context.log) {}

  std::string Description() const override {
    return "Prometheus remote write (" + config_.url + ")";
  }
  std::chrono::nanoseconds FlushPeriod() const override { return config_.period; }
  Result<void> Start() override { return {}; }

  void Flush(std::span<const Sample> samples) override {
    for (const Sample& sample : samples) Fold(sample);
    Send(10ms);
  }

  void Stop() override {
    table_.TellShared();
    // Samples of a millisecond that was sent already have no point in time of their own.
    for (const auto& series : table_.all()) {
      Measure& measure = series->state;
      if (measure.pending == 0 || measure.due) continue;
      ++measure.latest;
      measure.due = true;
    }
    // What a backend that was away has missed, it gets now if it is there.
    if (unsent_ > 0) Send(5s);
    lost_ = unsent_;
    if (config_.stale_markers && lost_ == 0) MarkStale();
  }
  std::uint64_t lost() const override { return lost_; }

 private:
  using Table = SeriesTable<Measure>;

  void Fold(const Sample& sample) {
    Measure& measure = table_.Of(sample).state;
    const std::int64_t time = sample.time / kMillisecond - (sample.time % kMillisecond < 0 ? 1 : 0);
    if (time > measure.latest) {
      measure.latest = time;
      measure.due = true;
    }
    ++measure.pending;
    ++unsent_;
    if (config_.native_histograms && sample.metric->type == metrics::MetricType::kTrend) {
      if (!measure.histogram) measure.histogram.emplace();
      measure.histogram->Add(InBaseUnit(*sample.metric, sample.value));
    } else {
      metrics::Add(measure.sink, sample.value, {sample.time, 0});
    }
  }

  static double InBaseUnit(const MetricInfo& metric, double value) {
    return metric.contains == metrics::ValueType::kTime ? value / 1000 : value;
  }

  /// Sends every series that is due, and keeps those due that did not arrive: sums are of the whole
  /// run, so a backend that comes back has lost points in time, but no sample.
  void Send(std::chrono::milliseconds patience) {
    std::vector<Table::Series*> due;
    for (const auto& series : table_.all())
      if (series->state.due) due.push_back(series.get());
    for (std::span<Table::Series* const> rest = due; !rest.empty();) {
      const auto part = rest.first(FirstPart(rest, kSeriesARequest, kMostBody));
      if (!SendPart(part, patience)) return;
      rest = rest.subspan(part.size());
    }
  }

  /// False if there is no use in sending more now.
  bool SendPart(std::span<Table::Series* const> part, std::chrono::milliseconds patience) {
    ProtoWriter request;
    for (const auto* series : part) AppendSeries(*series, request);
    std::string compressed;
    snappy::Compress(request.bytes().data(), request.bytes().size(), &compressed);
    const Delivery sent = backend_.Deliver(config_.url, compressed, patience);
    WarnOfWords(sent, config_.url, told_, context_.log);
    if (sent.fate == Delivery::Fate::kTooLarge && part.size() > 1) {
      const std::size_t half = part.size() / 2;
      return SendPart(part.first(half), patience) && SendPart(part.subspan(half), patience);
    }
    if (!sent.taken()) {
      backend_.Complain(context_.log, Severity::kError,
                        "Failed to send the time series data to the endpoint",
                        {{"error", sent.why}, {"output", "Prometheus remote write"}});
      return sent.fate != Delivery::Fate::kAway;
    }
    for (auto* series : part) {
      series->state.due = false;
      unsent_ -= std::exchange(series->state.pending, 0);
    }
    return true;
  }

  void AppendSeries(const Table::Series& series, ProtoWriter& request) const {
    const MetricInfo& metric = *series.key.metric;
    const Measure& measure = series.state;
    const auto point = [&](const std::string& suffix, double value) {
      AppendPoint(series.key, suffix, value, measure.latest, request);
    };
    if (measure.histogram) {
      ProtoWriter message;
      AppendLabels(series.key, UnitOf(metric), message);
      message.Bytes(4, measure.histogram->ToProto(measure.latest));
      return request.Bytes(1, message.bytes());
    }
    switch (metric.type) {
      case metrics::MetricType::kCounter:
        return point("total", std::get<metrics::CounterSink>(measure.sink).sum());
      case metrics::MetricType::kGauge:
        return point("", std::get<metrics::GaugeSink>(measure.sink).value());
      case metrics::MetricType::kRate:
        return point("rate", std::get<metrics::RateSink>(measure.sink).rate());
      case metrics::MetricType::kTrend:
        for (const TrendStat& stat : config_.trend_stats) {
          point(stat.suffix,
                InBaseUnit(metric, stat.Of(std::get<metrics::TrendSink>(measure.sink))));
        }
    }
  }

  static std::string UnitOf(const MetricInfo& metric) {
    return metric.contains == metrics::ValueType::kTime   ? "seconds"
           : metric.contains == metrics::ValueType::kData ? "bytes"
                                                          : "";
  }

  /// Sorted by name, as receivers want them; a tag without a value is none.
  static void AppendLabels(const SeriesKey& key, const std::string& suffix, ProtoWriter& message) {
    std::string name = "k6_" + key.metric->name;
    if (!suffix.empty()) name += "_" + suffix;
    std::map<std::string, std::string> labels;
    for (const auto& [tag, value] : key.tags) {
      if (tag.empty() || value.empty() || tag == "__name__") continue;
      labels[LabelName(tag)] = WellFormed(value);
    }
    labels["__name__"] = name;
    for (const auto& [label, value] : labels) {
      ProtoWriter text;
      text.Bytes(1, label);
      text.Bytes(2, value);
      message.Bytes(1, text.bytes());
    }
  }

  /// Receivers take letters, digits and underscores, and drop the series of any other name.
  static std::string LabelName(const std::string& tag) {
    std::string name = tag;
    for (char& c : name) {
      const bool good =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9');
      if (!good) c = '_';
    }
    return name[0] >= '0' && name[0] <= '9' ? "_" + name : name;
  }

  static void AppendPoint(const SeriesKey& key, const std::string& suffix, double value,
                          std::int64_t time, ProtoWriter& request) {
    ProtoWriter message, sample;
    AppendLabels(key, suffix, message);
    sample.Double(1, value);
    sample.Varint(2, static_cast<std::uint64_t>(time));
    message.Bytes(2, sample.bytes());
    request.Bytes(1, message.bytes());
  }

  void MarkStale() {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count() +
                     1;
    using Part = std::span<const std::unique_ptr<Table::Series>>;
    for (Part rest = table_.all(); !rest.empty();) {
      const Part part = rest.first(FirstPart(rest, kSeriesARequest, kMostBody));
      if (!MarkPartStale(part, now)) return;
      rest = rest.subspan(part.size());
    }
  }

  bool MarkPartStale(std::span<const std::unique_ptr<Table::Series>> part, std::int64_t now) {
    ProtoWriter request;
    for (const auto& series : part) {
      const MetricInfo& metric = *series->key.metric;
      const auto mark = [&](const std::string& suffix) {
        AppendPoint(series->key, suffix, kStaleMarker, now, request);
      };
      if (series->state.histogram) {
        mark(UnitOf(metric));
      } else if (metric.type == metrics::MetricType::kTrend) {
        for (const TrendStat& stat : config_.trend_stats) mark(stat.suffix);
      } else {
        mark(metric.type == metrics::MetricType::kCounter ? "total"
             : metric.type == metrics::MetricType::kRate  ? "rate"
                                                          : "");
      }
    }
    std::string compressed;
    snappy::Compress(request.bytes().data(), request.bytes().size(), &compressed);
    const Delivery sent = backend_.Deliver(config_.url, compressed, 5s);
    if (!sent.taken())
      context_.log(Severity::kError, "marking time series as stale failed: " + sent.why, {});
    return sent.taken();
  }

  const Config config_;
  const Context& context_;
  Backend backend_;
  Table table_;
  std::uint64_t unsent_ = 0;
  std::uint64_t lost_ = 0;
  bool told_ = false;
};

}  // namespace

Result<std::unique_ptr<Output>> MakePrometheus(const Request&, const Context& context) {
  LOADCTL_TRY(Config config, ReadConfig(context));
  return std::unique_ptr<Output>(std::make_unique<PrometheusOutput>(std::move(config), context));
}

}  // namespace loadctl::output
