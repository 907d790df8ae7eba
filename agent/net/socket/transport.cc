#include "agent/net/socket/transport.h"

namespace loadctl::net {

ReadResult Transport::Read(std::span<char> into, Wait& wait) {
  ReadResult result = TryRead(into);
  while (result.status == IoStatus::kWouldBlock) {
    const IoStatus waited = WaitFor(Interest::kRead, wait);
    if (waited == IoStatus::kCancelled) return {waited, 0, {}};
    result = TryRead(into);
    if (waited == IoStatus::kTimeout && result.status == IoStatus::kWouldBlock) {
      return {waited, 0, {}};
    }
  }
  return result;
}

IoStatus Transport::Write(std::string_view bytes, Wait& wait) {
  while (!bytes.empty()) {
    const WriteResult result = TryWrite({&bytes, 1});
    if (result.status == IoStatus::kOk) {
      bytes.remove_prefix(result.bytes);
      continue;
    }
    if (result.status != IoStatus::kWouldBlock) return result.status;
    const IoStatus waited = WaitFor(Interest::kWrite, wait);
    if (waited != IoStatus::kOk) return waited;
  }
  return IoStatus::kOk;
}

}  // namespace loadctl::net
