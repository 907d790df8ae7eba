#include "controller/cli/table.h"

#include <gtest/gtest.h>

namespace loadctl::cli {
namespace {

TEST(Table, AlignsColumns) {
  EXPECT_EQ(Table({{"NAME"}, {"N", true}, {"LAST"}}, {{"a", "1"}, {"longer", "12345", "µs"}}),
            "NAME        N  LAST\n"
            "a           1\n"
            "longer  12345  µs\n");
}

TEST(Table, ShowsNoControlCharacters) {
  EXPECT_EQ(Table({{"A"}}, {{"x\x1b[2J\ny\x7f"}}), "A\nx?[2J?y?\n");
}

}  // namespace
}  // namespace loadctl::cli
