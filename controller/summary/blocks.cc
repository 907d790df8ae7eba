#include "controller/summary/blocks.h"

#include <algorithm>
#include <initializer_list>

#include "common/base/saturating.h"
#include "controller/summary/humanize.h"

namespace loadctl::summary {
namespace {

bool StartsWithAny(std::string_view name, std::initializer_list<std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace

Block BlockOf(std::string_view name, Detail detail) {
  if (StartsWithAny(name, {"checks", "group_duration"})) return Block::kHidden;
  if (StartsWithAny(name, {"http_req_blocked", "http_req_connecting", "http_req_receiving",
                           "http_req_sending", "http_req_tls_handshaking", "http_req_waiting"})) {
    return detail == Detail::kFull ? Block::kHttp : Block::kHidden;
  }
  if (StartsWithAny(name, {"http_reqs", "http_req_failed", "http_req_duration"})) {
    return Block::kHttp;
  }
  if (StartsWithAny(name, {"vus", "iterations", "iteration_duration", "dropped_iterations"})) {
    return Block::kExecution;
  }
  if (StartsWithAny(name, {"data_sent", "data_received"})) return Block::kNetwork;
  if (name.starts_with("browser_web_vital_")) return Block::kWebVitals;
  if (name.starts_with("browser_")) return Block::kBrowser;
  if (name.starts_with("grpc_")) return Block::kGrpc;
  if (name.starts_with("ws_")) return Block::kWebSocket;
  return Block::kCustom;
}

Metrics Sorted(const google::protobuf::RepeatedPtrField<MetricSummary>& metrics) {
  Metrics sorted;
  for (const MetricSummary& metric : metrics) sorted.push_back(&metric);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const MetricSummary* a, const MetricSummary* b) {
                     return MetricNameLess(a->name(), b->name());
                   });
  return sorted;
}

CheckList::CheckList(const Summary& summary) : tree_(summary) {
  const auto named = [this](std::string_view name) {
    return [this, name](std::size_t group) { return tree_.At(group).name() == name; };
  };
  const auto& groups = tree_.In(0);
  const auto setup = std::find_if(groups.begin(), groups.end(), named("setup"));
  const auto teardown = std::find_if(groups.begin(), groups.end(), named("teardown"));
  Found before, between, after;
  if (setup != groups.end()) Find(*setup, before);
  for (const CheckSummary& check : tree_.At(0).checks()) between.push_back(&check);
  for (auto group = groups.begin(); group != groups.end(); ++group) {
    if (group != setup && group != teardown) Find(*group, between);
  }
  if (teardown != groups.end()) Find(*teardown, after);
  std::stable_sort(between.begin(), between.end(),
                   [](const auto* a, const auto* b) { return a->rank() < b->rank(); });
  for (const Found* found : {&before, &between, &after}) Add(*found);
}

void CheckList::Find(std::size_t group, Found& found) const {
  for (const CheckSummary& check : tree_.At(group).checks()) found.push_back(&check);
  for (const std::size_t inner : tree_.In(group)) Find(inner, found);
}

void CheckList::Add(const Found& found) {
  for (const CheckSummary* check : found) {
    const auto [place, fresh] = places_.try_emplace(check->name(), checks_.size());
    if (fresh) checks_.push_back({check->name()});
    Check& sum = checks_[place->second];
    sum.passes = SaturatingAdd(sum.passes, check->passes());
    sum.fails = SaturatingAdd(sum.fails, check->fails());
  }
}

}  // namespace loadctl::summary
