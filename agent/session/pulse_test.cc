#include "agent/session/pulse.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

namespace loadctl::session {
namespace {

using namespace std::chrono_literals;

TEST(Pulse, IsSilentWhileTheLoopIsHeldUpAndNoLonger) {
  vu::Loop loop;
  const Pulse pulse(loop);
  std::promise<void> let_go;
  std::thread asker([&] {
    std::promise<void> held;
    loop.Post([&] {
      held.set_value();
      let_go.get_future().wait();
    });
    held.get_future().wait();
    while (pulse.Silence() < 2 * Pulse::kEvery) std::this_thread::sleep_for(5ms);
    let_go.set_value();
    // Hangs here if the loop's turning is not seen.
    while (pulse.Silence() > Pulse::kEvery) std::this_thread::sleep_for(5ms);
    loop.Stop();
  });
  loop.Run();
  asker.join();
}

}  // namespace
}  // namespace loadctl::session
