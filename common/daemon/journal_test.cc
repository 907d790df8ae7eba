#include "common/daemon/journal.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace loadctl::daemon {
namespace {

text::LogRecord Line(text::LogLevel level, const std::string& message) {
  text::LogRecord record;
  record.level = level;
  record.message = message;
  return record;
}

TEST(Journal, AnEntryHasTheFieldsOfItsLine) {
  auto line = Line(text::LogLevel::kWarning, "low on memory");
  line.fields = {{"source", "console"}, {"a-b.c", "1"}};
  EXPECT_EQ(JournalEntry(line, "loadctl-agent"),
            "MESSAGE=low on memory\nPRIORITY=4\nSYSLOG_IDENTIFIER=loadctl-agent\n"
            "LOADCTL_SOURCE=console\nLOADCTL_A_B_C=1\n");
  EXPECT_NE(JournalEntry(Line(text::LogLevel::kError, "x"), "i").find("PRIORITY=3\n"),
            std::string::npos);
}

TEST(Journal, AValueOfSeveralLinesComesWithItsLength) {
  EXPECT_EQ(JournalEntry(Line(text::LogLevel::kInfo, "a\nPRIORITY=0"), "i"),
            std::string("MESSAGE\n\x0c\0\0\0\0\0\0\0a\nPRIORITY=0\nPRIORITY=6\n", 40) +
                "SYSLOG_IDENTIFIER=i\n");
}

TEST(Journal, StandardErrorIsItWhereJournalStreamSaysSo) {
  struct stat open {};
  ASSERT_EQ(fstat(STDERR_FILENO, &open), 0);
  const std::string own = std::to_string(open.st_dev) + ":" + std::to_string(open.st_ino);
  unsetenv("JOURNAL_STREAM");
  EXPECT_FALSE(StandardErrorIsJournal());
  setenv("JOURNAL_STREAM", own.c_str(), 1);
  EXPECT_TRUE(StandardErrorIsJournal());
  for (const std::string& other :
       {own + "1", "1" + own, own + "x", std::string("x"), std::string("7"), std::string("")}) {
    setenv("JOURNAL_STREAM", other.c_str(), 1);
    EXPECT_FALSE(StandardErrorIsJournal()) << other;
  }
  unsetenv("JOURNAL_STREAM");
}

}  // namespace
}  // namespace loadctl::daemon
