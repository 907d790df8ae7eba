#include "agent/worker/worker.h"

#include <pthread.h>

#include <utility>

namespace loadctl::worker {
namespace {

/// What `hosts` says of names. Fails (kInvalidConfig) on an address that is none: the options came
/// from another program.
Result<net::RuledResolver::Rules> RulesOf(const plan::Options& options) {
  net::RuledResolver::Rules rules;
  for (const auto& [name, target] : options.hosts) {
    const auto address = net::IpAddress::Parse(target.address);
    if (!address) {
      return Fail(ErrorCode::kInvalidConfig,
                  "hosts." + name + ": '" + target.address + "' is not an IP address");
    }
    rules.hosts[name] = {*address, target.port};
  }
  return rules;
}

}  // namespace

Result<std::unique_ptr<Worker>> Worker::Make(std::uint32_t index, vu::Program& program,
                                             net::DnsService& dns) {
  net::TlsOptions options;
  if (program.options.insecure_skip_tls_verify) options.verify = net::TlsOptions::Verify::kNo;
  LOADCTL_TRY(std::unique_ptr<net::TlsContext> tls, net::TlsContext::Make(options));
  LOADCTL_TRY(net::RuledResolver::Rules rules, RulesOf(program.options));
  return std::unique_ptr<Worker>(new Worker(index, program, dns, std::move(tls), std::move(rules)));
}

Worker::Worker(std::uint32_t index, vu::Program& program, net::DnsService& dns,
               std::unique_ptr<net::TlsContext> tls, net::RuledResolver::Rules rules)
    : recorder_(program.metrics, index),
      dns_resolver_(loop_.io(), dns),
      resolver_(std::move(rules), dns_resolver_),
      tls_(std::move(tls)),
      dialer_(loop_.io(), resolver_, *tls_),
      net_{dialer_},
      name_("worker-" + std::to_string(index)) {
  stats_.worker = index;
}

Worker::~Worker() = default;

void Worker::Start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), name_.c_str());
    loop_.Run();
  });
}

void Worker::Join() {
  if (!thread_.joinable()) return;
  loop_.Post([this] {
    for (auto& vu : vus_) vu->End();
    // Behind the fibers' own last turn in the ready queue.
    loop_.Post([this] { loop_.Post([this] { loop_.Stop(); }); });
  });
  thread_.join();
  vus_.clear();
}

vu::Vu& Worker::Adopt(std::unique_ptr<vu::Vu> vu) {
  vu->MoveTo(loop_, recorder_, &net_, stats_);
  vus_.push_back(std::move(vu));
  return *vus_.back();
}

void Worker::InterruptAll() {
  for (auto& vu : vus_) vu->Interrupt();
}

}  // namespace loadctl::worker
