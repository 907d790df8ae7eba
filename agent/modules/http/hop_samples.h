// HopSamples: the nine samples of an exchange, with k6's tags.
// Not for what the exchange was (agent/net). One VU's; its worker's thread.
#pragma once

#include <cstdint>

#include "agent/modules/http/script_request.h"
#include "agent/net/client/http_client.h"
#include "agent/vu/vu.h"

namespace loadctl::modules::http {

class HopSamples final {
 public:
  /// Reads which system tags are on; the options are final by then.
  explicit HopSamples(vu::Vu& vu);

  /// Emits what k6 emits for an exchange of `sent`, its `hop`th (from 0). No allocation in the
  /// usual case: a first hop without an `ip` tag.
  void Emit(const ScriptRequest& sent, const net::Hop& hop, int number);

 private:
  enum Tag : std::uint32_t {
    kProto = 1u << 0,
    kStatus = 1u << 1,
    kMethod = 1u << 2,
    kUrl = 1u << 3,
    kName = 1u << 4,
    kError = 1u << 5,
    kErrorCode = 1u << 6,
    kTlsVersion = 1u << 7,
    kExpectedResponse = 1u << 8,
    kIp = 1u << 9,
    kOcspStatus = 1u << 10,
  };
  void Add(const net::Exchange& exchange, const loadctl::metrics::SampleTags& tags, bool judged,
           bool expected);
  /// What happened to connections, where that is asked for; `tags` has a place left for `host`.
  void AddConnection(const net::Hop& hop, const loadctl::metrics::SampleTags& tags);

  vu::Vu& vu_;
  std::uint32_t enabled_ = 0;
  bool connections_ = false;  ///< `connectionMetrics`
};

}  // namespace loadctl::modules::http
