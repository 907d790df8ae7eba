#include "controller/service/metrics_endpoint.h"

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <map>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "common/daemon/endpoint.h"
#include "common/metrics/delta.h"
#include "controller/aggregate/totals.h"
#include "controller/summary/summary.h"

namespace loadctl::service {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr double kQuantiles[] = {0.5, 0.9, 0.95, 0.99};

constexpr double kTimes[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                             0.5,   1,      2.5,   5,    10,    30,   60};
constexpr double kAmounts[] = {0.1, 1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

std::span<const double> BoundsOf(metrics::ValueType contains) {
  if (contains == metrics::ValueType::kTime) return kTimes;
  return kAmounts;
}

/// Values up to a bound above 0, and those within 0.1 % over it where there are many.
std::uint64_t CountUpTo(const metrics::TrendSink& sink, double bound) {
  using metrics::Histogram;
  if (sink.exact()) {
    return static_cast<std::uint64_t>(std::count_if(sink.values().begin(), sink.values().end(),
                                                    [&](double value) { return value <= bound; }));
  }
  const Histogram& histogram = sink.histogram();
  std::uint64_t count = histogram.zeros();
  histogram.ForEach(Histogram::Sign::kNegative,
                    [&](std::uint32_t, std::uint64_t times) { count += times; });
  const std::uint32_t last = Histogram::BucketOf(bound);
  histogram.ForEach(Histogram::Sign::kPositive, [&](std::uint32_t bucket, std::uint64_t times) {
    if (bucket <= last) count += times;
  });
  return count;
}

/// Prometheus knows letters, digits and underscores.
std::string Name(std::string_view metric) {
  std::string name = "loadctl_" + std::string(metric);
  std::replace_if(
      name.begin(), name.end(),
      [](char c) { return !(c == '_' || std::isalnum(static_cast<unsigned char>(c))); }, '_');
  return name;
}

/// `status:200,method:GET` as labels.
std::vector<ClientMetric::Label> Labels(const std::string& suffix) {
  std::vector<ClientMetric::Label> labels;
  if (suffix.empty()) return labels;
  ClientMetric::Label selector;
  selector.name = "selector";
  selector.value = suffix;
  labels.push_back(std::move(selector));
  return labels;
}

MetricFamily Gauge(const std::string& name, const std::string& help, double value) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = MetricType::Gauge;
  family.metric.resize(1);
  family.metric[0].gauge.value = value;
  return family;
}

MetricFamily Count(const std::string& name, const std::string& help, std::int64_t value) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = MetricType::Counter;
  family.metric.resize(1);
  family.metric[0].counter.value = static_cast<double>(value);
  return family;
}

/// The families of one series; a rate and a gauge have more than one.
class SeriesWriter {
 public:
  explicit SeriesWriter(const aggregate::MergedSeries& series) : series_(series) {
    name_ = Name(series.metric);
    if (series.contains == metrics::ValueType::kTime) scale_ = 1e-3;
  }

  std::vector<MetricFamily> Write() {
    std::visit([this](const auto& sink) { Put(sink); }, series_.sink);
    return std::move(families_);
  }

 private:
  ClientMetric& Add(const std::string& suffix, const std::string& help, MetricType type) {
    auto& family = families_.emplace_back();
    family.name = name_ + suffix;
    family.help = help;
    family.type = type;
    auto& metric = family.metric.emplace_back();
    metric.label = Labels(series_.suffix);
    return metric;
  }
  [[nodiscard]] std::string unit() const {
    switch (series_.contains) {
      case metrics::ValueType::kTime:
        return "_seconds";
      case metrics::ValueType::kData:
        return "_bytes";
      case metrics::ValueType::kDefault:
        break;
    }
    return "";
  }

  void Put(const metrics::CounterSink& sink) {
    Add(unit() + "_total", "Sum of k6's counter " + series_.metric, MetricType::Counter)
        .counter.value = sink.sum() * scale_;
  }
  void Put(const metrics::GaugeSink& sink) {
    Add(unit(), "Last value of k6's gauge " + series_.metric, MetricType::Gauge).gauge.value =
        sink.value() * scale_;
  }
  void Put(const metrics::RateSink& sink) {
    Add("_total", "Samples of k6's rate " + series_.metric, MetricType::Counter).counter.value =
        static_cast<double>(sink.total());
    Add("_nonzero_total", "Samples of k6's rate " + series_.metric + " that were not zero",
        MetricType::Counter)
        .counter.value = static_cast<double>(sink.nonzero());
  }
  void Put(const metrics::TrendSink& sink) {
    auto& metric = Add(unit(), "Distribution of k6's trend " + series_.metric, MetricType::Summary);
    metric.summary.sample_count = sink.count();
    metric.summary.sample_sum = sink.sum() * scale_;
    for (const double quantile : kQuantiles) {
      ClientMetric::Quantile value;
      value.quantile = quantile;
      value.value = sink.Percentile(100 * quantile) * scale_;
      metric.summary.quantile.push_back(value);
    }
    PutBuckets(sink);
  }

  /// What quantiles of a span of time are computed from.
  void PutBuckets(const metrics::TrendSink& sink) {
    auto& metric = Add("_histogram" + unit(), "Histogram of k6's trend " + series_.metric,
                       MetricType::Histogram);
    auto& to = metric.histogram;
    to.sample_count = sink.count();
    to.sample_sum = sink.sum() * scale_;
    for (const double bound : BoundsOf(series_.contains))
      to.bucket.push_back({CountUpTo(sink, bound / scale_), bound});
    to.bucket.push_back({sink.count(), HUGE_VAL});
  }

  const aggregate::MergedSeries& series_;
  std::string name_;
  double scale_ = 1;
  std::vector<MetricFamily> families_;
};

void Merge(std::vector<MetricFamily> from, std::map<std::string, MetricFamily>& into) {
  for (auto& family : from) {
    auto& kept = into[family.name];
    if (kept.metric.empty()) {
      kept = std::move(family);
    } else if (kept.type == family.type) {
      kept.metric.push_back(std::move(family.metric[0]));
    }
  }
}

/// Bounds of what peers take up: times in seconds, sizes in bytes.
std::vector<MetricFamily> LimitsOf(const fleet::Quotas& quotas) {
  using Kind = fleet::QuotaRow::Kind;
  MetricFamily bound = Gauge("loadctl_limit", "What peers may take up, by the flag's name", 0);
  MetricFamily used = Gauge("loadctl_limit_used", "How much of it is taken up", 0);
  MetricFamily reached = Count("loadctl_limit_reached_total",
                               "How often somebody was held back, refused or given up for it", 0);
  for (auto* family : {&bound, &used, &reached}) family->metric.clear();
  const auto rows = fleet::QuotaRows();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto quota = static_cast<fleet::Quota>(i);
    ClientMetric metric;
    metric.label = {{"limit", std::string(rows[i].key)}};
    const double most = static_cast<double>(quotas.most(quota));
    metric.gauge.value = rows[i].kind == Kind::kTime ? most / 1e3 : most;
    bound.metric.push_back(metric);
    // gRPC keeps this one, and tells nobody how it stands.
    if (quota == fleet::Quota::kPeerMemory) continue;
    metric.gauge.value = static_cast<double>(quotas.used(quota));
    if (rows[i].kind != Kind::kTime) used.metric.push_back(metric);
    metric.counter.value = static_cast<double>(quotas.reached(quota));
    reached.metric.push_back(metric);
  }
  return {std::move(bound), std::move(used), std::move(reached)};
}

MetricFamily Checks(const aggregate::Totals& totals) {
  MetricFamily family;
  family.name = "loadctl_check_results_total";
  family.help = "Results of each check";
  family.type = MetricType::Counter;
  for (const auto& check : totals.checks) {
    for (const auto& [result, count] :
         {std::pair{"pass", check.passes}, std::pair{"fail", check.fails}}) {
      auto& metric = family.metric.emplace_back();
      metric.label = {{"check", check.name}, {"group", check.group}, {"result", result}};
      metric.counter.value = static_cast<double>(count);
    }
  }
  return family;
}

/// What an agent last said of itself.
struct Agent {
  std::string name;
  v1::AgentHealth health;
};

std::vector<MetricFamily> HealthOf(const std::map<std::uint32_t, Agent>& agents) {
  using Value = double (*)(const v1::AgentHealth&);
  struct Row {
    const char* name;
    const char* help;
    Value value;
  };
  static constexpr Row kRows[] = {
      {"loadctl_agent_active_vus", "VUs of the agent inside an iteration",
       [](const v1::AgentHealth& now) { return static_cast<double>(now.active_vus()); }},
      {"loadctl_agent_cpu_ratio", "Part of the time that its workers were on a core",
       [](const v1::AgentHealth& now) {
         return summary::ShareOf(now.health().cpu().used_ns(), now.health().cpu());
       }},
      {"loadctl_agent_cpu_waited_ratio", "Part of the time that its workers waited for a core",
       [](const v1::AgentHealth& now) {
         return summary::ShareOf(now.health().cpu().waited_ns(), now.health().cpu());
       }},
      {"loadctl_agent_loop_lag_p99_seconds", "How late its event loops were, of 99 in 100 looks",
       [](const v1::AgentHealth& now) {
         return static_cast<double>(now.health().loop_lag().p99_ns()) / 1e9;
       }},
      {"loadctl_agent_loop_lag_max_seconds", "How late its event loops were at most",
       [](const v1::AgentHealth& now) {
         return static_cast<double>(now.health().loop_lag().max_ns()) / 1e9;
       }},
      {"loadctl_agent_start_lag_p99_seconds", "How late 99 of 100 planned iterations began",
       [](const v1::AgentHealth& now) { return now.start_lag().p99() / 1e3; }},
      {"loadctl_agent_start_lag_max_seconds", "How late planned iterations began at most",
       [](const v1::AgentHealth& now) { return now.start_lag().max() / 1e3; }},
      {"loadctl_agent_heap_bytes", "Heaps of its scripts",
       [](const v1::AgentHealth& now) { return static_cast<double>(now.health().heap_bytes()); }},
      {"loadctl_agent_memory_bytes", "Memory of its process",
       [](const v1::AgentHealth& now) { return static_cast<double>(now.health().memory_bytes()); }},
      {"loadctl_agent_delay_seconds", "How long after a second its figures were here",
       [](const v1::AgentHealth& now) { return static_cast<double>(now.delay_ns()) / 1e9; }},
      {"loadctl_agent_round_trip_seconds", "Shortest of late",
       [](const v1::AgentHealth& now) { return static_cast<double>(now.round_trip_ns()) / 1e9; }},
  };
  std::vector<MetricFamily> families;
  for (const Row& row : kRows) {
    MetricFamily family = Gauge(row.name, row.help, 0);
    family.metric.clear();
    for (const auto& [number, agent] : agents) {
      auto& metric = family.metric.emplace_back();
      metric.label = {{"agent", std::to_string(number)}, {"name", agent.name}};
      metric.gauge.value = row.value(agent.health);
    }
    families.push_back(std::move(family));
  }
  return families;
}

}  // namespace

class MetricsEndpoint::Impl final {
 public:
  Impl(std::function<fleet::Registry::Population()> population, fleet::SharedQuotas quotas)
      : population_(std::move(population)), quotas_(std::move(quotas)) {}

  [[nodiscard]] std::vector<MetricFamily> Collect() const {
    const auto agents = population_();
    const std::lock_guard lock(mutex_);
    std::vector<MetricFamily> families;
    families.push_back(Gauge("loadctl_agents_idle", "Agents that wait for a run", agents.idle));
    families.push_back(
        Gauge("loadctl_agents_working", "Agents that work for a run", agents.working));
    families.push_back(Count("loadctl_agents_refused_total",
                             "Agents not let in: no right, no room, another version",
                             agents.refused));
    families.push_back(Count("loadctl_agents_held_back_total",
                             "How often an agent sent more than the run had taken",
                             agents.held_back));
    families.push_back(
        Count("loadctl_agents_lost_total", "Agents that were given up during a run", agents.lost));
    families.push_back(Gauge("loadctl_run_active", "1 while a test runs", active_ ? 1 : 0));
    families.push_back(Gauge("loadctl_run_elapsed_seconds", "Time since the test's setup() began",
                             static_cast<double>(progress_.elapsed_ns()) / 1e9));
    families.push_back(Gauge("loadctl_active_vus", "VUs inside an iteration, over all agents",
                             static_cast<double>(progress_.active_vus())));
    families.push_back(Gauge("loadctl_complete_iterations",
                             "Iterations that ended, as the agents count them",
                             static_cast<double>(progress_.complete_iterations())));
    families.push_back(Gauge("loadctl_interrupted_iterations", "Iterations that were cut short",
                             static_cast<double>(progress_.interrupted_iterations())));
    for (auto& family : LimitsOf(*quotas_)) families.push_back(std::move(family));
    if (!agents_.empty())
      for (auto& family : HealthOf(agents_)) families.push_back(std::move(family));
    std::map<std::string, MetricFamily> measured;
    for (const auto& [key, series] : totals_.series) {
      if (series.observed()) Merge(SeriesWriter(series).Write(), measured);
    }
    for (auto& [name, family] : measured) families.push_back(std::move(family));
    if (!totals_.checks.empty()) families.push_back(Checks(totals_));
    return families;
  }

  void On(const v1::RunEvent& event) {
    const std::lock_guard lock(mutex_);
    switch (event.body_case()) {
      case v1::RunEvent::kPlanned:
        active_ = true;
        totals_ = {};
        progress_.Clear();
        names_.clear();
        agents_.clear();
        return;
      case v1::RunEvent::kAgent:
        return Take(event.agent());
      case v1::RunEvent::kSecond:
        if (const auto second = metrics::DecodeDelta(event.second().delta())) totals_.Add(*second);
        return;
      case v1::RunEvent::kProgress:
        progress_ = event.progress();
        return;
      case v1::RunEvent::kOutcome:
        active_ = false;
        for (auto& [number, agent] : agents_) agent.health.set_active_vus(0);
        if (event.outcome().has_progress()) progress_ = event.outcome().progress();
        progress_.set_active_vus(0);
        return;
      default:
        return;
    }
  }

 private:
  void Take(const v1::AgentEvent& agent) {
    if (agent.has_attached()) names_[agent.agent()] = agent.attached().name();
    if (agent.has_health()) agents_[agent.agent()] = {names_[agent.agent()], agent.health()};
    if (agent.has_lost()) agents_.erase(agent.agent());
  }

  const std::function<fleet::Registry::Population()> population_;
  const fleet::SharedQuotas quotas_;
  mutable std::mutex mutex_;
  bool active_ = false;
  v1::RunProgress progress_;
  aggregate::Totals totals_;
  std::map<std::uint32_t, std::string> names_;  // of the run's agents
  std::map<std::uint32_t, Agent> agents_;       // those that said how they do
};

Result<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::Listen(
    const std::string& address, std::function<fleet::Registry::Population()> population,
    fleet::SharedQuotas quotas) {
  LOADCTL_TRY(const daemon::Endpoint endpoint, daemon::ParseEndpoint(address));
  if (!endpoint.path.empty()) return Fail("metrics cannot be served on a Unix socket");
  std::unique_ptr<MetricsEndpoint> made(
      new MetricsEndpoint(std::make_unique<Impl>(std::move(population), quotas)));
  made->server_.LimitConnections(quotas->size(fleet::Quota::kHttpConnections));
  const Impl& impl = *made->impl_;
  made->server_.Mount("/metrics", [&impl, quotas, &server = made->server_](
                                      const web::Request& request, const auto& reply) {
    if (request.method != "GET" && request.method != "HEAD") return reply({405, "", ""});
    const auto connections = static_cast<std::int64_t>(server.connections());
    quotas->Use(fleet::Quota::kHttpConnections, connections);
    if (connections >= quotas->most(fleet::Quota::kHttpConnections))
      quotas->Reach(fleet::Quota::kHttpConnections);
    reply({200, "text/plain; version=0.0.4; charset=utf-8",
           prometheus::TextSerializer().Serialize(impl.Collect())});
  });
  if (const auto listening = made->server_.ListenTcp(address); !listening)
    return tl::unexpected(listening.error().While("cannot serve metrics on " + address));
  made->server_.Start();
  return made;
}

MetricsEndpoint::MetricsEndpoint(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MetricsEndpoint::~MetricsEndpoint() = default;
void MetricsEndpoint::On(const v1::RunEvent& event) { impl_->On(event); }

}  // namespace loadctl::service
