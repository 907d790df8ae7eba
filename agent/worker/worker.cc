#include "agent/worker/worker.h"

#include <pthread.h>

#include <algorithm>
#include <set>
#include <utility>

#include "agent/worker/tls_options.h"

namespace loadctl::worker {
namespace {

/// What `hosts`, `blockHostnames` and `blacklistIPs` say. Fails (kInvalidConfig) on an address that
/// is none: the options came from another program.
Result<net::RuledResolver::Rules> RulesOf(const plan::Options& options) {
  net::RuledResolver::Rules rules;
  rules.blocked = options.block_hostnames;
  // A message names the pattern: the name itself, else the longest.
  std::stable_sort(rules.blocked.begin(), rules.blocked.end(),
                   [](const std::string& a, const std::string& b) {
                     const bool wild_a = a.starts_with('*'), wild_b = b.starts_with('*');
                     return wild_a != wild_b ? wild_b : a.size() > b.size();
                   });
  for (const std::string& text : options.blacklist_ips) {
    auto network = net::Network::Parse(text);
    if (!network)
      return Fail(ErrorCode::kInvalidConfig, "blacklistIPs: '" + text + "' is not a range");
    rules.blacklist.push_back(std::move(*network));
  }
  constexpr std::string_view kSocket = "unix:";
  for (const auto& [name, target] : options.hosts) {
    const std::string_view text = target.address;
    if (text.starts_with(kSocket) && net::IsSocketPath(text.substr(kSocket.size()))) {
      rules.hosts[name] = {{}, 0, std::string(text.substr(kSocket.size()))};
      continue;
    }
    const auto address = net::IpAddress::Parse(target.address);
    if (!address) {
      return Fail(ErrorCode::kInvalidConfig,
                  "hosts." + name + ": '" + target.address + "' is not an IP address");
    }
    rules.hosts[name] = {*address, target.port, {}};
  }
  return rules;
}

}  // namespace

Result<std::unique_ptr<Worker>> Worker::Make(std::uint32_t index, vu::Program& program,
                                             net::DnsService& dns, net::RequestPace* pace) {
  LOADCTL_TRY(const net::TlsOptions options, TlsOptionsOf(program.options));
  LOADCTL_TRY(std::unique_ptr<net::TlsContext> tls, net::TlsContext::Make(options));
  LOADCTL_TRY(net::RuledResolver::Rules rules, RulesOf(program.options));
  LOADCTL_TRY(net::ProxyRules proxies, net::ProxyRules::Make(net::ProxyEnvironment::Read()));
  std::unique_ptr<Worker> worker(
      new Worker(index, program, dns, std::move(tls), std::move(rules), std::move(proxies)));
  worker->net_.pace = pace;
  if (program.options.tls_aia_fetch)
    worker->tls_->FetchIssuersFrom(worker->issuers_.emplace(worker->net_));
  return worker;
}

Worker::Worker(std::uint32_t index, vu::Program& program, net::DnsService& dns,
               std::unique_ptr<net::TlsContext> tls, net::RuledResolver::Rules rules,
               net::ProxyRules proxies)
    : recorder_(program.metrics, index),
      dns_resolver_(loop_.io(), dns),
      resolver_(std::move(rules), dns_resolver_),
      tls_(std::move(tls)),
      dialer_(loop_.io(), resolver_, *tls_),
      proxies_(std::move(proxies)),
      net_{dialer_},
      name_("worker-" + std::to_string(index)) {
  stats_.worker = index;
  if (!proxies_.empty()) net_.proxies = &proxies_;
  net_.open = &connections_;
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

std::size_t Worker::UsedHeap() const {
  std::set<vu::Group*> groups;
  for (const auto& vu : vus_) groups.insert(&vu->group());
  std::size_t used = 0;
  for (vu::Group* group : groups) used += group->isolate().UsedHeap();
  return used;
}

void Worker::InterruptAll() {
  for (auto& vu : vus_) vu->Interrupt();
}

}  // namespace loadctl::worker
