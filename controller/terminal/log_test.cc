#include "controller/terminal/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace loadctl::terminal {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

/// Lines in UTC, whatever the machine's time zone is.
class LogFormat : public ::testing::Test {
 protected:
  void SetUp() override { Zone("UTC"); }
  void TearDown() override { Zone(nullptr); }
  static void Zone(const char* name) {
    name != nullptr ? setenv("TZ", name, 1) : unsetenv("TZ");
    tzset();
  }
  static LogRecord Record(LogLevel level, std::string message, LogFields fields = {}) {
    LogRecord record;
    record.time = std::chrono::system_clock::from_time_t(1767366245);
    record.since_start = std::chrono::milliseconds(3999);
    record.level = level;
    record.message = std::move(message);
    record.fields = std::move(fields);
    return record;
  }
};

const LogFields kConsole = {{"source", "console"}};

TEST_F(LogFormat, PlainIsK6sToTheByte) {
  EXPECT_EQ(FormatPlain(Record(LogLevel::kInfo, "plain", kConsole)),
            "time=\"2026-01-02T15:04:05Z\" level=info msg=plain source=console\n");
  EXPECT_EQ(FormatPlain(Record(LogLevel::kWarning, "two words")),
            "time=\"2026-01-02T15:04:05Z\" level=warning msg=\"two words\"\n");
  EXPECT_EQ(FormatPlain(Record(LogLevel::kInfo, "", kConsole)),
            "time=\"2026-01-02T15:04:05Z\" level=info source=console\n");
  EXPECT_EQ(FormatPlain(Record(LogLevel::kInfo, "q\"uo\te\\ \x07 ü <>&", kConsole)),
            "time=\"2026-01-02T15:04:05Z\" level=info msg=\"q\\\"uo\\te\\\\ \\a ü <>&\" "
            "source=console\n");
  EXPECT_EQ(FormatPlain(Record(LogLevel::kError, "Error: oops!\n\tat default (file:///-:9:12(3))\n",
                               {{"source", "stacktrace"},
                                {"hint", "script exception"},
                                {"executor", "shared-iterations"}})),
            "time=\"2026-01-02T15:04:05Z\" level=error msg=\"Error: oops!\\n\\tat default "
            "(file:///-:9:12(3))\\n\" executor=shared-iterations hint=\"script exception\" "
            "source=stacktrace\n");
}

TEST_F(LogFormat, PlainKeepsLineKeysApartFromFields) {
  EXPECT_EQ(FormatPlain(Record(LogLevel::kDebug, "a", {{"msg", "b"}, {"x", "1"}, {"x", "2"}})),
            "time=\"2026-01-02T15:04:05Z\" level=debug msg=a fields.msg=b x=2\n");
}

TEST_F(LogFormat, TimesCarryTheLocalOffset) {
  Zone("EST5");
  EXPECT_THAT(FormatPlain(Record(LogLevel::kInfo, "a")),
              HasSubstr("time=\"2026-01-02T10:04:05-05:00\""));
  Zone("IST-5:30");
  EXPECT_THAT(FormatPlain(Record(LogLevel::kInfo, "a")),
              HasSubstr("time=\"2026-01-02T20:34:05+05:30\""));
}

TEST_F(LogFormat, ColoredIsK6sToTheByte) {
  EXPECT_EQ(FormatColored(Record(LogLevel::kInfo, "plain", kConsole)),
            "\x1b[36mINFO\x1b[0m[0003] plain                                         "
            "\x1b[36msource\x1b[0m=console\n");
  EXPECT_EQ(FormatColored(Record(LogLevel::kWarning, "w", {{"a", "b c"}, {"A", "1"}})),
            "\x1b[33mWARN\x1b[0m[0003] w                                             "
            "\x1b[33mA\x1b[0m=1 \x1b[33ma\x1b[0m=\"b c\"\n");
  EXPECT_EQ(FormatColored(Record(LogLevel::kDebug, "Logger format: TEXT")),
            "\x1b[37mDEBU\x1b[0m[0003] Logger format: TEXT                          \n");
  EXPECT_EQ(FormatColored(Record(LogLevel::kError, "Error: oops!\n\tat x\n")),
            "\x1b[31mERRO\x1b[0m[0003] Error: oops!\n\tat x" + std::string(26, ' ') + " \n");
  EXPECT_EQ(FormatColored(Record(LogLevel::kInfo, "ü" + std::string(43, 'x'))),
            "\x1b[36mINFO\x1b[0m[0003] ü" + std::string(43, 'x') + " \n");
}

TEST_F(LogFormat, JsonIsK6sToTheByte) {
  EXPECT_EQ(FormatJson(Record(LogLevel::kInfo, "q\"uo\te\\ \x07 ü <>&", kConsole)),
            "{\"level\":\"info\",\"msg\":\"q\\\"uo\\te\\\\ \\u0007 ü \\u003c\\u003e\\u0026\","
            "\"source\":\"console\",\"time\":\"2026-01-02T15:04:05Z\"}\n");
  EXPECT_EQ(FormatJson(Record(LogLevel::kInfo, "\xff \u2028 \U0001F600 \xe2\x80", {{"a", "\n"}})),
            "{\"a\":\"\\n\",\"level\":\"info\",\"msg\":\"\\ufffd \\u2028 \U0001F600 "
            "\\ufffd\\ufffd\",\"time\":\"2026-01-02T15:04:05Z\"}\n");
}

TEST_F(LogFormat, RawIsTheMessageAlone) {
  EXPECT_EQ(FormatRaw(Record(LogLevel::kInfo, "two words", kConsole)), "two words\n");
}

TEST(ParseLogLevel, KnowsLogrusNames) {
  EXPECT_EQ(ParseLogLevel("warning").value(), LogLevel::kWarning);
  EXPECT_EQ(ParseLogLevel("WARN").value(), LogLevel::kWarning);
  EXPECT_EQ(ParseLogLevel("panic").value(), LogLevel::kError);
  EXPECT_EQ(ParseLogLevel("foo").error().message, "unknown log level foo");
}

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
    logger->Warn("w", kConsole);
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
