#include "agent/vu/fiber.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace loadctl::vu {
namespace {

TEST(Fiber, AlternatesWithItsCaller) {
  std::string trace;
  Fiber fiber(64 * 1024, [&] {
    trace += 'a';
    Fiber::Current()->Suspend();
    trace += 'c';
  });
  fiber.Resume();
  trace += 'b';
  EXPECT_FALSE(fiber.Done());
  fiber.Resume();
  EXPECT_TRUE(fiber.Done());
  EXPECT_EQ(trace, "abc");
}

TEST(Fiber, CurrentIsTheInnermostRunningOne) {
  EXPECT_EQ(Fiber::Current(), nullptr);
  Fiber inner(64 * 1024, [] {});
  Fiber outer(64 * 1024, [&] {
    inner.Resume();
    EXPECT_EQ(Fiber::Current(), &outer);
  });
  outer.Resume();
  EXPECT_EQ(Fiber::Current(), nullptr);
}

TEST(Fiber, GoesOnOnAnotherThread) {
  std::thread::id first, second;
  Fiber fiber(64 * 1024, [&] {
    first = std::this_thread::get_id();
    Fiber::Current()->Suspend();
    second = std::this_thread::get_id();
  });
  std::thread([&] { fiber.Resume(); }).join();
  std::thread([&] { fiber.Resume(); }).join();
  EXPECT_NE(first, std::thread::id());
  EXPECT_TRUE(fiber.Done());
}

TEST(Fiber, ExceptionsStayInside) {
  int caught = 0;
  Fiber fiber(64 * 1024, [&] {
    for (int i = 0; i < 3; ++i) {
      try {
        throw std::runtime_error("x");
      } catch (const std::runtime_error&) {
        ++caught;
      }
      Fiber::Current()->Suspend();
    }
  });
  while (!fiber.Done()) fiber.Resume();
  EXPECT_EQ(caught, 3);
}

std::ptrdiff_t Mappings() {
  std::ifstream file("/proc/self/maps");
  return std::count(std::istreambuf_iterator<char>(file), {}, '\n');
}

void ExpectOneMappingEach(std::size_t size, std::ptrdiff_t kept) {
  std::vector<std::unique_ptr<Fiber>> fibers;
  fibers.reserve(2000);
  const auto before = Mappings();
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 2000; ++i) fibers.push_back(std::make_unique<Fiber>(size, [] {}));
    EXPECT_LE(Mappings() - before, 2010);  // some for the heap
    fibers.clear();
    EXPECT_LE(Mappings() - before, kept + 10);
  }
}

TEST(Fiber, TakesOneMapping) { ExpectOneMappingEach(256 * 1024, 0); }

TEST(Fiber, KeepsSoManySmallStacks) { ExpectOneMappingEach(64 * 1024, 1024); }

TEST(Fiber, FaultsBelowItsStack) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        const Fiber above(64 * 1024, [] {});
        const Fiber fiber(64 * 1024, [] {});
        *reinterpret_cast<volatile char*>(fiber.StackLow() - 1) = 1;
      },
      "");
}

TEST(Fiber, ThousandsTakeTurns) {
  std::vector<std::unique_ptr<Fiber>> fibers;
  long turns = 0;
  for (int i = 0; i < 2000; ++i) {
    fibers.push_back(std::make_unique<Fiber>(64 * 1024, [&] {
      for (int k = 0; k < 10; ++k) {
        ++turns;
        Fiber::Current()->Suspend();
      }
    }));
  }
  for (int k = 0; k <= 10; ++k)
    for (auto& fiber : fibers) fiber->Resume();
  for (auto& fiber : fibers) EXPECT_TRUE(fiber->Done());
  EXPECT_EQ(turns, 20000);
}

}  // namespace
}  // namespace loadctl::vu
