#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "agent/vu/clock.h"
#include "agent/vu/vu.h"
#include "common/plan/options.h"

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

  void DeleteTag(js::Call& call) { vu_.DeleteTag(call.String(0)); }

  void TagList(js::Call& call) {
    // What a sample taken now would carry besides its own: later ones win.
    const loadctl::metrics::SampleTags now = vu_.Tags({}, nullptr);
    TagMap tags;
    if (now.run_tags != nullptr) tags = *now.run_tags;
    if (now.scenario_tags != nullptr) {
      for (const auto& [name, value] : *now.scenario_tags) tags[name] = value;
    }
    if (now.scenario && Wanted("scenario")) tags["scenario"] = *now.scenario;
    if (now.group && Wanted("group") && vu_.phase() != vu::Phase::kSummary)
      tags["group"] = *now.group;
    for (const auto& [name, value] : vu_.vu_tags()) tags[name] = value;
    call.ReturnStrings(Flat(tags));
  }

  // A later value of the same name wins; what belongs to another scenario is gone.
  void SetMetadata(js::Call& call) { Metadata()[call.String(0)] = call.String(1); }
  void DeleteMetadata(js::Call& call) { Metadata().erase(call.String(0)); }
  void MetadataList(js::Call& call) { call.ReturnStrings(Flat(Metadata())); }

  void TestOptions(js::Call& call) {
    call.ReturnJson(plan::ShownOptions(vu_.program().options, plan::OptionsView::kExecution));
  }

  void Abort(js::Call& call) { vu_.AbortTest(call.String(0)); }

  void Fail(js::Call& call) {
    const std::string message = call.String(0);
    vu_.Log(vu::LogLevel::kError,
            "test marked as failed" + (message.empty() ? "" : ": " + message));
    vu_.program().fail_test(message);
  }

 private:
  using TagMap = loadctl::metrics::TagMap;

  static std::vector<std::string> Flat(const TagMap& map) {
    std::vector<std::string> flat;
    for (const auto& [name, value] : map) {
      flat.push_back(name);
      flat.push_back(value);
    }
    return flat;
  }

  [[nodiscard]] bool Wanted(const char* system_tag) const {
    return vu_.program().options.system_tags.contains(system_tag);
  }

  /// What samples are annotated with but not told apart by. No output takes it yet; a script finds
  /// what it put there, for as long as its scenario lasts.
  TagMap& Metadata() {
    const auto* scenario = vu_.scenario();
    if (std::exchange(metadata_of_, scenario) != scenario) {
      metadata_.clear();
      metadata_iteration_ = -1;
    }
    if (scenario != nullptr &&
        std::exchange(metadata_iteration_, vu_.iteration()) != vu_.iteration()) {
      if (Wanted("iter")) metadata_["iter"] = std::to_string(vu_.iteration());
      if (Wanted("vu")) metadata_.try_emplace("vu", std::to_string(vu_.numbers().in_test));
    }
    return metadata_;
  }

  vu::Vu& vu_;
  TagMap metadata_;
  const vu::ScenarioInfo* metadata_of_ = nullptr;
  std::int64_t metadata_iteration_ = -1;
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
              js::Native<&Execution::SetMetadata>("setMetadata"),
              js::Native<&Execution::DeleteMetadata>("deleteMetadata"),
              js::Native<&Execution::MetadataList>("metadataList"),
              js::Native<&Execution::TestOptions>("testOptions"),
              js::Native<&Execution::Abort>("abort"),
              js::Native<&Execution::Fail>("fail"),
          },
          [](vu::Vu& vu) -> std::shared_ptr<void> { return std::make_shared<Execution>(vu); }};
}

}  // namespace loadctl::modules::execution
