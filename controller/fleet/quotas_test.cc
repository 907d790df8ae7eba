#include "controller/fleet/quotas.h"

#include <gtest/gtest.h>

#include <string>

namespace loadctl::fleet {
namespace {

TEST(Quotas, EachHasABoundThatItsFlagMaySay) {
  Quotas quotas;
  const auto rows = QuotaRows();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto quota = static_cast<Quota>(i);
    EXPECT_EQ(quotas.most(quota), rows[i].usual);
    for (const std::int64_t value : {rows[i].least, rows[i].most, rows[i].usual}) {
      const auto set = quotas.Set(quota, ShowQuota(rows[i], value));
      ASSERT_TRUE(set) << rows[i].key << ": " << set.error().message;
      EXPECT_EQ(quotas.most(quota), value) << rows[i].key;
    }
  }
}

TEST(Quotas, WhatIsNoneOrBeyondIsNamed) {
  Quotas quotas;
  for (const char* wrong : {"", "x", "-1", "1.5", "0", "99999999999999999999", "10 ", "5m"}) {
    const auto set = quotas.Set(Quota::kAgents, wrong);
    ASSERT_FALSE(set) << wrong;
    EXPECT_EQ(set.error().message,
              "--max-agents must be a number of 1 to 1000000, not \"" + std::string(wrong) + "\"");
  }
  EXPECT_FALSE(quotas.Set(Quota::kMessage, "2GiB"));
  EXPECT_FALSE(quotas.Set(Quota::kMessage, "9999999999999GiB"));
  EXPECT_FALSE(quotas.Set(Quota::kReadyPatience, "25h"));
  EXPECT_TRUE(quotas.Set(Quota::kMessage, "64MiB"));
  EXPECT_EQ(quotas.size(Quota::kMessage), std::size_t{64} << 20);
}

}  // namespace
}  // namespace loadctl::fleet
