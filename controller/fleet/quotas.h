// What peers may take up at a controller (quotas.inc), how much of it they do, and how often one
// came to its bound. Shared by all that serve peers; any thread, without a lock.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loadctl::fleet {

enum class Quota : std::uint8_t {
#define LOADCTL_QUOTA(id, key, kind, usual, least, most, help) id,
#include "controller/fleet/quotas.inc"
#undef LOADCTL_QUOTA
};

/// A row of the table.
struct QuotaRow {
  enum class Kind { kCount, kBytes, kTime };  ///< times are in milliseconds
  std::string_view key;
  Kind kind = Kind::kCount;
  std::int64_t usual = 0, least = 0, most = 0;
  std::string_view help;
};
/// In the order of Quota.
[[nodiscard]] std::span<const QuotaRow> QuotaRows();
/// `10000`, `256MiB`, `5m`: as a flag may say it.
[[nodiscard]] std::string ShowQuota(const QuotaRow& row, std::int64_t value);

class Quotas final {
 public:
  Quotas();  ///< with the usual bounds

  /// Reads a bound as a flag says it: a number, a size such as 32MiB, a duration such as 5m. Before
  /// others use this. Fails (kGeneric) naming the flag and what it may be.
  Result<void> Set(Quota quota, const std::string& text);
  void Set(Quota quota, std::int64_t most) { At(quota).most = most; }

  [[nodiscard]] std::int64_t most(Quota quota) const { return At(quota).most; }
  [[nodiscard]] std::size_t size(Quota quota) const {
    return static_cast<std::size_t>(most(quota));
  }
  [[nodiscard]] std::chrono::milliseconds time(Quota quota) const {
    return std::chrono::milliseconds(most(quota));
  }

  // How it stands: `used` of those that are counts and bytes is what is taken up now by whoever
  // takes up most; `reached` is how often somebody was held back, refused or given up for it.
  void Use(Quota quota, std::int64_t now) { At(quota).used.store(now, kAnyOrder); }
  void Add(Quota quota, std::int64_t more) { At(quota).used.fetch_add(more, kAnyOrder); }
  void Reach(Quota quota) { At(quota).reached.fetch_add(1, kAnyOrder); }
  [[nodiscard]] std::int64_t used(Quota quota) const { return At(quota).used.load(kAnyOrder); }
  [[nodiscard]] std::int64_t reached(Quota quota) const {
    return At(quota).reached.load(kAnyOrder);
  }

 private:
  static constexpr auto kAnyOrder = std::memory_order_relaxed;
  static constexpr std::size_t kQuotas = 0
#define LOADCTL_QUOTA(id, key, kind, usual, least, most, help) +1
#include "controller/fleet/quotas.inc"
#undef LOADCTL_QUOTA
      ;
  struct State {
    std::int64_t most = 0;
    std::atomic<std::int64_t> used{0}, reached{0};
  };
  [[nodiscard]] State& At(Quota quota) { return states_[static_cast<std::size_t>(quota)]; }
  [[nodiscard]] const State& At(Quota quota) const {
    return states_[static_cast<std::size_t>(quota)];
  }

  std::array<State, kQuotas> states_;
};

using SharedQuotas = std::shared_ptr<Quotas>;

}  // namespace loadctl::fleet
