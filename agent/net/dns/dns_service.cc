#include <algorithm>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <unordered_map>
#include <utility>

#include "agent/net/dns/resolver.h"

namespace loadctl::net {
namespace {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;
using Timer = asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>,
                                         asio::io_context::executor_type>;

std::vector<IpAddress> Apply(DnsOptions::Policy policy, std::vector<IpAddress> all) {
  if (policy == DnsOptions::Policy::kAny) return all;
  std::vector<IpAddress> v4;
  std::vector<IpAddress> v6;
  for (const IpAddress& address : all) {
    (address.family == IpAddress::Family::kV4 ? v4 : v6).push_back(address);
  }
  switch (policy) {
    case DnsOptions::Policy::kPreferIpv4:
      return v4.empty() ? v6 : v4;
    case DnsOptions::Policy::kPreferIpv6:
      return v6.empty() ? v4 : v6;
    case DnsOptions::Policy::kOnlyIpv4:
      return v4;
    case DnsOptions::Policy::kOnlyIpv6:
      return v6;
    case DnsOptions::Policy::kAny:
      break;
  }
  return all;
}

}  // namespace

/// A worker's io_context, as long as there is one to post to.
struct DnsResolver::Anchor {
  std::mutex mutex;
  asio::io_context* io = nullptr;
};

struct DnsService::State {
  /// One fiber's question. Everything but `anchor` belongs to the fiber's thread.
  struct Ask {
    std::shared_ptr<DnsResolver::Anchor> anchor;
    Parker* parker = nullptr;
    bool done = false;
    bool expired = false;
    std::optional<IpAddress> address;
    Failure failure;

    void Wake() const {
      if (parker != nullptr) parker->Unpark();
    }
  };
  struct Cached {
    std::vector<IpAddress> addresses;
    SteadyClock::time_point asked;
  };

  const DnsOptions options;
  const Lookup lookup;
  const std::size_t max_threads;

  std::mutex mutex;
  std::condition_variable work;
  bool stopping = false;
  std::deque<std::string> queue;
  std::size_t idle_threads = 0;
  std::vector<std::thread> threads;
  std::unordered_map<std::string, std::vector<std::shared_ptr<Ask>>> waiting;
  std::unordered_map<std::string, Cached> cache;
  std::unordered_map<std::string, std::size_t> rounds;
  std::minstd_rand random{std::random_device{}()};

  State(DnsOptions dns, Lookup look, int thread_count)
      : options(dns),
        lookup(std::move(look)),
        max_threads(static_cast<std::size_t>(std::max(1, thread_count))) {}

  /// One of `addresses` by the `select` option. Under the mutex.
  std::optional<IpAddress> Choose(const std::string& host,
                                  const std::vector<IpAddress>& addresses) {
    if (addresses.empty()) return std::nullopt;
    switch (options.select) {
      case DnsOptions::Select::kFirst:
        return addresses.front();
      case DnsOptions::Select::kRoundRobin:
        return addresses[rounds[host]++ % addresses.size()];
      case DnsOptions::Select::kRandom:
        break;
    }
    return addresses[std::uniform_int_distribution<std::size_t>(0, addresses.size() - 1)(random)];
  }

  /// The failure of a host whose addresses the policy left none of: k6's own, code 1000.
  static Failure NoneLeft(const std::string& host) {
    return OtherFailure("lookup " + host + ": no such host");
  }

  const Cached* Fresh(const std::string& host) const {
    const auto found = cache.find(host);
    if (found == cache.end()) return nullptr;
    const bool forever = options.ttl < std::chrono::nanoseconds(0);
    return forever || SteadyClock::now() < found->second.asked + options.ttl ? &found->second
                                                                             : nullptr;
  }

  /// Queues `ask`; one look-up serves all who ask for a host meanwhile. Under the mutex.
  void Enqueue(const std::string& host, std::shared_ptr<Ask> ask) {
    std::vector<std::shared_ptr<Ask>>& asks = waiting[host];
    asks.push_back(std::move(ask));
    if (asks.size() > 1) return;
    queue.push_back(host);
    if (idle_threads == 0 && threads.size() < max_threads) {
      threads.emplace_back([this] { Serve(); });
    } else {
      work.notify_one();
    }
  }

  void Serve() {
    std::unique_lock lock(mutex);
    for (;;) {
      ++idle_threads;
      work.wait(lock, [this] { return stopping || !queue.empty(); });
      --idle_threads;
      if (stopping) return;
      const std::string host = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      LookupAnswer answer = lookup(host);
      lock.lock();
      Finish(host, std::move(answer));
    }
  }

  void Finish(const std::string& host, LookupAnswer answer) {
    const bool found = !answer.addresses.empty();
    const std::vector<IpAddress> addresses = Apply(options.policy, std::move(answer.addresses));
    if (found && options.ttl != std::chrono::nanoseconds(0)) {
      cache[host] = {addresses, SteadyClock::now()};
    }
    const auto asks = waiting.extract(host);
    for (const std::shared_ptr<Ask>& ask : asks.mapped()) {
      std::optional<IpAddress> address = Choose(host, addresses);
      Failure failure = found ? NoneLeft(host) : answer.failure;
      const std::lock_guard anchored(ask->anchor->mutex);
      if (ask->anchor->io == nullptr) continue;
      asio::post(*ask->anchor->io, [ask, address, failure = std::move(failure)]() mutable {
        ask->done = true;
        ask->address = address;
        ask->failure = std::move(failure);
        ask->Wake();
      });
    }
  }
};

DnsService::DnsService(DnsOptions options, Lookup lookup, int threads)
    : state_(std::make_shared<State>(options, std::move(lookup), threads)) {}

DnsService::~DnsService() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->work.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

DnsResolver::DnsResolver(asio::io_context& io, DnsService& service)
    : service_(service), anchor_(std::make_shared<Anchor>()) {
  anchor_->io = &io;
}

DnsResolver::~DnsResolver() {
  const std::lock_guard lock(anchor_->mutex);
  anchor_->io = nullptr;
}

Resolution DnsResolver::Resolve(std::string_view host, std::uint16_t port, Wait& wait) {
  if (const auto literal = IpAddress::Parse(host)) return {true, {*literal, port}, {}};
  const std::string name(host);
  DnsService::State& state = *service_.state_;
  const auto ask = std::make_shared<DnsService::State::Ask>();
  {
    const std::lock_guard lock(state.mutex);
    if (const auto* cached = state.Fresh(name)) {
      const auto address = state.Choose(name, cached->addresses);
      if (!address) return {false, {}, DnsService::State::NoneLeft(name)};
      return {true, {*address, port}, {}};
    }
    ask->anchor = anchor_;
    ask->parker = &wait.parker;
    state.Enqueue(name, ask);
  }
  const auto outstanding = asio::make_work_guard(*anchor_->io);  // the loop has a reason to run
  Timer timer(anchor_->io->get_executor());
  if (wait.deadline != TimePoint::max()) {
    timer.expires_at(wait.deadline);
    timer.async_wait([ask](const boost::system::error_code& error) {
      if (error) return;
      ask->expired = true;
      ask->Wake();
    });
  }
  Resolution resolution;
  while (!ask->done) {
    if (wait.Cancelled()) {
      resolution.failure = CancelledFailure();
      break;
    }
    if (ask->expired) {
      resolution.failure = RequestTimeout();
      break;
    }
    wait.parker.Park();
  }
  ask->parker = nullptr;
  if (!ask->done) return resolution;
  if (!ask->address) return {false, {}, ask->failure, true};
  return {true, {*ask->address, port}, {}, true};
}

}  // namespace loadctl::net
