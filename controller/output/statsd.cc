// --out statsd and --out datadog: a line a sample by UDP, as k6 had them until 0.54 and as the
// extension xk6-output-statsd has them still. Sources: k6 0.54, output/statsd; DogStatsD's
// protocol.
#include <algorithm>
#include <set>
#include <utility>

#include "controller/output/format.h"
#include "controller/output/registry.h"
#include "controller/output/settings.h"
#include "controller/output/udp.h"

namespace loadctl::output {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostBytes = 1432;  // of a datagram: DogStatsD's own limit for networks

struct Config {
  std::string address = "localhost:8125", prefix = "k6.";
  std::chrono::nanoseconds period = 1s;
  std::int64_t lines = 20;  // a datagram
  bool tags = false;
  std::set<std::string, std::less<>> blocked;
};

Result<Config> ReadConfig(const std::string& type, const Context& context) {
  Config config;
  const bool datadog = type == "datadog";
  const std::string family = datadog ? "K6_DATADOG_" : "K6_STATSD_";
  LOADCTL_TRY(const Settings settings, Settings::Of(type, context));
  config.address = settings.Text(family + "ADDR", "addr", config.address);
  config.prefix = settings.Text(family + "NAMESPACE", "namespace", config.prefix);
  if (!config.prefix.empty() && config.prefix.back() != '.') config.prefix += '.';
  LOADCTL_TRY(config.period,
              settings.Period(family + "PUSH_INTERVAL", "pushInterval", config.period));
  LOADCTL_TRY(config.lines,
              settings.Number(family + "BUFFER_SIZE", "bufferSize", config.lines, 1, 1000));
  LOADCTL_TRY(config.tags, settings.Flag(family + "ENABLE_TAGS", "enableTags", datadog));
  const std::string blocked =
      settings.Text(family + (datadog ? "TAG_BLACKLIST" : "TAG_BLOCKLIST"),
                    datadog ? "tagBlacklist" : "tagBlocklist", datadog ? "" : "vu,iter,url");
  for (std::size_t begin = 0; begin <= blocked.size();) {
    const std::size_t end = std::min(blocked.find(',', begin), blocked.size());
    config.blocked.insert(blocked.substr(begin, end - begin));
    begin = end + 1;
  }
  return config;
}

/// A part of a line: what would end it or the line becomes `_`.
void AppendPart(std::string_view text, std::string_view reserved, std::string& out) {
  for (const char c : WellFormed(text))
    out +=
        static_cast<unsigned char>(c) < ' ' || reserved.find(c) != std::string_view::npos ? '_' : c;
}

class StatsdOutput final : public Output {
 public:
  StatsdOutput(std::string type, Config config, std::unique_ptr<UdpSender> udp)
      : type_(std::move(type)), config_(std::move(config)), udp_(std::move(udp)) {}

  std::string Description() const override { return type_ + " (" + config_.address + ")"; }
  std::chrono::nanoseconds FlushPeriod() const override { return config_.period; }
  Result<void> Start() override { return {}; }

  void Flush(std::span<const Sample> samples) override {
    for (const Sample& sample : samples) {
      line_.clear();
      AppendLine(sample);
      if (lines_ >= config_.lines || datagram_.size() + 1 + line_.size() > kMostBytes) Send();
      if (lines_++ > 0) datagram_ += '\n';
      datagram_ += line_;
    }
    Send();
  }
  void Stop() override {}
  std::uint64_t lost() const override { return lost_; }

 private:
  void Send() {
    if (lines_ == 0) return;
    if (!udp_->Send(datagram_)) lost_ += static_cast<std::uint64_t>(lines_);
    datagram_.clear();
    lines_ = 0;
  }

  void AppendLine(const Sample& sample) {
    using metrics::MetricType;
    const MetricType type = sample.metric->type;
    const std::string* check = type == MetricType::kRate ? sample.tags->Find("check") : nullptr;
    line_ += config_.prefix;
    if (check != nullptr) {
      line_ += "check.";
      AppendPart(*check, ":|@", line_);
      line_ += sample.value == 0 ? ".fail:1|c" : ".pass:1|c";
    } else {
      line_ += sample.metric->name;
      line_ += ':';
      if (type == MetricType::kCounter || type == MetricType::kRate) {
        line_ += std::to_string(static_cast<std::int64_t>(std::clamp(sample.value, -9e18, 9e18)));
        line_ += "|c";
      } else {
        AppendGoFixed(sample.value, line_);
        line_ += type == MetricType::kTrend ? "|ms" : "|g";
      }
    }
    if (config_.tags) AppendTags(*sample.tags);
  }

  void AppendTags(const TagSet& tags) {
    bool first = true;
    for (const auto& [key, value] : tags.pairs) {
      if (value.empty() || config_.blocked.contains(key)) continue;
      line_ += first ? "|#" : ",";
      first = false;
      AppendPart(key, ",|:", line_);
      line_ += ':';
      AppendPart(value, ",|", line_);
    }
  }

  const std::string type_;
  const Config config_;
  const std::unique_ptr<UdpSender> udp_;
  std::string line_, datagram_;
  std::int64_t lines_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace

Result<std::unique_ptr<Output>> MakeStatsd(const Request& request, const Context& context) {
  LOADCTL_TRY(Config config, ReadConfig(request.type, context));
  LOADCTL_TRY(auto udp, UdpSender::Open(config.address));
  return std::unique_ptr<Output>(
      std::make_unique<StatsdOutput>(request.type, std::move(config), std::move(udp)));
}

}  // namespace loadctl::output
