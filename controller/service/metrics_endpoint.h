// Prometheus metrics of the running test and of the controller, at /metrics.
// Not for the summary, nor for outputs. Any thread; scrapes are served by a thread of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/error.h"
#include "controller/events/subscriber.h"
#include "controller/fleet/registry.h"
#include "controller/web/server.h"

namespace loadctl::service {

/// Names and meaning: docs/operations/metrics.md. What a test measured stays until the next begins.
class MetricsEndpoint final : public events::Subscriber {
 public:
  /// Serves http://ADDRESS/metrics. `population` is asked at each scrape. Fails (kGeneric) if the
  /// address cannot be had.
  static Result<std::unique_ptr<MetricsEndpoint>> Listen(
      const std::string& address, std::function<fleet::Registry::Population()> population,
      fleet::SharedQuotas quotas);
  ~MetricsEndpoint() override;
  MetricsEndpoint(const MetricsEndpoint&) = delete;
  MetricsEndpoint& operator=(const MetricsEndpoint&) = delete;

  /// From here on connections are under TLS with these.
  Result<void> UseTls(const daemon::Tls& tls) {
    return server_.guard().UseTls(tls, web::ClientCertificate::kNotAsked);
  }

  /// On the run's thread.
  void On(const v1::RunEvent& event) override;

 private:
  class Impl;
  explicit MetricsEndpoint(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
  web::Server server_;  // its thread goes first
};

}  // namespace loadctl::service
