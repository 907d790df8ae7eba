#include "common/daemon/health.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "common/daemon/notify.h"

namespace loadctl::daemon {
namespace {

// One process has one health, and it does not become unready: what is told here comes in order.
TEST(Health, IsWhatTheServiceTells) {
  const std::string number = std::to_string(getpid());
  for (const std::string& name : {"/tmp/loadctl-health-" + number, "@loadctl-health-" + number}) {
    setenv("LOADCTL_HEALTH", name.c_str(), 1);
    EXPECT_FALSE(AskHealth()) << "nobody is there";
    const auto socket = HealthSocket::Open();
    ASSERT_TRUE(socket) << socket.error().message;
    if (!LastTold().ready) {
      const auto early = AskHealth();
      ASSERT_FALSE(early);
      EXPECT_NE(early.error().message.find("not ready"), std::string::npos);
    }
    Notify("READY=1\nSTATUS=idle\nWATCHDOG=1");
    EXPECT_EQ(AskHealth().value_or(""), "idle");
    Notify("STATUS=works for a run");
    EXPECT_EQ(AskHealth().value_or(""), "works for a run");
  }
  EXPECT_NE(access(("/tmp/loadctl-health-" + number).c_str(), F_OK), 0) << "it is removed";
  unsetenv("LOADCTL_HEALTH");
}

TEST(Health, WithoutANameThereIsNone) {
  unsetenv("LOADCTL_HEALTH");
  const auto none = HealthSocket::Open();
  ASSERT_TRUE(none);
  EXPECT_EQ(*none, nullptr);
  EXPECT_FALSE(AskHealth());
}

TEST(Health, ANameThatCannotBeHadIsAnError) {
  for (const std::string& name :
       {std::string("relative"), std::string("/no/such/folder/socket"), std::string(300, '/')}) {
    setenv("LOADCTL_HEALTH", name.c_str(), 1);
    const auto socket = HealthSocket::Open();
    ASSERT_FALSE(socket) << name;
    EXPECT_NE(socket.error().message.find("LOADCTL_HEALTH"), std::string::npos);
  }
  unsetenv("LOADCTL_HEALTH");
}

}  // namespace
}  // namespace loadctl::daemon
