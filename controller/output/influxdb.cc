// --out influxdb[=URL]: a point a sample in line protocol, with k6's settings (internal/output/
// influxdb, InfluxDB 1); with a bucket by the interface of InfluxDB 2 and later.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "common/text/number.h"
#include "controller/output/deliver.h"
#include "controller/output/format.h"
#include "controller/output/line_protocol.h"
#include "controller/output/registry.h"
#include "controller/output/settings.h"
#include "controller/output/udp.h"
#include "controller/output/url.h"

namespace loadctl::output {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kUdpPayload = 512;
constexpr auto kPatience = 10s;  // of a body: longer than a restart, shorter than a run's end

struct Config {
  std::string address = "http://localhost:8086";
  std::string database = "k6", user, password, proxy, precision, retention, consistency;
  std::string token, organization, bucket;  // InfluxDB 2
  std::string fields = "vu,iter,url";
  bool insecure = false;
  std::chrono::nanoseconds period = 1s;
  std::int64_t payload = 0;
};

Result<void> ReadUrl(const std::string& argument, Config& config) {
  if (argument.empty()) return {};
  LOADCTL_TRY(const Url url, ParseUrl(argument));
  if (!url.host.empty()) config.address = url.scheme + "://" + url.host;
  if (url.path.size() > 1) config.database = url.path.substr(1);
  if (url.user) {
    config.user = *url.user;
    config.password = url.password;
  }
  for (const auto& [name, value] : url.query) {
    if (name == "insecure") {
      if (value != "" && value != "true" && value != "false")
        return Fail("insecure must be true or false, not " + value);
      config.insecure = value == "true";
    } else if (name == "payload_size") {
      LOADCTL_TRY(config.payload, text::ParseGoInt(value));
    } else if (name == "precision") {
      config.precision = value;
    } else if (name == "retention") {
      config.retention = value;
    } else if (name == "consistency") {
      config.consistency = value;
    } else if (name == "pushInterval") {
      LOADCTL_TRY(config.period, ParsePeriod(value));
    } else if (name == "tagsAsFields") {
      config.fields = value;
    } else if (name != "concurrentWrites") {
      return Fail("unknown query parameter: " + name);
    }
  }
  return {};
}

Result<Config> ReadConfig(const Request& request, const Context& context) {
  Config config;
  LOADCTL_TRY(const Settings settings, Settings::Of("influxdb", context));
  const auto text = [&](const char* variable, const char* key, std::string& to) {
    to = settings.Text(std::string("K6_INFLUXDB_") + variable, key, to);
  };
  text("ADDR", "addr", config.address);
  text("DB", "db", config.database);
  text("USERNAME", "username", config.user);
  text("PASSWORD", "password", config.password);
  text("PROXY", "proxy", config.proxy);
  text("PRECISION", "precision", config.precision);
  text("RETENTION", "retention", config.retention);
  text("CONSISTENCY", "consistency", config.consistency);
  text("TAGS_AS_FIELDS", "tagsAsFields", config.fields);
  text("TOKEN", "token", config.token);
  text("ORGANIZATION", "organization", config.organization);
  text("BUCKET", "bucket", config.bucket);
  LOADCTL_TRY(config.insecure, settings.Flag("K6_INFLUXDB_INSECURE", "insecure", false));
  LOADCTL_TRY(config.period,
              settings.Period("K6_INFLUXDB_PUSH_INTERVAL", "pushInterval", config.period));
  LOADCTL_TRY(config.payload,
              settings.Number("K6_INFLUXDB_PAYLOAD_SIZE", "payloadSize", 0, 0, 65'000));
  // k6 writes so many bodies at once; one after another is quick enough here, and keeps order.
  LOADCTL_TRY(const std::int64_t writes,
              settings.Number("K6_INFLUXDB_CONCURRENT_WRITES", "concurrentWrites", 4, INT64_MIN,
                              INT64_MAX));
  if (writes <= 0) return Fail("influxdb's ConcurrentWrites must be a positive number");
  LOADCTL_CHECK_OK(ReadUrl(request.argument, config));
  if (config.payload < 0 || config.payload > 65'000) return Fail("payload_size is out of range");
  if (config.address.empty()) config.address = "http://localhost:8086";
  if (config.database.empty()) config.database = "k6";
  return config;
}

class InfluxOutput final : public Output {
 public:
  InfluxOutput(Config config, LineProtocol lines, const Context& context)
      : config_(std::move(config)), lines_(std::move(lines)), context_(context) {
    http::ClientOptions http;
    http.timeout = 10s;
    http.most_body = kMostAnswer;
    http.user = config_.user;
    http.password = config_.password;
    http.proxy = config_.proxy;
    http.insecure = config_.insecure;
    http.headers = {"User-Agent: k6", "Content-Type: text/plain; charset=utf-8"};
    if (!config_.token.empty()) http.headers.push_back("Authorization: Token " + config_.token);
    backend_.emplace(std::move(http));
  }

  std::string Description() const override {
    return (config_.bucket.empty() ? "InfluxDBv1 (" : "InfluxDBv2 (") + config_.address + ")";
  }
  std::chrono::nanoseconds FlushPeriod() const override { return config_.period; }

  Result<void> Start() override {
    if (!config_.address.starts_with("udp://")) return {};
    LOADCTL_TRY(udp_, UdpSender::Open(config_.address.substr(6)));
    return {};
  }

  void Flush(std::span<const Sample> samples) override {
    if (!std::exchange(created_, true)) CreateDatabase();
    std::uint64_t count = 0;
    body_.clear();
    const std::size_t most = !udp_                 ? kMostBody
                             : config_.payload > 0 ? static_cast<std::size_t>(config_.payload)
                                                   : kUdpPayload;
    for (const Sample& sample : samples) {
      const std::size_t before = body_.size();
      if (!lines_.Append(sample, body_)) {
        ++lost_;
        continue;
      }
      if (udp_ && before > 0 && body_.size() > most) {
        const std::string line = body_.substr(before);
        body_.resize(before);
        SendDatagram(std::exchange(count, 0));
        body_ = line;
      }
      ++count;
      if (!udp_ && body_.size() >= most) Send(std::exchange(count, 0));
    }
    if (count > 0) udp_ ? SendDatagram(count) : Send(count);
  }

  void Stop() override {}
  std::uint64_t lost() const override { return lost_; }

 private:
  // It may be there already, or not ours to make; writing tells.
  void CreateDatabase() {
    if (udp_ || !config_.bucket.empty()) return;
    const auto made = Post(
        backend_->client(),
        config_.address + "/query?q=" + EscapeQuery("CREATE DATABASE " + config_.database), "");
    if (!made || !made->good())
      context_.log(Severity::kDebug, "Couldn't create database; most likely harmless", {});
  }

  [[nodiscard]] std::string WriteUrl() const {
    const std::string precision = config_.precision.empty() ? "ns" : config_.precision;
    if (!config_.bucket.empty()) {
      return config_.address + "/api/v2/write?org=" + EscapeQuery(config_.organization) +
             "&bucket=" + EscapeQuery(config_.bucket) + "&precision=" + EscapeQuery(precision);
    }
    std::string url = config_.address + "/write?db=" + EscapeQuery(config_.database) +
                      "&precision=" + EscapeQuery(precision);
    if (!config_.retention.empty()) url += "&rp=" + EscapeQuery(config_.retention);
    if (!config_.consistency.empty()) url += "&consistency=" + EscapeQuery(config_.consistency);
    return url;
  }

  void Send(std::uint64_t samples) {
    SendLines(body_, samples);
    body_.clear();
  }

  void SendLines(std::string_view lines, std::uint64_t samples) {
    // While the backend is away, one attempt a body: the queue must not grow for that.
    const Delivery sent = backend_->Deliver(WriteUrl(), lines, away_ ? 1ms : kPatience);
    WarnOfWords(sent, WriteUrl(), told_, context_.log);
    away_ = sent.fate == Delivery::Fate::kAway;
    if (sent.taken()) return;
    if (sent.fate == Delivery::Fate::kTooLarge && samples > 1) {
      std::size_t half = 0;
      for (std::uint64_t i = 0; i < samples / 2; ++i) half = lines.find('\n', half) + 1;
      SendLines(lines.substr(0, half), samples / 2);
      return SendLines(lines.substr(half), samples - samples / 2);
    }
    lost_ += std::min(samples, DroppedOf(sent.why).value_or(samples));
    backend_->Complain(
        context_.log, Severity::kError, "Couldn't write stats",
        {{"error", sent.why}, {"output", config_.bucket.empty() ? "InfluxDBv1" : "InfluxDBv2"}});
  }

  /// `partial write: ... dropped=3`: the others were written.
  static std::optional<std::uint64_t> DroppedOf(const std::string& answer) {
    const auto partial = answer.find("partial write");
    const auto at = answer.find("dropped=");
    if (partial == std::string::npos || at == std::string::npos) return std::nullopt;
    std::uint64_t dropped = 0;
    std::from_chars(answer.data() + at + 8, answer.data() + answer.size(), dropped);
    return dropped;
  }

  void SendDatagram(std::uint64_t samples) {
    if (!udp_->Send(body_)) lost_ += samples;
    body_.clear();
  }

  const Config config_;
  LineProtocol lines_;
  const Context& context_;
  std::optional<Backend> backend_;
  std::unique_ptr<UdpSender> udp_;
  bool created_ = false;
  bool away_ = false, told_ = false;
  std::string body_;
  std::uint64_t lost_ = 0;
};

}  // namespace

Result<std::unique_ptr<Output>> MakeInflux(const Request& request, const Context& context) {
  LOADCTL_TRY(Config config, ReadConfig(request, context));
  LOADCTL_TRY(LineProtocol lines, LineProtocol::Make(config.fields, config.precision));
  return std::unique_ptr<Output>(
      std::make_unique<InfluxOutput>(std::move(config), std::move(lines), context));
}

}  // namespace loadctl::output
