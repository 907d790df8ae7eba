#include "agent/vu/vu_tags.h"

#include <vector>

namespace loadctl::vu {

/// What is left of the tags that the VU did not set itself, after some were deleted.
struct VuTags::Fewer {
  metrics::TagMap of_run, of_scenario;
  bool scenario = true, group = true, phase = true;
};

VuTags::VuTags(const Execution& execution, const Program& program)
    : execution_(execution),
      program_(program),
      place_(metrics::PlaceTags::Of(program.options.system_tags)) {}
VuTags::~VuTags() = default;

metrics::SampleTags VuTags::Now(std::span<const metrics::SystemTag> system,
                                const metrics::TagList* call) const {
  metrics::SampleTags tags;
  tags.system = system;
  tags.call = call;
  tags.vu = &own_;
  tags.metadata = &metadata_;
  if (place_.group && execution_.phase() != Phase::kSummary) tags.group = group_;
  const ScenarioInfo* const scenario = execution_.scenario();
  if (scenario != nullptr) {
    if (place_.scenario) tags.scenario = scenario->name;
    tags.scenario_tags = &scenario->tags;
  }
  tags.run_tags = &program_.options.tags;
  if (program_.tags_phase) [[unlikely]]
    tags.phase = PhaseTag(execution_.phase(), scenario);
  if (fewer_) {
    if (scenario != nullptr) tags.scenario_tags = &fewer_->of_scenario;
    tags.run_tags = &fewer_->of_run;
    if (!fewer_->scenario) tags.scenario.reset();
    if (!fewer_->group) tags.group.reset();
    if (!fewer_->phase) tags.phase = {};
  }
  return tags;
}

void VuTags::Delete(const std::string& name) {
  std::erase_if(own_, [&](const auto& tag) { return tag.first == name; });
  if (!fewer_) {
    fewer_ = std::make_unique<Fewer>();
    fewer_->of_run = program_.options.tags;
    if (execution_.scenario() != nullptr) fewer_->of_scenario = execution_.scenario()->tags;
  }
  fewer_->of_run.erase(name);
  fewer_->of_scenario.erase(name);
  if (name == "scenario") fewer_->scenario = false;
  if (name == "group") fewer_->group = false;
  if (name == "phase") fewer_->phase = false;
}

void VuTags::StartAnew() {
  own_.clear();
  fewer_.reset();
  metadata_.clear();
  if (place_.vu) metadata_["vu"] = std::to_string(execution_.vu().in_test);
}

}  // namespace loadctl::vu
