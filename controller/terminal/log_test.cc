#include "controller/terminal/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace loadctl::terminal {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class LoggerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "log_testXXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Path() const { return folder_ + "/log"; }
  std::string Content() const {
    std::ifstream file(Path());
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  static std::string ErrorOf(std::string output) {
    LogOptions options;
    options.output = std::move(output);
    const auto logger = Logger::Open(std::move(options));
    return logger ? "" : logger.error().message;
  }

  std::string folder_;
};

TEST_F(LoggerTest, KnowsWhatItCouldNotWrite) {
  LogOptions options;
  options.output = "file=/dev/full";
  const auto logger = Logger::Open(options);
  ASSERT_TRUE(logger) << logger.error().message;
  EXPECT_EQ((*logger)->Problem(), "");
  (*logger)->Info("lost");
  EXPECT_EQ((*logger)->Problem(), "/dev/full: No space left on device");
}

TEST_F(LoggerTest, RefusesOutputsInK6sWords) {
  EXPECT_EQ(ErrorOf("bogus"), "unsupported log output 'bogus'");
  EXPECT_EQ(ErrorOf("file"), "error while parsing logfile configuration key `file` with no value");
  EXPECT_EQ(ErrorOf("file=/tmp/x,y"),
            "error while parsing logfile configuration key `y` with no value");
  EXPECT_EQ(ErrorOf("file=" + folder_ + "/no/log"),
            "provided directory '" + folder_ + "/no' does not exist");
  EXPECT_EQ(ErrorOf("file=" + Path() + ",level=foo"), "unknown log level foo");
  EXPECT_EQ(ErrorOf("file=" + Path() + ",foo=bar"), "unknown logfile config key foo");
  EXPECT_THAT(ErrorOf("file=" + folder_), HasSubstr("failed to open logfile"));
  EXPECT_EQ(ErrorOf("none"), "");
}

TEST_F(LoggerTest, AppendsToAFileThatOnlyTheOwnerReads) {
  LogOptions options;
  options.output = "file=" + Path() + ",level=warning";
  options.verbose = true;
  for (int run = 0; run < 2; ++run) {
    const auto logger = Logger::Open(options).value();
    EXPECT_FALSE(logger->Enabled(LogLevel::kInfo));
    logger->Debug("d");
    logger->Info("i");
    logger->Warn("w", {{"source", "console"}});
    logger->Error("%v not a pattern");
  }
  const std::string lines =
      "time=\"[^\"]*\" level=warning msg=w source=console\n"
      "time=\"[^\"]*\" level=error msg=\"%v not a pattern\"\n";
  EXPECT_THAT(Content(), MatchesRegex(lines + lines));
  struct stat status {};
  ASSERT_EQ(stat(Path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(LoggerTest, ShowsDebugOnlyIfVerbose) {
  LogOptions options;
  options.output = "file=" + Path();
  options.format = "raw";
  Logger::Open(options).value()->Debug("hidden");
  options.verbose = true;
  Logger::Open(options).value()->Debug("seen");
  EXPECT_EQ(Content(), "seen\n");
}

TEST_F(LoggerTest, WritesToATerminalAroundTheBlock) {
  const int file = ::open(Path().c_str(), O_CREAT | O_WRONLY, 0600);
  const int stderr_copy = ::dup(STDERR_FILENO);
  ::dup2(file, STDERR_FILENO);
  std::string steps;
  LogOptions options;
  options.stderr_is_tty = true;
  options.around_terminal_write = [&](const std::function<void()>& write) {
    steps += "erase ";
    write();
    steps += "redraw";
  };
  Logger::Open(options).value()->Info("hello");
  options.no_color = true;
  options.around_terminal_write = nullptr;
  Logger::Open(options).value()->Info("hello");
  ::dup2(stderr_copy, STDERR_FILENO);
  ::close(stderr_copy);
  ::close(file);
  EXPECT_EQ(steps, "erase redraw");
  EXPECT_THAT(Content(), MatchesRegex("\x1b.36mINFO\x1b.0m.0000. hello *\x1b.0K\n"
                                      "time=\"[^\"]*\" level=info msg=hello\x1b.0K\n"));
}

}  // namespace
}  // namespace loadctl::terminal
