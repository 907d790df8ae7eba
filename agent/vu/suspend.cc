#include "agent/vu/suspend.h"

#include <v8.h>

#include <chrono>

#include "agent/js/call_info.h"
#include "agent/vu/clock.h"
#include "agent/vu/escape.h"
#include "agent/vu/fiber.h"
#include "agent/vu/group.h"
#include "agent/vu/loop.h"
#include "agent/vu/vu.h"

namespace loadctl::vu {
namespace {

// Stack kept for native code below what scripts may use.
constexpr std::size_t kNativeStack = 128 * 1024;

}  // namespace

JsParker::JsParker(Vu& vu, Group& group) : vu_(vu), group_(group) {
  if (group.sharing() == Sharing::kSeveralVus) thread_id_ = js::NewThreadId();
}

void JsParker::Enter(Fiber& fiber) {
  fiber_ = &fiber;
  v8::Isolate* isolate = group_.isolate().get();
  if (thread_id_ != 0) {
    js::SetThreadId(thread_id_);
    lock_ = new v8::Locker(isolate);
  }
  isolate->Enter();
  isolate->SetStackLimit(fiber.StackLow() + kNativeStack);
  Occupy();
}

void JsParker::Leave() {
  Vacate();
  group_.isolate().get()->Exit();
  if (thread_id_ != 0) {
    delete static_cast<v8::Locker*>(lock_);
    js::SetThreadId(0);
  }
}

void JsParker::Occupy() {
  group_.running = &vu_;
  js::SetHost(group_.isolate().get(), &vu_);
  Escape::SetRunning(&vu_);
  if (group_.compartments()) vu_.EnterCompartment();
  RunSlot& slot = loop_->slot();
  slot.thread.store(pthread_self(), std::memory_order_relaxed);
  // Whoever sees this work sees its deadline, too.
  slot.work.store(vu_.work().serial(), std::memory_order_release);
  slot.since.store(SteadyNs(SteadyRoughly()), std::memory_order_relaxed);
  slot.vu.store(&vu_, std::memory_order_release);
}

void JsParker::Vacate() {
  loop_->slot().vu.store(nullptr, std::memory_order_release);
  Escape::SetRunning(nullptr);
  group_.running = nullptr;
}

void JsParker::Park() {
  if (token_ && !yielding_) {
    token_ = false;
    return;
  }
  v8::Isolate* isolate = group_.isolate().get();
  parked_ = true;
  ++parks_;
  if (yielding_) {
    yielding_ = false;
    token_ = true;
    loop_->Wake(*fiber_);
  }
  Vacate();
  isolate->Exit();
  if (thread_id_ != 0) {
    const v8::Unlocker unlocker(isolate);
    js::SetThreadId(0);
    fiber_->Suspend();
    js::SetThreadId(thread_id_);
  } else {
    fiber_->Suspend();
  }
  isolate->Enter();
  Occupy();
  parked_ = false;
  token_ = false;
  // Whoever cut the work cannot end the script while it is suspended; it ends on its way back.
  if (cancelled_) vu_.EndScript();
}

void JsParker::Yield() {
  yielding_ = true;
  Park();
}

void JsParker::Unpark() {
  if (!parked_) {
    token_ = true;
    return;
  }
  if (token_) return;  // woken already, not yet resumed
  token_ = true;
  loop_->Wake(*fiber_);
}

void JsParker::ResumeNow() {
  if (!parked_ || token_) return;
  token_ = true;
  fiber_->Resume();
}

}  // namespace loadctl::vu
