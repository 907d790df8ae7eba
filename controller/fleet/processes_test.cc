#include "controller/fleet/processes.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>

namespace loadctl::fleet {
namespace {

namespace fs = std::filesystem;

/// A program that notes that it was started, and then waits.
struct Waiting {
  Waiting() {
    std::string name = "/tmp/loadctl-processes-XXXXXX";
    folder = mkdtemp(name.data());
    program = folder / "agent";
    std::ofstream(program) << "#!/bin/sh\ntouch \"" << folder.string()
                           << "/started$3\"\nexec sleep 60\n";
    chmod(program.c_str(), 0700);
  }
  ~Waiting() { fs::remove_all(folder); }
  [[nodiscard]] int Started() const {
    int count = 0;
    for (const auto& entry : fs::directory_iterator(folder))
      count += entry.path().filename().string().starts_with("started") ? 1 : 0;
    return count;
  }
  fs::path folder, program;
};

TEST(LocalAgents, AreStartedAFewAtATimeUntilNobodyWantsThem) {
  const Waiting waiting;
  const int at_once = 2 * static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  LocalAgents agents([](int, const std::string&) {});
  int asked = 0;
  // None attaches; somebody gives up once the first of them have been seen to run.
  const LocalAgents::Progress progress{
      [] { return 0; }, [&] { return waiting.Started() == at_once && ++asked > 20; }};
  EXPECT_TRUE(agents.Start(waiting.program, "unix:/nowhere", 1000, progress));
  EXPECT_EQ(waiting.Started(), at_once);
  agents.Wait(std::chrono::milliseconds(0));
}

TEST(LocalAgents, FollowThoseThatHaveAttached) {
  const Waiting waiting;
  LocalAgents agents([](int, const std::string&) {});
  const LocalAgents::Progress progress{[&] { return waiting.Started(); }, [] { return false; }};
  EXPECT_TRUE(agents.Start(waiting.program, "unix:/nowhere", 9, progress));
  for (int i = 0; i < 5000 && waiting.Started() < 9; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_EQ(waiting.Started(), 9);
  agents.Wait(std::chrono::milliseconds(0));
}

TEST(LocalAgents, AreNotFollowedOnceOneHasEnded) {
  std::atomic<int> ended{0};
  LocalAgents agents([&](int, const std::string&) { ++ended; });
  const LocalAgents::Progress progress{[] { return 0; }, [] { return false; }};
  EXPECT_TRUE(agents.Start("/bin/true", "unix:/nowhere", 100'000, progress));
  agents.Wait(std::chrono::milliseconds(0));
}

}  // namespace
}  // namespace loadctl::fleet
