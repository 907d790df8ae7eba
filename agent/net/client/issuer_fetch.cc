#include "agent/net/client/issuer_fetch.h"

#include <chrono>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "agent/net/http/url.h"

namespace loadctl::net {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Bytes = std::shared_ptr<const std::string>;

constexpr std::uint64_t kMostBytes = 64 * 1024;
constexpr std::size_t kMostKept = 256;
constexpr auto kKept = std::chrono::hours(24);
constexpr auto kFailureKept = std::chrono::seconds(30);

/// What the process knows. Its lock is taken by handshakes whose chain is incomplete, and by no
/// others.
class Cache {
 public:
  /// Null within: it is known that there is nothing.
  std::optional<Bytes> Find(std::string_view url) {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(url);
    if (found == known_.end()) return std::nullopt;
    if (found->second.until > SteadyClock::now()) return found->second.bytes;
    known_.erase(found);
    return std::nullopt;
  }
  void Keep(const std::string& url, Bytes bytes) {
    const auto until = SteadyClock::now() + (bytes == nullptr ? SteadyClock::duration(kFailureKept)
                                                              : SteadyClock::duration(kKept));
    const std::lock_guard lock(mutex_);
    if (known_.size() >= kMostKept && !known_.contains(url)) known_.erase(known_.begin());
    known_[url] = {std::move(bytes), until};
  }

 private:
  struct Known {
    Bytes bytes;
    TimePoint until;
  };
  std::mutex mutex_;
  std::map<std::string, Known, std::less<>> known_;
};

Cache& Known() {
  static Cache cache;
  return cache;
}

ClientOptions OneRequestEach() {
  ClientOptions options;
  options.no_connection_reuse = true;
  options.version = HttpVersion::kHttp1;
  return options;
}

}  // namespace

/// A fetch under way, for which others of this worker may wait.
struct IssuerFetch::Flight {
  std::vector<Parker*> waiting;
  bool landed = false;
  bool known = false;  ///< there is an answer; else whoever asked gave up
  Bytes bytes;
};

IssuerFetch::IssuerFetch(NetContext& context) : client_(context, OneRequestEach()) {}
IssuerFetch::~IssuerFetch() = default;

Bytes IssuerFetch::Fetch(std::string_view url, Wait& wait) {
  for (;;) {
    if (auto known = Known().Find(url)) return *known;
    if (wait.Cancelled() || SteadyClock::now() >= wait.deadline) return nullptr;
    if (const auto found = flights_.find(url); found != flights_.end()) {
      const std::shared_ptr<Flight> flight = found->second;
      flight->waiting.push_back(&wait.parker);
      // It lands within the patience of its own handshake.
      while (!flight->landed) wait.parker.Park();
      if (flight->known) return flight->bytes;
      continue;
    }
    const std::string name(url);
    const auto flight = flights_[name] = std::make_shared<Flight>();
    flight->known = Ask(name, wait, flight->bytes);
    flight->landed = true;
    flights_.erase(name);
    if (flight->known) Known().Keep(name, flight->bytes);
    for (Parker* parker : flight->waiting) parker->Unpark();
    return flight->bytes;
  }
}

/// False: it is not known what is there, for the time was up.
bool IssuerFetch::Ask(const std::string& url, Wait& wait, Bytes& bytes) {
  const Result<Url> parsed = ParseUrl(url);
  if (!parsed || parsed->scheme != "http") return true;
  Request request;
  request.url = &*parsed;
  request.deadline = wait.deadline;
  request.max_body = kMostBytes;
  Exchange exchange = client_.Send(request, wait.parker);
  if (exchange.outcome == Outcome::kCancelled) return false;
  if (exchange.outcome == Outcome::kTimeout && SteadyClock::now() >= wait.deadline) return false;
  constexpr int kOk = 200;
  if (exchange.outcome == Outcome::kResponse && exchange.status == kOk)
    bytes = std::make_shared<const std::string>(std::move(exchange.body));
  return true;
}

}  // namespace loadctl::net
