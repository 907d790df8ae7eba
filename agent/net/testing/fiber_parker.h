// FiberParker: several fibers on the test's thread, for what serves more than one at once.
// Tests only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/context/fiber.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "agent/net/socket/parker.h"

namespace loadctl::net {

/// A fiber that parks by switching back to the test, which resumes it when it is unparked.
class FiberParker final : public Parker {
 public:
  explicit FiberParker(std::function<void(Parker&)> work)
      : fiber_([this, work = std::move(work)](boost::context::fiber&& main) {
          main_ = std::move(main);
          work(*this);
          done_ = true;
          return std::move(main_);
        }) {}
  void Park() override {
    if (!ready_) main_ = std::move(main_).resume();
    ready_ = false;
  }
  void Unpark() override { ready_ = true; }
  bool Cancelled() const override { return false; }
  bool RunIfReady() {
    if (!done_ && ready_) fiber_ = std::move(fiber_).resume();
    return done_;
  }

 private:
  bool ready_ = true;
  bool done_ = false;
  boost::context::fiber main_;
  boost::context::fiber fiber_;
};

/// Runs the loop until all have ended.
inline void RunAll(boost::asio::io_context& io,
                   const std::vector<std::unique_ptr<FiberParker>>& fibers) {
  bool all = false;
  while (!all) {
    all = true;
    for (const auto& fiber : fibers) all &= fiber->RunIfReady();
    io.restart();
    io.run_one_for(std::chrono::milliseconds(10));
  }
}

}  // namespace loadctl::net
