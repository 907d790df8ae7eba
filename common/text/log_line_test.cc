#include "common/text/log_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <string>

namespace loadctl::text {
namespace {

using ::testing::HasSubstr;

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

TEST_F(LogFormat, NamesOfFieldsDoNotReachATerminalRaw) {
  const LogFields fields = {{"a\x1b[2Jb", "\x1b[2J"}, {"\u00fc", "1"}};
  EXPECT_THAT(FormatColored(Record(LogLevel::kInfo, "m", fields)),
              HasSubstr("\"a\\x1b[2Jb\"\x1b[0m=\"\\x1b[2J\""));
  EXPECT_THAT(FormatPlain(Record(LogLevel::kInfo, "m", fields)),
              HasSubstr(" \"a\\x1b[2Jb\"=\"\\x1b[2J\" \u00fc=1"));
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

}  // namespace
}  // namespace loadctl::text
