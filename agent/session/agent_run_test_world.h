// What tests of a run on an agent share: a controller's messages, a link that keeps what is sent,
// and a clock that goes on when it is told to. The VUs are real, and live in real time.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "agent/session/agent_run.h"
#include "agent/vu/engine_for_tests.h"
#include "common/metrics/delta.h"
#include "common/plan/options.h"

namespace loadctl::session {

using namespace std::chrono_literals;

/// Begins at the present, so that VUs find that what it starts has begun.
class TestClock final : public Clock {
 public:
  explicit TestClock(vu::Loop& loop) : loop_(loop) {}
  [[nodiscard]] vu::TimePoint Now() const override { return now_; }
  void Arm(vu::Timer& timer, vu::TimePoint due) override { due_[&timer] = due; }
  void Disarm(vu::Timer& timer) override {
    due_.erase(&timer);
    loop_.Disarm(timer);
  }

  /// Calls what is due meanwhile, in order, each at its instant.
  void Advance(std::chrono::nanoseconds by) {
    const vu::TimePoint until = now_ + by;
    for (;;) {
      const auto next =
          std::min_element(due_.begin(), due_.end(),
                           [](const auto& a, const auto& b) { return a.second < b.second; });
      if (next == due_.end() || next->second > until) break;
      now_ = std::max(now_, next->second);
      vu::Timer* const timer = next->first;
      due_.erase(next);
      loop_.Arm(*timer, std::chrono::steady_clock::now());
      bool fired = false;
      vu::Timer behind([&fired] { fired = true; });
      loop_.Arm(behind, std::chrono::steady_clock::now());
      loop_.RunUntil([&fired] { return fired; });
    }
    now_ = until;
  }

 private:
  vu::Loop& loop_;
  vu::TimePoint now_ = std::chrono::steady_clock::now();
  std::map<vu::Timer*, vu::TimePoint> due_;
};

class TestLink final : public AgentLink {
 public:
  void Send(v1::FromAgent message) override { Keep(sent_, std::move(message)); }
  void Tell(v1::FromAgent message) override { Keep(told_, std::move(message)); }
  [[nodiscard]] std::size_t Backlog() const override { return backlog; }

  /// Those with this body, in order; `of`: FromAgent::kReady and the like.
  [[nodiscard]] std::vector<v1::FromAgent> Sent(v1::FromAgent::BodyCase of) const {
    return Find(sent_, of);
  }
  [[nodiscard]] std::vector<v1::FromAgent> Told(v1::FromAgent::BodyCase of) const {
    return Find(told_, of);
  }

  std::atomic<std::size_t> backlog{0};

 private:
  using Messages = std::vector<v1::FromAgent>;
  void Keep(Messages& messages, v1::FromAgent message) {
    const std::lock_guard lock(mutex_);
    messages.push_back(std::move(message));
  }
  Messages Find(const Messages& messages, v1::FromAgent::BodyCase of) const {
    const std::lock_guard lock(mutex_);
    Messages found;
    std::copy_if(messages.begin(), messages.end(), std::back_inserter(found),
                 [of](const auto& message) { return message.body_case() == of; });
    return found;
  }

  mutable std::mutex mutex_;
  Messages sent_, told_;
};

/// What scripts have noted with the module `k6/test`, of all VUs.
struct Notes {
  static Notes& All() {
    static Notes all;
    return all;
  }
  void Take(const std::string& note) {
    const std::lock_guard lock(mutex);
    lines.push_back(note);
  }
  std::size_t Count() {
    const std::lock_guard lock(mutex);
    return lines.size();
  }
  /// Sorted; and forgets them.
  std::vector<std::string> TakeSorted() {
    const std::lock_guard lock(mutex);
    std::sort(lines.begin(), lines.end());
    return std::exchange(lines, {});
  }
  std::mutex mutex;
  std::vector<std::string> lines;
};

/// Notes the numbers of the VU and of its iteration, as k6/execution would show them. Which VU
/// draws which iteration is not said: that is chance.
inline void NoteNumbers(vu::Vu& vu) {
  const auto& iteration = vu.execution().iteration_numbers();
  Notes::All().Take("VU " + std::to_string(vu.numbers().in_instance) + "/" +
                    std::to_string(vu.numbers().in_test));
  Notes::All().Take("iteration " + std::to_string(iteration.in_instance) + "/" +
                    std::to_string(iteration.in_test));
}
inline void Nap(vu::Vu& vu, std::int64_t ms) {
  vu.SleepUntil(std::chrono::steady_clock::now() + std::chrono::milliseconds(ms));
}

/// One run on one agent, and its controller.
class AgentWorld {
 public:
  /// `segments` of `parts` equal ones are the agent's, from 1.
  AgentWorld(const std::string& script, plan::ExecutorConfig executor,
             std::vector<std::uint32_t> segments = {1}, std::size_t parts = 1) {
    vu::StartEngineForTests();
    Notes::All().TakeSorted();
    bundle_.Add("file:///test.js", script);
    plan::Options options;
    plan::Scenario scenario;
    scenario.name = "default";
    scenario.executor = std::move(executor);
    scenario.graceful_stop = 0s;
    options.scenarios.push_back(scenario);
    prepare.set_run_id("0123456789ab");
    prepare.set_main_url("file:///test.js");
    prepare.set_bundle_hash(bundle_.Hash());
    prepare.set_workers(2);
    prepare.set_agents(1);
    prepare.set_options_json(plan::OptionsToJson(options));
    for (const auto segment : segments)
      *prepare.add_assignments() = wire::WriteAssignment(segment, plan::EqualSequence(parts));
    std::vector<vu::ModuleDef> modules;
    modules.push_back({"k6/globals", "", {}});
    modules.push_back({"k6/test",
                       "export { noteNumbers, nap } from 'loadctl:k6/test';",
                       {js::Native<&NoteNumbers>("noteNumbers"), js::Native<&Nap>("nap")}});
    run = std::make_unique<AgentRun>(
        AgentRun::Parts{loop, clock, link, std::move(modules), 7, [this] { ++finished; }});
  }
  ~AgentWorld() {
    v1::ToAgent stop;
    stop.mutable_stop();
    run->Handle(stop);
    if (started_) Await(v1::FromAgent::kRunDone);
  }

  void Handle(const v1::ToAgent& message) { run->Handle(message); }

  /// Up to Ready, which it gives.
  v1::Ready Prepare() {
    v1::ToAgent message;
    *message.mutable_prepare() = prepare;
    Handle(message);
    // An agent that cannot run what it was told wants nothing more.
    if (link.Sent(v1::FromAgent::kBundleWanted).empty())
      return Await(v1::FromAgent::kReady).ready();
    EXPECT_EQ(link.Sent(v1::FromAgent::kBundleWanted).size(), 1u);
    message.mutable_bundle_chunk()->set_data(bundle_.Pack());
    message.mutable_bundle_chunk()->set_last(true);
    Handle(message);
    return Await(v1::FromAgent::kReady).ready();
  }
  void Begin() {
    v1::ToAgent message;
    message.mutable_begin()->set_agent_ns(clock.Now().time_since_epoch().count());
    Handle(message);
  }
  void Start() {
    v1::ToAgent message;
    message.mutable_start()->set_agent_ns(clock.Now().time_since_epoch().count());
    Handle(message);
    started_ = true;
    clock.Advance(0s);  // what is launched a little before the start
  }
  /// From Prepare to Start, all of which succeed.
  void Go() {
    const auto ready = Prepare();
    ASSERT_FALSE(ready.has_failure()) << ready.failure().message();
    Begin();
    Start();
  }
  void Stop() {
    v1::ToAgent message;
    message.mutable_stop();
    Handle(message);
  }
  v1::CallDone Call(v1::Call::Function function, std::chrono::nanoseconds timeout = 10s) {
    const std::size_t before = link.Sent(v1::FromAgent::kCallDone).size();
    v1::ToAgent message;
    message.mutable_call()->set_function(function);
    message.mutable_call()->set_argument_json("{}");
    message.mutable_call()->set_timeout_ns(timeout.count());
    Handle(message);
    return Await(v1::FromAgent::kCallDone, before + 1).call_done();
  }
  v1::Flushed Flush() {
    v1::ToAgent message;
    message.mutable_flush();
    Handle(message);
    return Await(v1::FromAgent::kFlushed).flushed();
  }

  /// Runs the agent until it has sent so many of these; gives the last.
  v1::FromAgent Await(v1::FromAgent::BodyCase of, std::size_t count = 1) {
    RunUntil([&] { return link.Sent(of).size() >= count; });
    const auto sent = link.Sent(of);
    return sent.empty() ? v1::FromAgent() : sent.back();
  }
  void RunUntil(const std::function<bool()>& done) {
    // Looked at again now and then: what it asks for may come from other threads.
    bool late = false;
    const auto end = std::chrono::steady_clock::now() + 60s;
    vu::Timer look([&] {
      late = std::chrono::steady_clock::now() > end;
      loop.Arm(look, std::chrono::steady_clock::now() + 5ms);
    });
    loop.Arm(look, std::chrono::steady_clock::now() + 5ms);
    loop.RunUntil([&] { return late || done(); });
    loop.Disarm(look);
    EXPECT_FALSE(late) << "what the test waits for does not happen";
  }

  struct Told {
    std::uint32_t assignment = 0;
    metrics::Delta delta;
    /// Of a counter of k6's: what was counted.
    [[nodiscard]] double Count(const std::string& metric) const {
      for (const auto& series : delta.series)
        if (series.metric == metric && series.suffix.empty())
          return std::get<metrics::CounterSink>(series.sink).sum();
      return 0;
    }
  };
  /// All deltas so far.
  [[nodiscard]] std::vector<Told> Deltas() const {
    const auto known = wire::ToldMetrics(prepare);
    std::vector<Told> deltas;
    for (const auto& message : link.Sent(v1::FromAgent::kDelta)) {
      auto delta = metrics::DecodeDelta(message.delta().encoded(), &*known);
      EXPECT_TRUE(delta) << delta.error().message;
      if (delta) deltas.push_back({message.delta().assignment(), std::move(*delta)});
    }
    return deltas;
  }

  vu::Loop loop;
  TestClock clock{loop};
  TestLink link;
  int finished = 0;
  v1::Prepare prepare;  ///< to be changed before Prepare()
  std::unique_ptr<AgentRun> run;

 private:
  bundle::Bundle bundle_;
  bool started_ = false;
};

}  // namespace loadctl::session
