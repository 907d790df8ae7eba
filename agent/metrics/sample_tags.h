// The tags of a sample, by reference, and the one place that says which of them count.
// Not for what becomes of the sample (recorder.h). The worker's thread only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace loadctl::metrics {

using TagList = std::vector<std::pair<std::string, std::string>>;
using TagMap = std::map<std::string, std::string>;

/// A system tag of a sample: k6's name and the value it has there.
struct SystemTag {
  std::string_view key;
  std::string_view value;
};

/// Which of the system tags that say where a sample was taken are switched on (`systemTags`). One
/// that is off is no tag: neither a sub-metric nor an output sees it. `vu` and `iter` are metadata.
struct PlaceTags {
  bool group = false, scenario = false, check = false, vu = false, iter = false;
  [[nodiscard]] static PlaceTags Of(const std::set<std::string>& system_tags) {
    const auto on = [&](const char* name) { return system_tags.contains(name); };
    return {on("group"), on("scenario"), on("check"), on("vu"), on("iter")};
  }
};

/// All tags of a sample. Its members are in k6's order: of two with the same key the upper counts.
/// The last, `phase`, is none of k6's, so a script's own tag of that name counts.
/// Sub-metrics ask Find(), outputs Effective(); both go by Visit().
struct SampleTags {
  std::span<const SystemTag> system;      ///< of the sample itself (those switched on)
  const TagList* call = nullptr;          ///< given with the call
  const TagList* vu = nullptr;            ///< exec.vu.metrics.tags
  std::optional<std::string_view> group;  ///< absent if switched off, as the next
  std::optional<std::string_view> scenario;
  const TagMap* scenario_tags = nullptr;
  const TagMap* run_tags = nullptr;
  std::string_view phase = {};       ///< `setup`, `warmup`, ...; empty: nobody asked for it
  const TagMap* metadata = nullptr;  ///< annotates, does not tell apart: no part of the tags

  /// Whether a user set any, by options or by script.
  [[nodiscard]] bool Given() const {
    const auto some = [](const auto* tags) { return tags != nullptr && !tags->empty(); };
    return some(call) || some(vu) || some(scenario_tags) || some(run_tags);
  }
  /// The tag's value, or nothing if the sample has no such tag.
  [[nodiscard]] std::optional<std::string_view> Find(std::string_view key) const;
  /// Every tag that counts, by key.
  void Effective(std::vector<SystemTag>& out) const;

  /// Where a recorder keeps raw samples: the set's number there, once it was looked up. The tags
  /// must not change after a first sample was recorded with them.
  mutable std::uint64_t interned = 0;

 private:
  /// Calls `tag(key, value)` for all, the upper first, until it returns true.
  template <class Tag>
  void Visit(Tag tag) const;
};

}  // namespace loadctl::metrics
