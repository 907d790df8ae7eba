#include "controller/rest/local_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "controller/web/client.h"
#include "controller/web/server.h"

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

TEST(LocalRuns, AreFoundAndLeftoversRemoved) {
  const RuntimeFolder runtime;
  const auto folder = RunsFolder();
  ASSERT_TRUE(folder) << folder.error().message;
  EXPECT_EQ(*folder, runtime.path() + "/loadctl");
  {
    web::Server server;
    server.Mount("/", [](const web::Request&, const auto& reply) { reply({200, "", "it"}); });
    ASSERT_TRUE(server.ListenUnix(SocketOf(*folder, 17)));
    server.Start();
    const auto runs = FindLocalRuns(*folder);
    ASSERT_EQ(runs.size(), 1U);
    EXPECT_EQ(runs[0].pid, 17);
    struct stat found {};
    ASSERT_EQ(stat(SocketOf(*folder, 17).c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0600U);
    EXPECT_EQ(web::Ask(runs[0].address, "GET", "/v1/status", "", 5s)->body, "it");
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
