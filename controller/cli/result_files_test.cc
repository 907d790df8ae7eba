#include "controller/cli/result_files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace loadctl::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

class ResultFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = testing::TempDir() + "loadctl-XXXXXX";
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  static std::string Read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  static v1::RunEvent End() {
    v1::RunEvent event;
    event.mutable_outcome();
    return event;
  }
  static ResultFile::Make Text(std::optional<std::string> text) {
    return [text = std::move(text)](const v1::Outcome&) { return text; };
  }

  fs::path folder_;
};

TEST_F(ResultFileTest, IsWrittenAtTheEnd) {
  ResultFile file(Path("out.json"), Text("the end"));
  ASSERT_TRUE(file.Begin());
  EXPECT_FALSE(fs::exists(Path("out.json"))) << "trying leaves nothing behind";
  v1::RunEvent other;
  other.mutable_progress();
  file.On(other);
  EXPECT_FALSE(fs::exists(Path("out.json")));
  file.On(End());
  EXPECT_EQ(Read(Path("out.json")), "the end");
  EXPECT_THAT(file.problem(), IsEmpty());
}

TEST_F(ResultFileTest, WhatAnEarlierRunLeftIsReplacedAtTheStart) {
  std::ofstream(Path("verdict")) << "passed, long ago and with many more words";
  ResultFile file(Path("verdict"), Text(std::nullopt));
  ASSERT_TRUE(file.Begin("running"));
  EXPECT_EQ(Read(Path("verdict")), "running");
  file.On(End());
  EXPECT_EQ(Read(Path("verdict")), "running") << "nothing was to be written";
}

TEST_F(ResultFileTest, ANewFileHasTheFirstTextToo) {
  ResultFile file(Path("verdict"), Text("passed"));
  ASSERT_TRUE(file.Begin("running"));
  EXPECT_EQ(Read(Path("verdict")), "running");
  file.On(End());
  EXPECT_EQ(Read(Path("verdict")), "passed");
}

TEST_F(ResultFileTest, APlaceThatCannotBeWrittenIsFoundBefore) {
  ResultFile file(Path("none/out.json"), Text("the end"));
  const auto begun = file.Begin();
  ASSERT_FALSE(begun);
  EXPECT_THAT(begun.error().message, HasSubstr("none/out.json"));
  EXPECT_THAT(begun.error().message, HasSubstr("No such file"));
  file.On(End());
  EXPECT_THAT(file.problem(), IsEmpty()) << "it was said";
}

TEST_F(ResultFileTest, AFolderThatVanishesIsFoundAtTheEnd) {
  fs::create_directories(folder_ / "sub");
  ResultFile file(Path("sub/out.json"), Text("the end"));
  ASSERT_TRUE(file.Begin());
  fs::remove_all(folder_ / "sub");
  file.On(End());
  EXPECT_THAT(file.problem(), HasSubstr("could not open"));
}

TEST_F(ResultFileTest, APipeWithoutAReaderYetIsNoProblem) {
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  ResultFile file(Path("pipe"), Text("through the pipe"));
  ASSERT_TRUE(file.Begin("running"));
  const int reader = open(Path("pipe").c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  file.On(End());
  char room[64] = "";
  EXPECT_EQ(read(reader, room, sizeof room), 16);
  EXPECT_EQ(std::string(room), "through the pipe") << "and not what was there at the start";
  close(reader);
}

TEST_F(ResultFileTest, WithoutAPathThereIsNone) {
  ResultFile file("", Text("the end"));
  EXPECT_TRUE(file.Begin("running"));
  file.On(End());
  EXPECT_THAT(file.problem(), IsEmpty());
}

}  // namespace
}  // namespace loadctl::cli
