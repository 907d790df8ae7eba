// What has ended of a VU's timers and tasks, for its event loop (events.cc). The VU's thread.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace loadctl::vu {

struct Completion {
  int dispatcher;
  double id;
  std::function<void()> settle;  ///< instead of the dispatcher
};

/// First in, first out. A std::deque takes 600 bytes while it is empty.
class Completions {
 public:
  [[nodiscard]] bool empty() const { return next_ == all_.size(); }
  [[nodiscard]] Completion& front() { return all_[next_]; }
  void push_back(Completion completion) { all_.push_back(std::move(completion)); }
  void pop_front() {
    if (++next_ == all_.size()) clear();
  }
  void clear() {
    all_.clear();
    next_ = 0;
  }

 private:
  std::vector<Completion> all_;
  std::size_t next_ = 0;
};

}  // namespace loadctl::vu
