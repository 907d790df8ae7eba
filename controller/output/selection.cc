#include "controller/output/selection.h"

#include <algorithm>
#include <utility>

#include "common/text/closest.h"

namespace loadctl::output {
namespace {

constexpr std::string_view kAgent = "agent";

}  // namespace

Result<Selection> Selection::Make(const plan::Options& options, const metrics::MetricSet& set) {
  Selection selection;
  auto wanted = text::NameFilter::Make(options.out_metrics);
  if (!wanted) return tl::unexpected(wanted.error().While("--out-metrics"));
  auto tags = text::NameFilter::Make(options.out_tags);
  if (!tags) return tl::unexpected(tags.error().While("--out-tags"));
  if (options.out_max_series < 0)
    return Fail(ErrorCode::kInvalidConfig, "--out-max-series: a number from 0 on is wanted");
  selection.metrics_ = std::move(*wanted);
  selection.tags_ = std::move(*tags);
  selection.tells_agents_ =
      std::find(options.out_tags.begin(), options.out_tags.end(), kAgent) != options.out_tags.end();
  selection.most_ = static_cast<std::size_t>(options.out_max_series);
  std::vector<std::string_view> names;
  for (const auto& metric : set.metrics()) names.push_back(metric.name);
  for (const auto* list : {&selection.metrics_.allowed(), &selection.metrics_.denied()}) {
    for (const std::string& pattern : *list) {
      const bool fits = std::any_of(names.begin(), names.end(), [&](std::string_view name) {
        return text::FitsPattern(name, pattern);
      });
      if (fits) continue;
      selection.warnings_.push_back("--out-metrics: the script has no metric '" + pattern + "'" +
                                    text::DidYouMean(pattern, names));
    }
  }
  return selection;
}

void Selection::Reduce(int agent, metrics::TagPairs& tags) const {
  if (tags_.all()) return;
  std::erase_if(tags, [this](const auto& tag) { return !tags_.Wants(tag.first); });
  if (!tells_agents_) return;
  const auto place = std::lower_bound(tags.begin(), tags.end(), kAgent,
                                      [](const auto& tag, auto key) { return tag.first < key; });
  if (place == tags.end() || place->first != kAgent)
    tags.emplace(place, kAgent, std::to_string(agent));
}

bool Selection::IsAmongFirst(const std::string& tags) {
  if (known_.contains(tags)) return true;
  if (known_.size() >= most_) return false;
  known_.insert(tags);
  return true;
}

}  // namespace loadctl::output
