#include "controller/fleet/audit_log.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

namespace loadctl::fleet {
namespace {

std::string TextOf(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class AuditLogTest : public testing::Test {
 protected:
  AuditLogTest() { std::filesystem::create_directories(folder_); }
  ~AuditLogTest() override { std::filesystem::remove_all(folder_); }
  const std::string folder_ = testing::TempDir() + "audit-" + std::to_string(getpid());
  const std::string path_ = folder_ + "/audit.jsonl";
  const SharedQuotas quotas_ = std::make_shared<Quotas>();
};

TEST_F(AuditLogTest, EachEventIsALineThatNobodyElseReads) {
  const auto log = AuditLog::Open(path_, quotas_);
  ASSERT_TRUE(log) << log.error().message;
  ASSERT_TRUE((*log)->Write("run_begin", {"alice", "0A", "ipv4:10.0.0.1:4"},
                            {{"script", "a\n\"b\""},
                             {"agents", std::vector<std::string>{"one", "two"}},
                             {"exit_status", std::int64_t{0}}}));
  ASSERT_TRUE((*log)->Write("refused", {}));
  const std::string text = TextOf(path_);
  EXPECT_NE(text.find(R"("event":"run_begin","name":"alice","serial":"0A","address":)"
                      R"("ipv4:10.0.0.1:4","script":"a\n\"b\"","agents":["one","two"],)"
                      R"("exit_status":0})"),
            std::string::npos)
      << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(AuditLogTest, AFileThatWasMovedAwayIsFollowedByAnother) {
  const auto log = AuditLog::Open(path_, quotas_);
  ASSERT_TRUE(log);
  ASSERT_TRUE((*log)->Write("one", {}));
  std::filesystem::rename(path_, path_ + ".1");
  ASSERT_TRUE((*log)->Write("two", {}));
  ASSERT_TRUE((*log)->Reopen());
  ASSERT_TRUE((*log)->Write("three", {}));
  EXPECT_NE(TextOf(path_ + ".1").find("\"two\""), std::string::npos);
  EXPECT_NE(TextOf(path_).find("\"three\""), std::string::npos);
  EXPECT_EQ(TextOf(path_).find("\"two\""), std::string::npos);
}

TEST_F(AuditLogTest, AFloodOfNotesIsCountedAndNotWritten) {
  const auto log = AuditLog::Open(path_, quotas_);
  ASSERT_TRUE(log);
  quotas_->Set(Quota::kAuditLines, 20);
  for (int i = 0; i < 5000; ++i) (*log)->Note("refused", {});
  const std::string text = TextOf(path_);
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 1000);
  EXPECT_GT(quotas_->reached(Quota::kAuditLines), 4000);
  EXPECT_LE(quotas_->used(Quota::kAuditLines), 20);
  ASSERT_TRUE((*log)->Write("run_begin", {}));
  EXPECT_NE(TextOf(path_).find("\"event\":\"run_begin\",\"missed\":"), std::string::npos);
}

TEST_F(AuditLogTest, WhatCannotBeWrittenIsAnError) {
  EXPECT_FALSE(AuditLog::Open(folder_ + "/none/audit.jsonl", quotas_));
  const auto full = AuditLog::Open("/dev/full", quotas_);
  ASSERT_TRUE(full);
  EXPECT_FALSE((*full)->Write("one", {}));
}

}  // namespace
}  // namespace loadctl::fleet
