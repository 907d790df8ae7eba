#include "controller/fleet/fleet.h"

#include <utility>

#include "controller/fleet/registry.h"
#include "controller/fleet/registry_impl.h"
#include "controller/fleet/server.h"

namespace loadctl::fleet {

Fleet::Fleet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Fleet::~Fleet() = default;
int Fleet::port() const { return impl_->port_; }

Result<std::unique_ptr<Fleet>> Fleet::Listen(FleetOptions options) {
  RegistryOptions registry_options;
  registry_options.quotas->Set(Quota::kAgentPatience, options.patience.count());
  Registry registry(std::move(registry_options));
  auto fleet = registry.Expect(options.agents);
  grpc::Service* services[] = {&registry.service()};
  LOADCTL_TRY(fleet->impl_->server_, Server::Listen(options.address, options.tls, services));
  fleet->impl_->port_ = fleet->impl_->server_->port();
  return fleet;
}

void Fleet::Send(int agent, v1::ToAgent message) {
  impl_->registry_->Send(*impl_->allocation_, agent, std::move(message));
}
void Fleet::SendBundle(int agent, std::shared_ptr<const std::string> packed) {
  impl_->registry_->SendBundle(*impl_->allocation_, agent, std::move(packed));
}
AgentInfo Fleet::Info(int agent) const {
  return impl_->registry_->Info(*impl_->allocation_, agent);
}
bool Fleet::Next(Event& event, std::chrono::steady_clock::time_point deadline) {
  return impl_->registry_->Next(*impl_->allocation_, event, deadline);
}
void Fleet::Push(Event event) { impl_->registry_->Push(*impl_->allocation_, std::move(event)); }
void Fleet::Impersonate(int agent, AgentInfo info) {
  impl_->registry_->Impersonate(*impl_->allocation_, agent, std::move(info));
}
int Fleet::Attached() const { return impl_->registry_->Attached(*impl_->allocation_); }
void Fleet::GiveUp(int agent, const std::string& reason) {
  impl_->registry_->GiveUp(*impl_->allocation_, agent, reason);
}

}  // namespace loadctl::fleet
