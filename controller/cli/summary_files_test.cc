#include "controller/cli/summary_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace loadctl::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

class SummaryFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = testing::TempDir() + "loadctl-XXXXXX";
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    outside_ = path;
    folder_ = outside_ / "in";
    fs::create_directories(folder_ / "sub");
  }
  void TearDown() override { fs::remove_all(outside_); }

  SummaryFiles Files(std::vector<std::string> named = {}) const {
    return SummaryFiles::Below(folder_.string(), std::move(named)).value();
  }
  std::string Read(const fs::path& path) const {
    std::ifstream file(folder_ / path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  void Put(const fs::path& path, const std::string& text) const {
    std::ofstream(folder_ / path) << text;
  }

  fs::path outside_, folder_;
};

TEST_F(SummaryFilesTest, WritesBelowTheFolder) {
  auto files = Files();
  EXPECT_THAT(files.Write("a.json", "1"), IsEmpty());
  EXPECT_THAT(files.Write("./sub/b.json", "2"), IsEmpty());
  EXPECT_EQ(Read("a.json"), "1");
  EXPECT_EQ(Read("sub/b.json"), "2");
  EXPECT_THAT(files.Write("a.json", ""), IsEmpty());  // its own
  EXPECT_EQ(Read("a.json"), "");
}

TEST_F(SummaryFilesTest, NothingOutsideIt) {
  auto files = Files();
  for (const std::string& path :
       {(outside_ / "x").string(), std::string("../x"), std::string("sub/../../x"),
        std::string("sub/.."), std::string(".."), std::string("."), std::string(""),
        std::string("sub//x"), std::string("sub/"), std::string("/dev/full")}) {
    EXPECT_THAT(files.Write(path, "x"), HasSubstr("--summary-dir")) << path;
  }
  EXPECT_FALSE(fs::exists(outside_ / "x"));
  EXPECT_THAT(files.Write("none/x", "x"), HasSubstr("its folder"));
  EXPECT_THAT(files.Write("sub", "x"), HasSubstr("not written"));
  EXPECT_THAT(files.Write("a\nb\x1b[2J", "x"), HasSubstr("'a?b?[2J'"));
}

TEST_F(SummaryFilesTest, FollowsNoLinks) {
  fs::create_symlink(outside_, folder_ / "out");
  fs::create_symlink(outside_ / "made", folder_ / "dangling");
  Put("kept", "1");
  fs::create_symlink("kept", folder_ / "link");
  auto files = Files({"dangling", "link", "out/x"});
  for (const char* path : {"out/x", "dangling", "link"})
    EXPECT_THAT(files.Write(path, "x"), HasSubstr("not written")) << path;
  EXPECT_FALSE(fs::exists(outside_ / "x"));
  EXPECT_FALSE(fs::exists(outside_ / "made"));
  EXPECT_EQ(Read("kept"), "1");
}

TEST_F(SummaryFilesTest, WritesOverWhatIsNamed) {
  Put("mine", "1");
  Put("named", "a long text");
  auto files = Files({"named"});
  EXPECT_THAT(files.Write("mine", "2"), HasSubstr("--summary-overwrite mine"));
  EXPECT_EQ(Read("mine"), "1");
  EXPECT_THAT(files.Write("named", "2"), IsEmpty());
  EXPECT_EQ(Read("named"), "2");
}

TEST_F(SummaryFilesTest, OnlyRegularFiles) {
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(Files({"pipe"}).Write("pipe", "x"), HasSubstr("not written"));
}

TEST_F(SummaryFilesTest, TheFolderMustBeThere) {
  EXPECT_FALSE(SummaryFiles::Below((folder_ / "none").string(), {}));
}

}  // namespace
}  // namespace loadctl::cli
