#include "agent/worker/loop_lag.h"

namespace loadctl::worker {
namespace {

using std::chrono::steady_clock;
constexpr int kMostMissed = 10000;  // of a process that was stopped

}  // namespace

LoopLag::LoopLag(vu::Loop& loop) : loop_(loop), timer_([this] { Fire(); }) {}
LoopLag::~LoopLag() { Stop(); }

void LoopLag::Start() {
  due_ = steady_clock::now() + kEvery;
  loop_.Arm(timer_, due_);
}

void LoopLag::Stop() { loop_.Disarm(timer_); }

void LoopLag::Fire() {
  const auto now = steady_clock::now();
  for (int i = 0; i < kMostMissed && due_ <= now; ++i, due_ += kEvery)
    lateness_.Add(std::chrono::duration<double, std::milli>(now - due_).count());
  if (due_ <= now) due_ = now + kEvery;
  loop_.Arm(timer_, due_);
}

}  // namespace loadctl::worker
