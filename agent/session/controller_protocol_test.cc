#include "agent/session/controller_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace loadctl::session {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

const ControllerProtocol::TimePoint kNow(1000h);

template <typename Fill>
v1::ToAgent Make(Fill fill) {
  v1::ToAgent message;
  fill(message);
  return message;
}

std::int64_t After(std::chrono::nanoseconds time) {
  return (kNow.time_since_epoch() + time).count();
}

const auto kPrepare = Make([](auto& m) { m.mutable_prepare(); });
const auto kChunk = Make([](auto& m) { m.mutable_bundle_chunk()->set_data("x"); });
const auto kBegin = Make([](auto& m) { m.mutable_begin()->set_agent_ns(After(0s)); });
const auto kCall = Make([](auto& m) { m.mutable_call(); });
const auto kStart = Make([](auto& m) { m.mutable_start()->set_agent_ns(After(1s)); });
const auto kPause = Make([](auto& m) { m.mutable_pause()->set_agent_ns(After(1s)); });
const auto kFlush = Make([](auto& m) { m.mutable_flush(); });

TEST(ControllerProtocol, AWholeRunIsAsked) {
  ControllerProtocol protocol;
  EXPECT_THAT(protocol.WhyWrong(kPrepare, kNow), IsEmpty());
  protocol.WantsBundle();
  EXPECT_THAT(protocol.WhyWrong(kChunk, kNow), IsEmpty());
  EXPECT_THAT(
      protocol.WhyWrong(Make([](auto& m) { m.mutable_bundle_chunk()->set_last(true); }), kNow),
      IsEmpty());
  protocol.IsReady();
  for (const auto* message : {&kBegin, &kCall, &kStart, &kPause, &kCall, &kFlush, &kCall})
    EXPECT_THAT(protocol.WhyWrong(*message, kNow), IsEmpty()) << message->ShortDebugString();
}

TEST(ControllerProtocol, NothingIsAskedBeforeTheVusAreReady) {
  for (const auto* message : {&kBegin, &kCall, &kStart, &kPause, &kFlush})
    EXPECT_NE(ControllerProtocol().WhyWrong(*message, kNow), "") << message->ShortDebugString();
  EXPECT_THAT(ControllerProtocol().WhyWrong(Make([](auto& m) { m.mutable_stop(); }), kNow),
              IsEmpty());
  ControllerProtocol ready;
  ready.IsReady();
  EXPECT_NE(ready.WhyWrong(kPause, kNow), "");  // there is no clock yet
}

TEST(ControllerProtocol, WhatComesOnceComesOnce) {
  ControllerProtocol protocol;
  protocol.IsReady();
  EXPECT_THAT(protocol.WhyWrong(kBegin, kNow), IsEmpty());
  for (const auto* message : {&kPrepare, &kStart, &kFlush}) {
    EXPECT_THAT(protocol.WhyWrong(*message, kNow), IsEmpty());
    EXPECT_THAT(protocol.WhyWrong(*message, kNow), HasSubstr("twice"));
  }
}

TEST(ControllerProtocol, BundlesAreWantedAndEnd) {
  EXPECT_THAT(ControllerProtocol().WhyWrong(kChunk, kNow), HasSubstr("nobody wants"));
  ControllerProtocol protocol;
  protocol.WantsBundle();
  EXPECT_THAT(
      protocol.WhyWrong(Make([](auto& m) { m.mutable_bundle_chunk()->set_last(true); }), kNow),
      IsEmpty());
  EXPECT_THAT(protocol.WhyWrong(kChunk, kNow), HasSubstr("nobody wants"));
}

TEST(ControllerProtocol, InstantsAreNear) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t at : {After(25h), After(-25h), kMost, -kMost, std::int64_t{0}}) {
    ControllerProtocol protocol;
    protocol.IsReady();
    EXPECT_THAT(
        protocol.WhyWrong(Make([&](auto& m) { m.mutable_begin()->set_agent_ns(at); }), kNow),
        HasSubstr("instant"));
    EXPECT_THAT(
        protocol.WhyWrong(Make([&](auto& m) { m.mutable_start()->set_agent_ns(at); }), kNow),
        HasSubstr("instant"));
  }
}

TEST(ControllerProtocol, ScalingIsInRange) {
  ControllerProtocol protocol;
  protocol.IsReady();
  const auto scale = [&](std::int64_t vus, std::int64_t most) {
    return protocol.WhyWrong(Make([&](auto& m) {
                               m.mutable_scale()->set_vus(vus);
                               m.mutable_scale()->set_max_vus(most);
                             }),
                             kNow);
  };
  EXPECT_THAT(scale(1, 5), IsEmpty());
  EXPECT_NE(scale(-1, 5), "");
  EXPECT_NE(scale(6, 5), "");
  EXPECT_NE(scale(1, std::numeric_limits<std::int64_t>::max()), "");
}

}  // namespace
}  // namespace loadctl::session
