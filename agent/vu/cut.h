// Why a VU's script was ended, if not by the end of its time or of the test: the watchdog, or the
// limit of its heap. Not for ending it (vu.h). The VU's thread, inside its isolate.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

namespace loadctl::vu {

class Cut final {
 public:
  /// New work begins: what cut the one before is forgotten.
  void Reset() {
    reason_.clear();
    over_heap_ = false;
  }

  /// `where` it was, in words that begin with a space; empty: not known.
  void ByWatchdog(std::string where) {
    overrun_ = true;
    where_ = std::move(where);
  }
  /// It computed for too long without a pause.
  void ForBeingBusy(std::string reason) { reason_ = std::move(reason); }
  void ByHeapLimit(std::size_t limit_bytes) {
    over_heap_ = true;
    reason_ =
        "heap limit of " + std::to_string(limit_bytes >> 20) + " MB exceeded (see --max-heap)";
  }

  void ByEngine(const std::string& why) {
    if (reason_.empty()) reason_ = "the script made what is too large for its engine: " + why;
  }

  /// True once after the watchdog had to end the script.
  [[nodiscard]] bool TakeOverrun() { return std::exchange(overrun_, false); }
  [[nodiscard]] const std::string& where() const { return where_; }
  /// What the script itself did to be ended; empty: nothing.
  [[nodiscard]] const std::string& reason() const { return reason_; }
  [[nodiscard]] std::string TakeReason() { return std::exchange(reason_, {}); }
  /// Counts the iteration that has ended; gives how many in a row, with this one, were cut for the
  /// heap's size.
  [[nodiscard]] int CountHeapCuts() {
    heap_cuts_ = std::exchange(over_heap_, false) ? heap_cuts_ + 1 : 0;
    return heap_cuts_;
  }

 private:
  bool overrun_ = false;
  bool over_heap_ = false;  // the present work was cut for the heap's size
  int heap_cuts_ = 0;       // iterations cut so, in a row
  std::string reason_;
  std::string where_;
};

}  // namespace loadctl::vu
