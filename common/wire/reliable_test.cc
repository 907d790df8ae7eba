#include "common/wire/reliable.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace loadctl::wire {
namespace {

struct Message {
  std::uint64_t number_ = 0;
  int value = 0;
  void set_number(std::uint64_t number) { number_ = number; }
  [[nodiscard]] std::uint64_t number() const { return number_; }
};

// A stream that loses what is under way at random cuts: everything still arrives once, in order.
TEST(Reliable, CutsAtRandomLoseAndRepeatNothing) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  Outbox<Message> out;
  Inbox in;
  std::vector<int> taken;
  std::vector<Message> under_way;
  int pushed = 0;
  while (taken.size() < 2000) {
    switch (random() % 4) {
      case 0:
        if (pushed < 2000) {
          Message message;
          message.value = pushed++;
          out.Push(message);
        }
        break;
      case 1:
        if (const Message* next = out.Next()) under_way.push_back(*next);
        break;
      case 2:
        if (!under_way.empty()) {
          const auto verdict = in.Judge(under_way.front().number());
          ASSERT_NE(verdict, Inbox::Verdict::kGap);
          if (verdict == Inbox::Verdict::kTake) taken.push_back(under_way.front().value);
          under_way.erase(under_way.begin());
          if (random() % 3 == 0) out.Acknowledge(in.taken());
        }
        break;
      default:
        if (random() % 10 == 0) {  // the stream breaks; the two meet again
          under_way.clear();
          out.Restart(in.taken());
        }
    }
  }
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(taken[static_cast<std::size_t>(i)], i);
}

TEST(Reliable, AGapIsSeen) {
  Inbox in;
  EXPECT_EQ(in.Judge(1), Inbox::Verdict::kTake);
  EXPECT_EQ(in.Judge(3), Inbox::Verdict::kGap);
  EXPECT_EQ(in.Judge(1), Inbox::Verdict::kRepeat);
  EXPECT_EQ(in.Judge(0), Inbox::Verdict::kTake);
  EXPECT_EQ(in.taken(), 1u);
}

}  // namespace
}  // namespace loadctl::wire
