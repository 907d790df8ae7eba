// What a summary shows, and in which order: blocks of metrics, and checks of all groups.
// Not for how it looks (text.h). Pure functions, any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "controller/summary/summary.h"
#include "controller/summary/text.h"

namespace loadctl::summary {

/// The blocks of TOTAL RESULTS, in their order; kHidden is in none.
enum class Block {
  kCustom,
  kHttp,
  kExecution,
  kNetwork,
  kBrowser,
  kWebVitals,
  kGrpc,
  kWebSocket,
  kHidden
};
inline constexpr std::array<std::string_view, 8> kBlockTitles = {
    "CUSTOM", "HTTP", "EXECUTION", "NETWORK", "BROWSER", "WEB_VITALS", "GRPC", "WEBSOCKET"};

/// k6 goes by the beginning of the name, so that sub-metrics follow, and so do `vus_of_mine`.
[[nodiscard]] Block BlockOf(std::string_view name, Detail detail);

using Metrics = std::vector<const MetricSummary*>;
/// In the order in which they are shown; they must outlive the list.
[[nodiscard]] Metrics Sorted(const google::protobuf::RepeatedPtrField<MetricSummary>& metrics);

struct Check {
  std::string_view name;  ///< the summary's
  std::int64_t passes = 0, fails = 0;
};

/// Checks of all groups, those of one name added up, in order of first use: setup()'s come first,
/// teardown()'s last.
class CheckList {
 public:
  explicit CheckList(const Summary& summary);

  [[nodiscard]] const std::vector<Check>& checks() const { return checks_; }

 private:
  using Found = std::vector<const CheckSummary*>;
  void Find(std::size_t group, Found& found) const;
  void Add(const Found& found);

  const GroupTree tree_;
  std::vector<Check> checks_;
  std::unordered_map<std::string_view, std::size_t> places_;  ///< by the summary's own strings
};

}  // namespace loadctl::summary
