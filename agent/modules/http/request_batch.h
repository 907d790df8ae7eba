// RequestBatch: requests of a script that are sent at once, within the limits of http.batch.
// One VU's, on its fiber; it runs others beside it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/modules/http/script_request.h"
#include "agent/net/client/http_client.h"
#include "agent/vu/vu.h"

namespace loadctl::modules::http {

class RequestBatch final {
 public:
  /// Of the requests at `indices` in `pool`. All outlive it.
  RequestBatch(vu::Vu& vu, std::vector<std::unique_ptr<ScriptRequest>>& pool,
               std::vector<std::size_t> indices, net::HttpClient& client)
      : vu_(vu), pool_(pool), pending_(std::move(indices)), client_(client) {}

  /// Sends them all and waits until they ended: so many at a time as `batch` says, and to a host as
  /// `batchPerHost` says.
  void Run() {
    const auto most = vu_.program().options.batch;
    const std::size_t fibers =
        most > 0 ? std::min(pending_.size(), static_cast<std::size_t>(most)) : pending_.size();
    for (std::size_t i = 0; i < fibers; ++i)
      vu_.events().Spawn([this](net::Parker& parker) { WorkOff(parker); }, -1, 0);
    vu_.events().JoinSpawned();
  }

 private:
  /// One fiber: sends what waits and may be sent, until there is none. One that ends because its
  /// hosts are busy is not missed: who frees a host looks again.
  void WorkOff(net::Parker& parker) {
    const auto limit = vu_.program().options.batch_per_host;
    for (;;) {
      const auto next = std::find_if(pending_.begin(), pending_.end(), [&](std::size_t index) {
        return limit <= 0 || Busy(pool_[index]->url->url.host) < limit;
      });
      if (next == pending_.end()) return;
      ScriptRequest& sent = *pool_[*next];
      pending_.erase(next);
      ++Busy(sent.url->url.host);
      sent.Run(client_, vu_.program().options.user_agent, parker);
      --Busy(sent.url->url.host);
    }
  }

  /// Requests under way to a host.
  std::int64_t& Busy(const std::string& host) {
    for (auto& [name, count] : hosts_)
      if (name == host) return count;
    return hosts_.emplace_back(host, 0).second;
  }

  vu::Vu& vu_;
  std::vector<std::unique_ptr<ScriptRequest>>& pool_;
  std::vector<std::size_t> pending_;
  net::HttpClient& client_;
  std::vector<std::pair<std::string, std::int64_t>> hosts_;
};

}  // namespace loadctl::modules::http
