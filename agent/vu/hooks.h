// What modules have done around a VU's iterations and phases. The VU's fiber only.
#pragma once

#include <functional>
#include <utility>
#include <vector>

namespace loadctl::vu {

class Hooks final {
 public:
  using Hook = std::function<void()>;

  /// Called before each iteration and phase (a fresh cookie jar).
  void OnBegin(Hook hook) { begins_.push_back(std::move(hook)); }
  /// Called after each iteration and phase.
  void OnEnd(Hook hook) { ends_.push_back(std::move(hook)); }
  /// Called when the iteration ends by being cut: modules drop what is under way.
  void OnCleanUp(Hook hook) { clean_ups_.push_back(std::move(hook)); }

  // ---- for the VU

  void Begin() const { CallAll(begins_); }
  void End() const { CallAll(ends_); }
  void CleanUp() const { CallAll(clean_ups_); }
  void Clear() {
    for (auto* hooks : {&begins_, &ends_, &clean_ups_}) hooks->clear();
  }

 private:
  static void CallAll(const std::vector<Hook>& hooks) {
    for (const auto& hook : hooks) hook();
  }

  std::vector<Hook> begins_, ends_, clean_ups_;
};

}  // namespace loadctl::vu
