#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "agent/vu/clock.h"
#include "agent/vu/vu.h"

namespace loadctl::modules::execution {
namespace {

std::string Array(const std::vector<double>& numbers) {
  std::string json = "[";
  for (const double number : numbers) {
    if (json.size() > 1) json += ',';
    char text[32];
    std::snprintf(text, sizeof text, "%.17g", number);
    json += text;
  }
  return json + "]";
}

class Execution {
 public:
  explicit Execution(vu::Vu& vu) : vu_(vu) {}

  void GoError(js::Call& call) { call.Throw(call.String(0)); }
  void TypeError(js::Call& call) { call.ThrowTypeError(call.String(0)); }
  void Phase(js::Call& call) { call.Return(static_cast<int>(vu_.phase())); }

  // → [ms since the start, complete, interrupted, active VUs, initialized VUs]
  void InstanceNumbers(js::Call& call) {
    auto& program = vu_.program();
    double complete = 0, interrupted = 0, active = 0;
    for (const auto* stats : program.stats) {
      complete += static_cast<double>(stats->complete.load());
      interrupted += static_cast<double>(stats->interrupted.load());
      active += static_cast<double>(stats->active.load());
    }
    const std::int64_t start = program.run_start_ns.load();
    const double ms = start == 0 ? 0 : static_cast<double>(vu::SteadyNow() - start) / 1e6;
    call.ReturnJson(Array(
        {ms, complete, interrupted, active, static_cast<double>(program.vus_initialized.load())}));
  }

  void ScenarioText(js::Call& call) {
    const auto* scenario = vu_.scenario();
    call.ReturnStrings({scenario->name, scenario->executor});
  }

  void ScenarioNumbers(js::Call& call) {
    const auto* scenario = vu_.scenario();
    const auto& numbers = vu_.iteration_numbers();
    call.ReturnJson(
        Array({static_cast<double>(scenario->start_unix_ms),
               scenario->progress ? scenario->progress() : 0,
               static_cast<double>(numbers.in_instance), static_cast<double>(numbers.in_test)}));
  }

  void VuNumbers(js::Call& call) {
    call.ReturnJson(Array({static_cast<double>(vu_.numbers().in_instance),
                           static_cast<double>(vu_.numbers().in_test),
                           static_cast<double>(std::max<std::int64_t>(vu_.iteration(), 0)),
                           static_cast<double>(vu_.scenario_iteration())}));
  }

  void SetTag(js::Call& call) {
    const std::string key = call.String(0);
    for (auto& [name, value] : vu_.vu_tags()) {
      if (name == key) {
        value = call.String(1);
        return;
      }
    }
    vu_.vu_tags().emplace_back(key, call.String(1));
  }

  void DeleteTag(js::Call& call) {
    const std::string key = call.String(0);
    std::erase_if(vu_.vu_tags(), [&](const auto& tag) { return tag.first == key; });
  }

  void TagList(js::Call& call) {
    // What a sample taken now would carry besides its own: later ones win.
    std::map<std::string, std::string> tags(vu_.program().options.tags.begin(),
                                            vu_.program().options.tags.end());
    if (const auto* scenario = vu_.scenario()) {
      for (const auto& [name, value] : scenario->tags) tags[name] = value;
      tags["scenario"] = scenario->name;
    }
    tags["group"] = vu_.group();
    for (const auto& [name, value] : vu_.vu_tags()) tags[name] = value;
    std::vector<std::string> flat;
    for (const auto& [name, value] : tags) {
      flat.push_back(name);
      flat.push_back(value);
    }
    call.ReturnStrings(flat);
  }

  void Abort(js::Call& call) { vu_.AbortTest(call.String(0)); }

  void Fail(js::Call& call) {
    const std::string message = call.String(0);
    vu_.Log(vu::LogLevel::kError,
            "test marked as failed" + (message.empty() ? "" : ": " + message));
    vu_.program().fail_test(message);
  }

 private:
  vu::Vu& vu_;
};

}  // namespace

vu::ModuleDef Describe() {
  return {"k6/execution",
          faces::kExecution,
          {
              js::Native<&Execution::GoError>("goError"),
              js::Native<&Execution::TypeError>("typeError"),
              js::Native<&Execution::Phase>("phase"),
              js::Native<&Execution::InstanceNumbers>("instanceNumbers"),
              js::Native<&Execution::ScenarioText>("scenarioText"),
              js::Native<&Execution::ScenarioNumbers>("scenarioNumbers"),
              js::Native<&Execution::VuNumbers>("vuNumbers"),
              js::Native<&Execution::SetTag>("setTag"),
              js::Native<&Execution::DeleteTag>("deleteTag"),
              js::Native<&Execution::TagList>("tagList"),
              js::Native<&Execution::Abort>("abort"),
              js::Native<&Execution::Fail>("fail"),
          },
          [](vu::Vu& vu) -> std::shared_ptr<void> { return std::make_shared<Execution>(vu); }};
}

}  // namespace loadctl::modules::execution
