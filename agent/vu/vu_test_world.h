// What tests of VUs share: a world of one loop, without a network, and the module `k6/test`.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/js/engine.h"
#include "agent/js/realm.h"
#include "agent/vu/engine_for_tests.h"
#include "agent/vu/vu.h"

namespace loadctl::vu {

using namespace std::chrono_literals;

/// What the test's own module `k6/test` offers to scripts.
class TestModule {
 public:
  explicit TestModule(Vu& vu) : vu_(vu) {}
  std::int64_t Pause() {    // suspends once; a number comes back
    vu_.parker().Unpark();  // leaves a token, so that Park() below needs a second one
    vu_.parker().Park();
    vu_.loop().Post([this] { vu_.parker().Unpark(); });
    vu_.parker().Park();
    return vu_.numbers().in_test;
  }
  void Hang() {  // suspends until it is cut
    while (!vu_.interrupted()) vu_.parker().Park();
  }
  void Nap(std::int64_t ms) {
    vu_.SleepUntil(std::chrono::steady_clock::now() + std::chrono::milliseconds(ms));
  }
  void OnTimer(js::Function function) {
    dispatcher_ = vu_.events().AddDispatcher(std::move(function.kept));
  }
  void Start(double id) { vu_.events().StartTimer(dispatcher_, id, 1ms); }
  void StartNamed(double id) { vu_.events().StartTimer(dispatcher_, id, 1h, "setTimeout"); }

 private:
  Vu& vu_;
  int dispatcher_ = -1;
};

struct World {
  explicit World(std::string script) : text(std::move(script)) {
    StartEngineForTests();
    program.main_url = "file:///test.js";
    program.load_file = [this](const std::string& url) -> Result<std::string_view> {
      if (url == "file:///test.js") return std::string_view(text);
      if (const auto file = files.find(url); file != files.end())
        return std::string_view(file->second);
      return Fail(ErrorCode::kScript, "no file \"" + url + "\"");
    };
    program.sources = js::PlainSources(program.load_file);
    program.code = &code;
    program.modules.push_back({"k6/globals", "", {}});
    program.modules.push_back(
        {"k6/test",
         "export { pause, hang, nap, start, startNamed, onTimer } from 'loadctl:k6/test';",
         {js::Native<&TestModule::Pause>("pause"), js::Native<&TestModule::Hang>("hang"),
          js::Native<&TestModule::Nap>("nap"), js::Native<&TestModule::Start>("start"),
          js::Native<&TestModule::StartNamed>("startNamed"),
          js::Native<&TestModule::OnTimer>("onTimer")}});
    program.log = [this](const LogLine& line) { log.push_back(line.message); };
    scenario = std::make_shared<ScenarioInfo>();
    scenario->name = "default";
    scenario->exec = "default";
  }
  ~World() {
    for (auto& vu : vus) vu->End();
    loop.RunUntil([this] {
      for (auto& vu : vus)
        if (vu->state() != Vu::State::kEnded && vu->state() != Vu::State::kNew) {
          loop.Post([] {});
          return false;
        }
      return true;
    });
  }

  Vu& Make(int per_group = 1) {
    if (vus.size() % static_cast<std::size_t>(per_group) == 0) {
      MakeSnapshotForTests(program);
      group = std::make_shared<Group>(
          limits, per_group > 1 ? Sharing::kSeveralVus : Sharing::kOneVu, program.snapshot);
    }
    const auto number = static_cast<std::int64_t>(vus.size()) + 1;
    vus.push_back(std::make_unique<Vu>(plan::VuNumbers{number, number}, group, program, loop));
    return *vus.back();
  }

  Vu& Ready(int per_group = 1) {
    Vu& vu = Make(per_group);
    auto made = vu.Init(TimePoint::max());
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    if (made) vu.MoveTo(loop, recorder, nullptr, stats);
    return vu;
  }

  WorkResult Iterate(Vu& vu, TimePoint deadline = TimePoint::max()) {
    WorkResult result;
    bool done = false;
    vu.Assign(
        [&](Vu& self) {
          self.EnterScenario(scenario, nullptr);
          result = self.RunIteration({});
        },
        deadline, [&] { done = true; });
    loop.RunUntil([&] { return done; });
    return result;
  }

  std::string text;
  std::map<std::string, std::string> files;  ///< others than the script, by URL
  js::HeapLimits limits;
  Loop loop;
  js::CodeCache code;
  Program program;
  metrics::Recorder recorder{program.metrics, 0};
  WorkerStats stats;
  std::shared_ptr<ScenarioInfo> scenario;
  std::shared_ptr<Group> group;
  std::vector<std::unique_ptr<Vu>> vus;
  std::vector<std::string> log;
};

}  // namespace loadctl::vu
