#include "controller/run/agent_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace loadctl::controller {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

plan::Options OneScenario() {
  plan::Options options;
  options.scenarios.emplace_back().name = "default";
  return options;
}

const plan::Options kOptions = OneScenario();

template <typename Message, typename Fill>
Message Make(Fill fill) {
  Message message;
  fill(message);
  return message;
}
template <typename Fill>
v1::FromAgent Said(Fill fill) {
  return Make<v1::FromAgent>(fill);
}

const auto kDelta = Said([](auto& m) { m.mutable_delta()->set_encoded("x"); });
const auto kWanted = Said([](auto& m) { m.mutable_bundle_wanted(); });
const auto kReady = Said([](auto& m) { m.mutable_ready()->set_vus(1); });
const auto kRunDone =
    Said([](auto& m) { m.mutable_run_done()->add_scenarios()->set_name("default"); });
const auto kFlushed = Said([](auto& m) { m.mutable_flushed()->set_deltas(1); });
const auto kSetupDone = Said([](auto& m) { m.mutable_call_done()->set_function(v1::Call::SETUP); });

struct Agent {
  AgentProtocol protocol{1, 1};

  template <typename Fill>
  void Told(Fill fill) {
    protocol.Told(Make<v1::ToAgent>(fill));
  }
  std::string Says(const v1::FromAgent& message) { return protocol.WhyWrong(message, kOptions); }
};

Agent Prepared() {
  Agent agent;
  agent.Told([](auto& m) { m.mutable_prepare(); });
  return agent;
}

TEST(AgentProtocol, AWholeRunIsSaid) {
  Agent agent = Prepared();
  EXPECT_THAT(agent.Says(kWanted), IsEmpty());
  EXPECT_THAT(agent.Says(kReady), IsEmpty());
  agent.Told([](auto& m) { m.mutable_begin(); });
  EXPECT_THAT(agent.Says(kDelta), IsEmpty());
  agent.Told([](auto& m) { m.mutable_call()->set_function(v1::Call::SETUP); });
  EXPECT_THAT(agent.Says(kSetupDone), IsEmpty());
  agent.Told([](auto& m) { m.mutable_start(); });
  agent.Told([](auto& m) { m.mutable_pause()->set_serial(1); });
  EXPECT_THAT(agent.Says(Said([](auto& m) { m.mutable_controlled()->set_serial(1); })), IsEmpty());
  EXPECT_THAT(agent.Says(Said([](auto& m) { m.mutable_test_stopped()->set_abort(true); })),
              IsEmpty());
  EXPECT_THAT(agent.Says(Said([](auto& m) { m.mutable_test_stopped(); })), IsEmpty());
  EXPECT_THAT(agent.Says(kRunDone), IsEmpty());
  EXPECT_THAT(agent.Says(kDelta), IsEmpty());
  agent.Told([](auto& m) { m.mutable_flush(); });
  EXPECT_THAT(agent.Says(kDelta), IsEmpty());
  EXPECT_THAT(agent.Says(kFlushed), IsEmpty());
  agent.Told([](auto& m) { m.mutable_call()->set_function(v1::Call::HANDLE_SUMMARY); });
  EXPECT_THAT(agent.Says(Said(
                  [](auto& m) { m.mutable_call_done()->set_function(v1::Call::HANDLE_SUMMARY); })),
              IsEmpty());
}

TEST(AgentProtocol, NothingIsSaidUnasked) {
  EXPECT_THAT(Agent().Says(kReady), HasSubstr("unasked"));
  EXPECT_THAT(Agent().Says(Said([](auto& m) { m.mutable_logs(); })), HasSubstr("unasked"));
  for (const auto* message : {&kDelta, &kRunDone, &kFlushed, &kSetupDone})
    EXPECT_THAT(Prepared().Says(*message), HasSubstr("unasked")) << message->ShortDebugString();
  EXPECT_THAT(Prepared().Says({}), HasSubstr("unasked"));
  EXPECT_THAT(Prepared().Says(Said([](auto& m) { m.mutable_controlled(); })), HasSubstr("unasked"));
}

TEST(AgentProtocol, SamplesAreForThoseWhoAskedForThem) {
  const auto samples = Said([](auto& m) { m.set_samples("x"); });
  for (const bool asked : {false, true}) {
    Agent agent;
    agent.Told([&](auto& m) { m.mutable_prepare()->set_samples(asked); });
    Agent early = agent;
    EXPECT_THAT(early.Says(samples), HasSubstr("unasked"));
    agent.Told([](auto& m) { m.mutable_begin(); });
    EXPECT_EQ(agent.Says(samples).empty(), asked);
  }
}

TEST(AgentProtocol, NothingIsSaidTwice) {
  Agent agent = Prepared();
  agent.Told([](auto& m) { m.mutable_start(); });
  agent.Told([](auto& m) { m.mutable_flush(); });
  agent.Told([](auto& m) { m.mutable_call()->set_function(v1::Call::SETUP); });
  for (const auto* message : {&kWanted, &kReady, &kRunDone, &kFlushed, &kSetupDone}) {
    Agent one = agent;
    EXPECT_THAT(one.Says(*message), IsEmpty());
    EXPECT_NE(one.Says(*message), "") << message->ShortDebugString();
  }
}

TEST(AgentProtocol, WhatFunctionsReturnIsJson) {
  Agent agent = Prepared();
  agent.Told([](auto& m) { m.mutable_call()->set_function(v1::Call::SETUP); });
  const auto returns = [&](const std::string& json) {
    Agent one = agent;
    return one.Says(Said([&](auto& m) {
      m.mutable_call_done()->set_has_result(true);
      m.mutable_call_done()->set_result_json(json);
    }));
  };
  EXPECT_THAT(returns("{\"a\": [1, null]}"), IsEmpty());
  for (const std::string json : {"", "{", "1 2", "nul"}) EXPECT_NE(returns(json), "") << json;
  EXPECT_NE(returns(std::string(100000, '[')), "");
}

TEST(AgentProtocol, WhoWasWrongStaysWrong) {
  Agent agent = Prepared();
  const std::string why = agent.Says(kDelta);
  EXPECT_NE(why, "");
  EXPECT_EQ(agent.Says(kReady), why);
}

TEST(AgentProtocol, NumbersAreInRange) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t count : {std::int64_t{-1}, kMost}) {
    EXPECT_NE(Prepared().Says(Said([&](auto& m) { m.mutable_progress()->set_active_vus(count); })),
              "");
    EXPECT_NE(Prepared().Says(Said([&](auto& m) {
      auto* part = m.mutable_progress()->add_scenarios();
      part->set_name("default");
      part->set_complete(count);
    })),
              "");
  }
  EXPECT_NE(Prepared().Says(
                Said([](auto& m) { m.mutable_progress()->add_scenarios()->set_name("another"); })),
            "");
  for (const std::uint64_t vus : {0ull, 2ull, ~0ull}) {
    EXPECT_THAT(Prepared().Says(Said([&](auto& m) { m.mutable_ready()->set_vus(vus); })),
                HasSubstr("was to make 1"));
  }
  EXPECT_NE(Prepared().Says(Said([](auto& m) {
    for (int i = 0; i <= AgentProtocol::kMostLines; ++i) m.mutable_logs()->add_lines();
  })),
            "");
  Agent agent = Prepared();
  agent.Told([](auto& m) { m.mutable_flush(); });
  EXPECT_NE(agent.Says(Said([](auto& m) {
    m.mutable_flushed()->mutable_health()->mutable_loop_lag()->set_max_ns(-1);
  })),
            "");
}

TEST(AgentProtocol, AnImpossibleHealthIsOfNoAgent) {
  const auto says = [](auto set) {
    Agent agent = Prepared();
    agent.Told([](auto& m) { m.mutable_begin(); });
    return agent.Says(Said([&](auto& m) { set(*m.mutable_delta()->mutable_health()); }));
  };
  EXPECT_EQ(says([](auto& health) {
              health.mutable_cpu()->set_wall_ns(2'000'000'000);
              health.mutable_cpu()->set_used_ns(1'900'000'000);
              health.mutable_loop_lag()->set_max_ns(3'000'000);
              health.set_heap_bytes(5 << 20);
            }),
            "");
  for (const std::int64_t odd : {std::int64_t{-1}, INT64_MIN, INT64_MAX}) {
    EXPECT_NE(says([&](auto& health) { health.mutable_cpu()->set_used_ns(odd); }), "") << odd;
    EXPECT_NE(says([&](auto& health) { health.mutable_cpu()->set_stalled_ns(odd); }), "") << odd;
    EXPECT_NE(says([&](auto& health) { health.mutable_loop_lag()->set_p99_ns(odd); }), "") << odd;
    EXPECT_NE(says([&](auto& health) { health.set_heap_bytes(odd); }), "") << odd;
    EXPECT_NE(says([&](auto& health) { health.set_memory_bytes(odd); }), "") << odd;
  }
}

TEST(AgentProtocol, ACpuProfileComesWithTheLastFiguresWhereItWasAskedFor) {
  const auto part = [](std::size_t size, bool last) {
    return Said([&](auto& m) {
      m.mutable_cpu_profile()->set_part(std::string(size, 'x'));
      m.mutable_cpu_profile()->set_last(last);
    });
  };
  const auto flushing = [](bool asked) {
    Agent agent;
    agent.Told([&](auto& m) { m.mutable_prepare()->set_cpu_profile(asked); });
    agent.Told([](auto& m) { m.mutable_begin(); });
    agent.Told([](auto& m) { m.mutable_flush(); });
    return agent;
  };
  EXPECT_THAT(flushing(false).Says(part(1, true)), HasSubstr("unasked"));
  Agent agent = flushing(true);
  EXPECT_THAT(agent.Says(part(1, false)), IsEmpty());
  EXPECT_THAT(agent.Says(part(1, true)), IsEmpty());
  EXPECT_THAT(agent.Says(part(1, true)), HasSubstr("unasked")) << "the last one has come";
  Agent greedy = flushing(true);
  for (int i = 0; i < 64; ++i) EXPECT_THAT(greedy.Says(part(1 << 20, false)), IsEmpty()) << i;
  EXPECT_THAT(greedy.Says(part(1, false)), HasSubstr("too large"));
}

TEST(AgentProtocol, ADebuggerIsSpokenToWhereThereIsOne) {
  const auto said = Said([](auto& m) { m.mutable_debugger()->set_text("{}"); });
  EXPECT_THAT(Prepared().Says(said), HasSubstr("unasked"));
  Agent agent;
  agent.Told([](auto& m) { m.mutable_prepare()->mutable_debugging(); });
  EXPECT_THAT(agent.Says(said), IsEmpty());
}

}  // namespace
}  // namespace loadctl::controller
