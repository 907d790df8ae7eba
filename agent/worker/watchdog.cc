#include "agent/worker/watchdog.h"

#include <pthread.h>

#include <utility>

#include "agent/vu/vu.h"
#include "common/base/duration.h"

namespace loadctl::worker {
namespace {

using namespace std::chrono_literals;
constexpr auto kLook = 20ms;
constexpr auto kPatience = 5s;
constexpr auto kSlow = 10s;

std::string Name(const vu::Vu& vu) {
  std::string name = "VU " + std::to_string(vu.numbers().in_test);
  if (const auto* scenario = vu.execution().scenario()) name += " of scenario " + scenario->name;
  return name;
}

}  // namespace

Watchdog::Watchdog(std::function<void(std::string)> hopeless, std::function<void(std::string)> slow)
    : hopeless_(std::move(hopeless)), slow_(std::move(slow)) {
  thread_ = std::thread([this] { Main(); });
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Watchdog::Watch(std::span<vu::RunSlot* const> slots) {
  const std::lock_guard lock(mutex_);
  now_.insert(now_.end(), slots.begin(), slots.end());
}

void Watchdog::Forget(std::span<vu::RunSlot* const> slots) {
  const std::lock_guard lock(mutex_);
  for (vu::RunSlot* slot : slots) {
    std::erase(now_, slot);
    std::erase(always_, slot);
    orders_.erase(slot);
    told_.erase(slot);
    ended_.erase(slot);
  }
}

void Watchdog::WatchAlways(vu::RunSlot& slot) {
  const std::lock_guard lock(mutex_);
  always_.push_back(&slot);
}

void Watchdog::Main() {
  pthread_setname_np(pthread_self(), "watchdog");
  std::unique_lock lock(mutex_);
  while (!ending_) {
    wake_.wait_for(lock, kLook);
    const auto now = std::chrono::steady_clock::now();
    for (auto* slot : always_) {
      LookForSlow(*slot, now);
      Look(*slot, now);
    }
    for (auto* slot : now_) Look(*slot, now);
  }
}

void Watchdog::LookForSlow(vu::RunSlot& slot, std::chrono::steady_clock::time_point now) {
  vu::Vu* vu = slot.vu.load(std::memory_order_acquire);
  const std::int64_t since = slot.since.load();
  const auto busy = now.time_since_epoch() - std::chrono::nanoseconds(since);
  if (vu == nullptr) return;
  if (const std::chrono::nanoseconds most = most_busy_.load();
      most.count() > 0 && busy > most && std::exchange(ended_[&slot], since) != since) {
    vu->OrderEnd(slot.work.load(), "it computed for more than " + FormatGoDuration(most) +
                                       " without a pause (see --max-busy)");
  }
  if (busy < kSlow || std::exchange(told_[&slot], since) == since || !slow_) return;
  vu->AskPlace(slot.work.load(), [this, name = Name(*vu)](const std::string& where) {
    slow_(name + " has computed for 10s without a pause" + where +
          ": the other VUs of its thread wait");
  });
}

void Watchdog::Look(vu::RunSlot& slot, std::chrono::steady_clock::time_point now) {
  vu::Vu* vu = slot.vu.load(std::memory_order_acquire);
  if (vu == nullptr) return;
  const std::uint64_t work = slot.work.load();
  // The VU's own, not one noted when its script was entered: it may have moved meanwhile.
  const std::int64_t deadline = vu->work().deadline_ns();
  const std::int64_t now_ns = now.time_since_epoch().count();
  // A script that waits now and then is cut by its own timers; this one has run for a while.
  const bool long_run = now_ns - slot.since.load() > std::chrono::nanoseconds(kLook).count();
  if (!long_run || !(end_all_ || (deadline != 0 && now_ns > deadline))) return;
  Order& order = orders_[&slot];
  if (order.vu != vu || order.work != work || order.deadline != deadline) {
    order = {work, vu, deadline, now};
    vu->OrderInterrupt(work);
  } else if (now - order.given > 2 * kPatience && hopeless_) {
    auto hopeless = std::exchange(hopeless_, nullptr);
    hopeless(Name(*vu) +
             " did not stop within 10s of being told to: it is in a native call that cannot "
             "be interrupted");
  } else if (now - order.given > kPatience) {
    vu->escape().Order(slot.thread.load(), work);
  }
}

}  // namespace loadctl::worker
