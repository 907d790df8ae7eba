#include "common/daemon/notify.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <string_view>

#include "common/daemon/local_socket.h"

namespace loadctl::daemon {
namespace {

std::mutex mutex;
Told told;

void Keep(std::string_view line) {
  constexpr std::string_view kStatus = "STATUS=";
  const std::lock_guard lock(mutex);
  if (line == "READY=1") told.ready = true;
  if (line == "READY=1" || line == "WATCHDOG=1") told.lived = std::chrono::steady_clock::now();
  if (line.starts_with(kStatus)) told.status = line.substr(kStatus.size());
}

}  // namespace

void Notify(const std::string& state) {
  for (std::string_view rest = state; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    Keep(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const char* name = std::getenv("NOTIFY_SOCKET");
  if (name != nullptr) SendTo(name, state, Patience::kNone);
}

Told LastTold() {
  const std::lock_guard lock(mutex);
  return told;
}

}  // namespace loadctl::daemon
