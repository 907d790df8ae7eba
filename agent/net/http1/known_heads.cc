#include "agent/net/http1/known_heads.h"

namespace loadctl::net {

void KnownHeads::Keep(const Exchange& exchange, bool head_request, const HeadFacts& facts) {
  if (exchange.head.size() > kMaxHead) return;
  Known& known = heads_[next_];
  next_ = (next_ + 1) % heads_.size();
  known.head = exchange.head;
  known.head_request = head_request;
  known.headers = exchange.headers;
  known.facts = facts;
}

}  // namespace loadctl::net
