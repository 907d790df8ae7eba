#include "controller/rest/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "controller/rest/client.h"
#include "controller/rest/local_runs.h"

namespace loadctl::rest {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// A new folder, and XDG_RUNTIME_DIR for the time of a test.
class RuntimeFolder {
 public:
  RuntimeFolder() {
    char name[] = "/tmp/loadctl-rest-XXXXXX";
    path_ = mkdtemp(name);
    setenv("XDG_RUNTIME_DIR", path_.c_str(), 1);
  }
  ~RuntimeFolder() {
    unsetenv("XDG_RUNTIME_DIR");
    rmdir((path_ + "/loadctl").c_str());
    rmdir(path_.c_str());
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string AddressOf(const Server& server) { return "127.0.0.1:" + std::to_string(server.port()); }

TEST(Server, AnswersOnTcpWithoutAskingAndByItsHandler) {
  Server server([](const Command& command, const Server::Reply& reply) {
    reply({200, "text/plain", "about " + command.text});
  });
  ASSERT_TRUE(server.ListenTcp("127.0.0.1:0"));
  server.Start();
  EXPECT_EQ(Ask(AddressOf(server), "GET", "/ping", "", 5s)->body, "ok");
  EXPECT_EQ(Ask(AddressOf(server), "GET", "/v1/metrics/x", "", 5s)->body, "about x");
  EXPECT_EQ(Ask(AddressOf(server), "PATCH", "/v1/status", "no", 5s)->status, 400);
}

TEST(Server, TakesRepliesOfAnyThread) {
  std::vector<std::thread> threads;
  {
    Server server([&](const Command&, const Server::Reply& reply) {
      threads.emplace_back([reply] { reply({200, "", "later"}); });
    });
    ASSERT_TRUE(server.ListenTcp("127.0.0.1:0"));
    server.Start();
    for (int i = 0; i < 20; ++i)
      EXPECT_EQ(Ask(AddressOf(server), "GET", "/v1/status", "", 5s)->body, "later");
    for (auto& thread : threads) thread.join();
  }
}

TEST(Server, EndsWithRequestsUnanswered) {
  Server::Reply kept;
  std::string address;
  std::thread client;
  {
    std::atomic<bool> asked = false;
    Server server([&](const Command&, const Server::Reply& reply) {
      kept = reply;
      asked = true;
    });
    ASSERT_TRUE(server.ListenTcp("127.0.0.1:0"));
    server.Start();
    address = AddressOf(server);
    client = std::thread([&] { EXPECT_FALSE(Ask(address, "GET", "/v1/status", "", 5s)); });
    while (!asked) std::this_thread::sleep_for(1ms);
  }
  client.join();
  EXPECT_FALSE(Ask(address, "GET", "/ping", "", 1s));
}

TEST(Server, SaysInGosWordsWhatCannotBeListenedOn) {
  Server first([](const Command&, const Server::Reply&) {});
  ASSERT_TRUE(first.ListenTcp("127.0.0.1:0"));
  Server second([](const Command&, const Server::Reply&) {});
  EXPECT_THAT(second.ListenTcp(AddressOf(first)).error().message,
              HasSubstr("listen tcp " + AddressOf(first) + ": bind: "));
  EXPECT_THAT(second.ListenTcp("nonsense").error().message, HasSubstr("missing port in address"));
}

TEST(Server, RefusesWhatIsTooLarge) {
  Server server([](const Command&, const Server::Reply& reply) { reply({}); });
  ASSERT_TRUE(server.ListenTcp("127.0.0.1:0"));
  server.Start();
  EXPECT_EQ(Ask(AddressOf(server), "PUT", "/v1/setup", std::string(5u << 20, '1'), 5s)->status,
            413);
  EXPECT_EQ(Ask(AddressOf(server), "GET", "/" + std::string(20000, 'a'), "", 5s)->status, 413);
}

TEST(LocalRuns, AreFoundAndLeftoversRemoved) {
  const RuntimeFolder runtime;
  const auto folder = RunsFolder();
  ASSERT_TRUE(folder) << folder.error().message;
  EXPECT_EQ(*folder, runtime.path() + "/loadctl");
  {
    Server server([](const Command&, const Server::Reply& reply) { reply({200, "", "it"}); });
    ASSERT_TRUE(server.ListenUnix(SocketOf(*folder, 17)));
    server.Start();
    const auto runs = FindLocalRuns(*folder);
    ASSERT_EQ(runs.size(), 1U);
    EXPECT_EQ(runs[0].pid, 17);
    EXPECT_EQ(Ask(runs[0].address, "GET", "/v1/status", "", 5s)->body, "it");
    // Somebody bound it, and died.
    ASSERT_EQ(std::rename(SocketOf(*folder, 17).c_str(), SocketOf(*folder, 18).c_str()), 0);
  }
  EXPECT_EQ(access(SocketOf(*folder, 18).c_str(), F_OK), 0);
  EXPECT_TRUE(FindLocalRuns(*folder).empty());
  EXPECT_NE(access(SocketOf(*folder, 18).c_str(), F_OK), 0);
}

TEST(LocalRuns, AreNotKeptWhereOthersMayEnter) {
  const RuntimeFolder runtime;
  ASSERT_EQ(mkdir((runtime.path() + "/loadctl").c_str(), 0700), 0);
  ASSERT_EQ(chmod((runtime.path() + "/loadctl").c_str(), 0750), 0);
  EXPECT_THAT(RunsFolder().error().message, HasSubstr("is not this user's alone"));
}

}  // namespace
}  // namespace loadctl::rest
