// What a controller may ask of a run on this agent, and when. Not for what a Prepare asks for
// (common/wire/assignment.h). One thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "loadctl/v1/session.pb.h"

namespace loadctl::session {

class ControllerProtocol final {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  /// Of a bundle, packed.
  static constexpr std::size_t kMostBytes = std::size_t{1} << 30;
  /// How far from now an instant may be that a controller names.
  static constexpr std::chrono::hours kFarthest{24};

  /// The agent wants the bundle; it has its VUs.
  void WantsBundle() { wanted_ = true; }
  void IsReady() { ready_ = true; }

  /// Why the controller cannot ask this now, in words; empty if it can, and then it is noted. One
  /// run a process: what comes once comes once.
  [[nodiscard]] std::string WhyWrong(const v1::ToAgent& message, TimePoint now);

 private:
  [[nodiscard]] std::string JudgeChunk(const v1::BundleChunk& chunk);
  [[nodiscard]] static std::string JudgeScale(const v1::Scale& scale);

  bool prepared_ = false, begun_ = false, started_ = false, flushed_ = false;
  bool wanted_ = false, ready_ = false;
  std::size_t bytes_ = 0;
};

}  // namespace loadctl::session
