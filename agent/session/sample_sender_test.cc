#include "agent/session/sample_sender.h"

#include <gtest/gtest.h>

namespace loadctl::session {
namespace {

struct World final : AgentLink {
  void Send(v1::FromAgent message) override {
    sent.push_back(message.samples());
    ++backlog;
  }
  void Tell(v1::FromAgent) override {}
  [[nodiscard]] std::size_t Backlog() const override { return backlog; }

  vu::Loop loop;
  std::vector<std::string> sent;
  std::size_t backlog = 0;
  SampleSender sender{loop, *this};
};

TEST(SampleSender, SendsInOrderAndNoMoreThanIsAcknowledged) {
  World world;
  for (int i = 0; i < 20; ++i) world.sender.queue().Push(std::to_string(i), 10);
  bool done = false;
  world.sender.Finish([&] { done = true; });
  EXPECT_EQ(world.sent.size(), 8u);
  EXPECT_FALSE(done);
  world.loop.RunUntil([&] {
    world.backlog = 0;  // acknowledged
    return done;
  });
  ASSERT_EQ(world.sent.size(), 21u);
  EXPECT_EQ(world.sent.back(), metrics::EndOfSamples(200, 0));
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(world.sent[static_cast<std::size_t>(i)], std::to_string(i));
}

TEST(SampleSender, AsksTheWorkersForWhatTheyHave) {
  World world;
  int asked = 0;
  world.sender.Add([&] {
    if (++asked == 1) world.sender.queue().Push("late", 1);
  });
  world.sender.Start();
  world.loop.RunUntil([&] { return !world.sent.empty(); });
  EXPECT_EQ(world.sent, std::vector<std::string>{"late"});
}

TEST(SampleSender, WhatNobodyTakesIsDroppedAtTheEndAndCounted) {
  World world;
  world.backlog = 1000;
  world.sender.queue().Push("x", 7);
  world.sender.NoteDropped(5);
  bool done = false;
  world.sender.Finish([&] { done = true; });
  world.loop.RunUntil([&] { return done; });
  EXPECT_EQ(world.sent, std::vector<std::string>{metrics::EndOfSamples(0, 12)});
}

}  // namespace
}  // namespace loadctl::session
