#include "agent/vu/vu_tags.h"

#include <vector>

namespace loadctl::vu {

/// What is left of the tags that the VU did not set itself, after some were deleted.
struct VuTags::Fewer {
  metrics::TagMap of_run, of_scenario;
  bool scenario = true, group = true;
};

VuTags::VuTags(const Execution& execution, const plan::Options& options)
    : execution_(execution),
      options_(options),
      place_(metrics::PlaceTags::Of(options.system_tags)) {}
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
  tags.run_tags = &options_.tags;
  if (fewer_) {
    if (scenario != nullptr) tags.scenario_tags = &fewer_->of_scenario;
    tags.run_tags = &fewer_->of_run;
    if (!fewer_->scenario) tags.scenario.reset();
    if (!fewer_->group) tags.group.reset();
  }
  return tags;
}

void VuTags::Delete(const std::string& name) {
  std::erase_if(own_, [&](const auto& tag) { return tag.first == name; });
  if (!fewer_) {
    fewer_ = std::make_unique<Fewer>();
    fewer_->of_run = options_.tags;
    if (execution_.scenario() != nullptr) fewer_->of_scenario = execution_.scenario()->tags;
  }
  fewer_->of_run.erase(name);
  fewer_->of_scenario.erase(name);
  if (name == "scenario") fewer_->scenario = false;
  if (name == "group") fewer_->group = false;
}

void VuTags::StartAnew() {
  own_.clear();
  fewer_.reset();
  metadata_.clear();
  if (place_.vu) metadata_["vu"] = std::to_string(execution_.vu().in_test);
}

}  // namespace loadctl::vu
