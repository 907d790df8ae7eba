#include "agent/worker/loop_lag.h"

#include <time.h>

namespace loadctl::worker {
namespace {

using std::chrono::steady_clock;
constexpr int kMostMissed = 10000;  // of a process that was stopped

std::chrono::nanoseconds UsedByThisThread() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace

LoopLag::LoopLag(vu::Loop& loop) : loop_(loop), timer_([this] { Fire(); }) {}
LoopLag::~LoopLag() { Stop(); }

void LoopLag::Start(Vus vus) {
  vus_ = vus;
  on_ = true;
  used_ = UsedByThisThread();
  due_ = steady_clock::now() + kEvery;
  loop_.Arm(timer_, due_);
}

void LoopLag::Stop() {
  if (!std::exchange(on_, false)) return;
  loop_.Disarm(timer_);
  NoteStall(steady_clock::now());
}

void LoopLag::NoteStall(steady_clock::time_point now) {
  const auto used = UsedByThisThread();
  const auto before = std::exchange(used_, used);
  if (now - due_ < kStall) return;
  if (vus_ == Vus::kOne && used - before > (now - due_) / 2) return;
  stalled_ += now - due_;
}

void LoopLag::Fire() {
  const auto now = steady_clock::now();
  NoteStall(now);
  for (int i = 0; i < kMostMissed && due_ <= now; ++i, due_ += kEvery) {
    const double late = std::chrono::duration<double, std::milli>(now - due_).count();
    lateness_.Add(late);
    recent_.Add(late);
  }
  if (due_ <= now) due_ = now + kEvery;
  loop_.Arm(timer_, due_);
}

}  // namespace loadctl::worker
