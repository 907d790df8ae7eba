// What clients that come and go ask of a controller's runs (proto/loadctl/v1/runs.proto).
// A client's own runs are its certificate's; those of others need the right to watch or to stop.
// Not for keeping runs (run_store.h). On threads of gRPC's.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "controller/fleet/access.h"
#include "controller/service/run_store.h"

namespace grpc {
class Service;
}
namespace loadctl::v1 {
class AgentList;
}

namespace loadctl::service {

struct RunsOptions {
  std::shared_ptr<fleet::Access> access{};   ///< null: whoever reaches the address may come
  std::shared_ptr<fleet::AuditLog> audit{};  ///< may be null
  fleet::SharedQuotas quotas = std::make_shared<fleet::Quotas>();
  /// Why no run can be taken now, beside what the store knows.
  std::function<std::optional<std::string>()> why_busy{};
  /// Fills in what ListAgents answers; empty: nothing is known of agents.
  std::function<void(v1::AgentList&)> list_agents{};
};

class RunsService final {
 public:
  /// The store must outlive this.
  RunsService(RunStore& store, RunsOptions options);
  /// The server of its service must be gone.
  ~RunsService();
  RunsService(const RunsService&) = delete;
  RunsService& operator=(const RunsService&) = delete;

  /// For fleet::Server::Listen().
  [[nodiscard]] grpc::Service& service();

  class Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace loadctl::service
