#include "controller/summary/sections.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/base/saturating.h"
#include "common/metrics/builtin.h"
#include "common/metrics/part.h"
#include "common/text/number.h"
#include "controller/summary/humanize.h"
#include "controller/summary/values.h"

namespace loadctl::summary {
namespace {

using aggregate::MergedCheck;
using aggregate::MergedSeries;
using metrics::Place;

constexpr std::string_view kSeparator = "::";

/// A scenario, a group, or what holds the groups of no scenario.
struct Node {
  std::string name, path;
  std::map<std::string, MergedSeries, std::less<>> metrics;
  std::vector<MergedCheck> checks;
  std::unordered_map<std::string, std::size_t> check_places;
  std::vector<std::unique_ptr<Node>> inside;  // in order of first use
  std::unordered_map<std::string, Node*> by_name;

  void Add(const MergedSeries& series) {
    const auto [place, fresh] = metrics.try_emplace(series.metric, series);
    if (!fresh && place->second.type() == series.type())
      metrics::Merge(place->second.sink, series.sink);
  }
  void Add(const MergedCheck& check) {
    const auto [place, fresh] = check_places.try_emplace(check.name, checks.size());
    if (fresh) checks.push_back({"", check.name, 0, 0});
    MergedCheck& total = checks[place->second];
    total.passes = SaturatingAdd(total.passes, check.passes);
    total.fails = SaturatingAdd(total.fails, check.fails);
  }
};

class Sections {
 public:
  Sections(const aggregate::Totals& totals, const BuildOptions& options, Summary& to)
      : options_(options), to_(to) {
    for (const std::string& place : totals.places) static_cast<void>(At(place));
    for (const auto& [key, series] : totals.parts) {
      const auto place = metrics::PlaceOf(key.second);
      if (!place || key.first == metrics::Describe(metrics::Builtin::kStartLag).name) continue;
      if (!place->scenario.empty()) Scenario(place->scenario).Add(series);
      if (Node* group = At(key.second)) group->Add(series);
    }
    for (const MergedCheck& check : totals.part_checks) {
      const auto place = metrics::PlaceOf(check.group);
      if (!place) continue;
      if (!place->scenario.empty()) Scenario(place->scenario).Add(check);
      if (Node* group = At(check.group)) group->Add(check);
    }
  }

  void Put() {
    PutInside(groups_, "", 0);
    std::vector<Node*> scenarios;
    for (const auto& [name, node] : scenarios_) scenarios.push_back(node.get());
    std::sort(scenarios.begin(), scenarios.end(),
              [](const Node* a, const Node* b) { return MetricNameLess(a->name, b->name); });
    for (Node* scenario : scenarios) {
      PutNode(*scenario, scenario->name, 0);
      PutInside(*scenario, scenario->name, 0);
    }
  }

 private:
  Node& Scenario(std::string_view name) {
    auto found = scenarios_.find(name);
    if (found == scenarios_.end()) {
      found = scenarios_.emplace(std::string(name), std::make_unique<Node>()).first;
      found->second->name = name;
    }
    return *found->second;
  }

  /// The group of a place; null if it is in none, or there are too many.
  Node* At(const std::string& suffix) {
    const auto place = metrics::PlaceOf(suffix);
    if (!place) return nullptr;
    Node* node = place->scenario.empty() ? &groups_ : &Scenario(place->scenario);
    if (place->group.empty()) return nullptr;
    std::string_view rest = place->group;
    if (rest.starts_with(kSeparator)) rest.remove_prefix(kSeparator.size());
    for (std::size_t depth = 0; depth < kMaxGroupDepth; ++depth) {
      const std::size_t end = std::min(rest.find(kSeparator), rest.size());
      node = Child(*node, rest.substr(0, end));
      if (node == nullptr || end == rest.size()) break;
      rest.remove_prefix(end + kSeparator.size());
    }
    return node;
  }

  Node* Child(Node& parent, std::string_view name) {
    const auto [place, fresh] = parent.by_name.try_emplace(std::string(name), nullptr);
    if (!fresh) return place->second;
    if (nodes_ >= kMostSections) {
      parent.by_name.erase(place);
      return nullptr;
    }
    ++nodes_;
    auto node = std::make_unique<Node>();
    node->name = name;
    node->path = parent.path + std::string(kSeparator) + node->name;
    place->second = node.get();
    parent.inside.push_back(std::move(node));
    return place->second;
  }

  void PutInside(Node& parent, const std::string& scenario, std::uint32_t depth) {
    auto& inside = parent.inside;
    // In time, whichever worker told first; and then as JavaScript lists an object's keys: array
    // indices first, by value.
    if (&parent == &groups_) {
      const auto named = [](std::string_view name) {
        return [name](const auto& node) { return node->name == name; };
      };
      std::stable_partition(inside.begin(), inside.end(), named("setup"));
      std::stable_partition(inside.begin(), inside.end(), std::not_fn(named("teardown")));
    }
    const auto indices = std::stable_partition(inside.begin(), inside.end(), [](const auto& node) {
      return text::IsArrayIndex(node->name);
    });
    std::sort(inside.begin(), indices, [](const auto& a, const auto& b) {
      return std::pair(a->name.size(), a->name) < std::pair(b->name.size(), b->name);
    });
    for (const auto& node : inside) {
      PutNode(*node, scenario, depth);
      PutInside(*node, scenario, depth + 1);
    }
  }

  void PutNode(const Node& node, const std::string& scenario, std::uint32_t depth) {
    SummarySection& section = *to_.add_sections();
    section.set_scenario(scenario);
    section.set_group(node.path);
    section.set_name(node.name);
    section.set_depth(depth);
    for (const auto& [name, series] : node.metrics) {
      MetricSummary& one = *section.add_metrics();
      one.set_name(name);
      PutValues(series.sink, series.contains, options_, one);
      one.set_has_samples(true);
    }
    for (const MergedCheck& check : node.checks) {
      CheckSummary& one = *section.add_checks();
      one.set_name(check.name);
      one.set_passes(check.passes);
      one.set_fails(check.fails);
    }
  }

  const BuildOptions& options_;
  Summary& to_;
  Node groups_;  // of no scenario
  std::map<std::string, std::unique_ptr<Node>, std::less<>> scenarios_;
  std::size_t nodes_ = 0;
};

}  // namespace

void PutSections(const aggregate::Totals& totals, const BuildOptions& options, Summary& to) {
  Sections(totals, options, to).Put();
}

void PutFailedRequests(const aggregate::Totals& totals, Summary& to) {
  std::vector<FailedRequests> rows;
  std::int64_t others = 0;
  for (const auto& [key, series] : totals.parts) {
    const auto request = metrics::FailedRequestOf(key.second);
    const auto* rate = std::get_if<metrics::RateSink>(&series.sink);
    if (!request || rate == nullptr) continue;
    if (request->name == metrics::kOther) {
      others = SaturatingAdd(others, rate->nonzero());
      continue;
    }
    FailedRequests& row = rows.emplace_back();
    row.set_method(std::string(request->method));
    row.set_name(std::string(request->name));
    row.set_status(std::string(request->status));
    row.set_error_code(std::string(request->error_code));
    row.set_count(rate->nonzero());
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.count() > b.count(); });
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i < kMostFailedRequests) {
      *to.add_failed_requests() = std::move(rows[i]);
    } else {
      others = SaturatingAdd(others, rows[i].count());
    }
  }
  if (others == 0) return;
  FailedRequests& rest = *to.add_failed_requests();
  rest.set_name(std::string(metrics::kOther));
  rest.set_count(others);
}

}  // namespace loadctl::summary
