#include "common/daemon/token.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace loadctl::daemon {
namespace {

namespace fs = std::filesystem;

class TokenTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = testing::TempDir() + "loadctl-XXXXXX";
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
    setenv("XDG_RUNTIME_DIR", folder_.c_str(), 1);
  }
  void TearDown() override {
    unsetenv("XDG_RUNTIME_DIR");
    fs::remove_all(folder_);
  }
  fs::path folder_;
};

TEST_F(TokenTest, IsFoundByItsUserAtItsPort) {
  std::string path;
  {
    const auto file = TokenFile::Make(6566, NewToken().value());
    ASSERT_TRUE(file) << file.error().message;
    path = file->path();
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    EXPECT_EQ(file->token().size(), 64u);
    for (const char* address : {"127.0.0.1:6566", "localhost:6566", "[::1]:6566"})
      EXPECT_EQ(FindToken(address, ""), file->token()) << address;
    for (const char* address : {"127.0.0.1:6567", "10.0.0.1:6566", "unix:/x", "odd"})
      EXPECT_EQ(FindToken(address, ""), "") << address;
    EXPECT_EQ(FindToken("10.0.0.1:1", path), file->token());
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(TokenTest, TheLaterControllerKeepsItsOwn) {
  auto first = TokenFile::Make(1, NewToken().value());
  ASSERT_TRUE(first);
  const auto second = TokenFile::Make(1, NewToken().value());
  ASSERT_TRUE(second);
  EXPECT_NE(first->token(), second->token());
  { const TokenFile gone = std::move(*first); }
  EXPECT_EQ(FindToken("127.0.0.1:1", ""), second->token());
}

TEST_F(TokenTest, WhatOthersMayWriteIsNone) {
  const fs::path path = folder_ / "token";
  std::ofstream(path) << "abc\n";
  chmod(path.c_str(), 0600);
  EXPECT_EQ(FindToken("", path.string()), "abc");
  chmod(path.c_str(), 0622);
  EXPECT_EQ(FindToken("", path.string()), "");
  EXPECT_EQ(FindToken("", (folder_ / "none").string()), "");
}

TEST(Token, Compares) {
  EXPECT_TRUE(IsToken("abc", "abc"));
  EXPECT_FALSE(IsToken("abd", "abc"));
  EXPECT_FALSE(IsToken("ab", "abc"));
  EXPECT_FALSE(IsToken("", "abc"));
}

}  // namespace
}  // namespace loadctl::daemon
