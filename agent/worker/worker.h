// A worker: a thread with its event loop, its VUs, their network and its shard of the metrics.
// Not for what the VUs run (executors). Post() from any thread; the rest as noted.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agent/metrics/recorder.h"
#include "agent/net/client/http_client.h"
#include "agent/net/client/issuer_fetch.h"
#include "agent/net/dns/resolver.h"
#include "agent/net/tls/tls_transport.h"
#include "agent/vu/loop.h"
#include "agent/vu/vu.h"
#include "agent/worker/cpu_watch.h"
#include "agent/worker/loop_lag.h"
#include "common/base/error.h"

namespace loadctl::worker {

class Worker final {
 public:
  /// `index` from 0. The thread starts with Start(). Fails if TLS cannot be set up. `pace` may be
  /// null; it and `dns` outlive the worker.
  static Result<std::unique_ptr<Worker>> Make(std::uint32_t index, vu::Program& program,
                                              net::DnsService& dns,
                                              net::RequestPace* pace = nullptr);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void Start();
  /// Ends its VUs (which must be at rest) and the thread.
  void Join();

  void Post(std::function<void()> work) { loop_.Post(std::move(work)); }
  [[nodiscard]] vu::Loop& loop() { return loop_; }
  [[nodiscard]] vu::WorkerStats& stats() { return stats_; }
  [[nodiscard]] metrics::Recorder& recorder() { return recorder_; }
  /// How late its loop is and how much of a core it takes; on the worker's thread.
  [[nodiscard]] LoopLag& loop_lag() { return loop_lag_; }
  [[nodiscard]] CpuWatch& cpu_watch() { return cpu_watch_; }
  /// Connections of its VUs that are open. Any thread.
  [[nodiscard]] std::int64_t connections() const {
    return connections_.load(std::memory_order_relaxed);
  }

  /// Takes a VU for good. On the worker's thread, or before Start().
  vu::Vu& Adopt(std::unique_ptr<vu::Vu> vu);
  [[nodiscard]] std::size_t vus() const { return vus_.size(); }
  /// Bytes of its scripts' heaps, with garbage that was not collected yet: some microseconds for
  /// each isolate. On the worker's thread.
  [[nodiscard]] std::size_t UsedHeap() const;
  /// Cuts whatever its VUs do. On the worker's thread.
  void InterruptAll();

 private:
  Worker(std::uint32_t index, vu::Program& program, net::DnsService& dns,
         std::unique_ptr<net::TlsContext> tls, net::RuledResolver::Rules rules,
         net::ProxyRules proxies);

  vu::Loop loop_;
  LoopLag loop_lag_{loop_};
  CpuWatch cpu_watch_;
  metrics::Recorder recorder_;
  vu::WorkerStats stats_;
  net::DnsResolver dns_resolver_;
  net::RuledResolver resolver_;
  std::unique_ptr<net::TlsContext> tls_;
  net::Dialer dialer_;
  net::ProxyRules proxies_;
  std::atomic<std::int64_t> connections_{0};
  net::NetContext net_;
  std::optional<net::IssuerFetch> issuers_;
  std::vector<std::unique_ptr<vu::Vu>> vus_;
  std::thread thread_;
  std::string name_;
};

}  // namespace loadctl::worker
