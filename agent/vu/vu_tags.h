// The tags that a VU's samples have by where it stands and by what its script has set: group,
// scenario, exec.vu.metrics.tags and .metadata. Not for which of a sample's tags count
// (metrics/sample_tags.h). The VU's thread only.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>

#include "agent/metrics/sample_tags.h"
#include "agent/vu/execution.h"
#include "agent/vu/program.h"

namespace loadctl::vu {

class VuTags final {
 public:
  /// Both outlive it.
  VuTags(const Execution& execution, const Program& program);
  ~VuTags();
  VuTags(const VuTags&) = delete;
  VuTags& operator=(const VuTags&) = delete;

  /// Tags of a sample taken now; the references live as long as this and the arguments.
  [[nodiscard]] metrics::SampleTags Now(std::span<const metrics::SystemTag> system,
                                        const metrics::TagList* call) const;
  /// Which of the system tags of a place are on.
  [[nodiscard]] const metrics::PlaceTags& place() const { return place_; }
  [[nodiscard]] const std::string& group() const { return group_; }
  void SetGroup(std::string path) { group_ = std::move(path); }
  /// exec.vu.metrics.tags.
  [[nodiscard]] metrics::TagList& own() { return own_; }
  /// exec.vu.metrics.metadata: annotates the VU's samples until its scenario is another.
  [[nodiscard]] metrics::TagMap& metadata() { return metadata_; }
  /// Takes a tag off the VU's samples, wherever it comes from, until the scenario is another.
  void Delete(const std::string& name);

  // ---- for the VU

  /// Where iterations and phases begin: `::setup` in setup().
  void SetBaseGroup(std::string path) { group_ = base_group_ = std::move(path); }
  /// False: it was in none.
  bool LeaveGroups() {
    if (group_ == base_group_) return false;
    group_ = base_group_;
    return true;
  }
  /// The scenario is another: what was set and deleted for the one before is forgotten.
  void StartAnew();
  void NameIteration(std::int64_t iteration) {
    if (place_.iter) metadata_["iter"] = std::to_string(iteration);
  }

 private:
  struct Fewer;

  const Execution& execution_;
  const Program& program_;
  const metrics::PlaceTags place_;
  std::string group_;
  std::string base_group_;
  metrics::TagList own_;
  metrics::TagMap metadata_;
  std::unique_ptr<Fewer> fewer_;  // null: nothing was deleted
};

}  // namespace loadctl::vu
