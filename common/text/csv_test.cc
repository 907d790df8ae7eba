#include "common/text/csv.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace loadctl::text {
namespace {

/// Rows as `a|b;c|d`, and why it ended if it was an error.
std::string Rows(std::string_view text, char delimiter = ',') {
  CsvReader reader(text, delimiter);
  std::string out;
  for (;;) {
    const auto row = reader.Next();
    if (!row) return out + "!" + row.error().message;
    if (!*row) return out;
    if (!out.empty()) out += ';';
    for (std::size_t i = 0; i < (*row)->size(); ++i) out += (i > 0 ? "|" : "") + (**row)[i];
  }
}

TEST(Csv, ReadsRowsAsGo) {
  EXPECT_EQ(Rows("a,b\n1,2\n"), "a|b;1|2");
  EXPECT_EQ(Rows("a,b\r\n1,2\r"), "a|b;1|2");
  EXPECT_EQ(Rows("a,b"), "a|b");
  EXPECT_EQ(Rows(""), "");
  EXPECT_EQ(Rows("\n\r\na\n\n"), "a");
  EXPECT_EQ(Rows("a,\n,b\n"), "a|;|b");
  EXPECT_EQ(Rows(" a , b\n"), " a | b");
  EXPECT_EQ(Rows("a;b,c\n", ';'), "a|b,c");
}

TEST(Csv, QuotesHoldWhatTheyHold) {
  EXPECT_EQ(Rows("\"a,\"\"b\"\"\",\"x\ny\"\n"), "a,\"b\"|x\ny");
  EXPECT_EQ(Rows("\"x\r\ny\",1\r\n"), "x\ny|1");
  EXPECT_EQ(Rows("\"\",\"\"\n\"\",1"), "|;|1");
}

TEST(Csv, ErrorsAreGos) {
  EXPECT_EQ(Rows("a,b\"c\n"), "!parse error on line 1, column 4: bare \" in non-quoted-field");
  EXPECT_EQ(Rows("x\n\"a\"b\n"),
            "x!parse error on line 2, column 3: extraneous or missing \" in quoted-field");
  EXPECT_EQ(Rows("\"a\nb"),
            "!record on line 1; parse error on line 2, column 2: extraneous or missing \" in "
            "quoted-field");
  EXPECT_EQ(Rows("a,b\nc\n"), "a|b!record on line 2: wrong number of fields");
}

}  // namespace
}  // namespace loadctl::text
