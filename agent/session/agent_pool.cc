#include "agent/session/agent_pool.h"

#include <algorithm>
#include <utility>

namespace loadctl::session {
namespace {

using namespace std::chrono_literals;
constexpr auto kPatience = 400ms;  // k6's

}  // namespace

AgentPool::AgentPool(Parts parts, std::span<const worker::MadeVu> made, std::int64_t most)
    : parts_(std::move(parts)),
      count_(static_cast<std::int64_t>(made.size())),
      most_(most),
      patience_([this] { LookForTheImpatient(); }) {
  for (const auto& worker : parts_.workers) refs_.push_back({&worker->loop(), &worker->recorder()});
  for (const auto& vu : made) {
    const auto at = std::find_if(parts_.workers.begin(), parts_.workers.end(),
                                 [&](const auto& worker) { return worker.get() == vu.worker; });
    idle_.push_back({vu.vu, static_cast<std::size_t>(at - parts_.workers.begin())});
  }
  next_worker_ = made.size() % parts_.workers.size();
}

AgentPool::~AgentPool() {
  Join();
  parts_.conductor.Disarm(patience_);
}

void AgentPool::Join() {
  *open_ = false;
  while (!growths_.empty()) {
    growths_.front().thread.join();
    HandOver(growths_.begin());
  }
}

void AgentPool::Take(const void* who, Taker taker) {
  const auto now = std::chrono::steady_clock::now();
  askers_.push_back({who, std::move(taker), now});
  Deal();
  if (askers_.size() == 1) parts_.conductor.Arm(patience_, now + kPatience);
}

void AgentPool::Forget(const void* who) {
  std::erase_if(askers_, [who](const Asker& asker) { return asker.who == who; });
}

void AgentPool::GiveBack(executor::PooledVu vu) {
  idle_.push_back(vu);
  Deal();
}

void AgentPool::Deal() {
  if (std::exchange(dealing_, true)) return;  // a taker gave back or asked again
  while (!askers_.empty() && !idle_.empty()) {
    const Asker asker = std::move(askers_.front());
    askers_.pop_front();
    const executor::PooledVu vu = idle_.front();
    idle_.pop_front();
    asker.taker(vu);
  }
  dealing_ = false;
}

void AgentPool::LookForTheImpatient() {
  if (askers_.empty()) return;
  const auto now = std::chrono::steady_clock::now();
  for (Asker& asker : askers_) {
    if (now - asker.since < kPatience || std::exchange(asker.warned, true)) continue;
    parts_.program.log(
        {vu::LogLevel::kWarning, "Could not get a VU from the buffer for 400ms", {}, 0});
  }
  parts_.conductor.Arm(patience_, now + kPatience);
}

void AgentPool::Grow(const void* who, std::size_t count, Taker taker, Grown done) {
  const std::int64_t room = most_ - count_;
  if (room <= 0) {
    // What is idle now; who still lacks VUs asks again.
    for (std::size_t i = 0; i < count && askers_.empty() && !idle_.empty(); ++i) Take(who, taker);
    return done({});
  }
  std::vector<plan::VuNumbers> numbers;
  for (std::int64_t i = 0; i < std::min(static_cast<std::int64_t>(count), room); ++i) {
    ++count_;
    numbers.push_back({count_, parts_.tuple.GlobalNumber(count_)});
  }
  const auto growth = growths_.emplace(growths_.end());
  growth->worker = next_worker_;
  next_worker_ = (next_worker_ + 1) % parts_.workers.size();
  growth->thread = std::thread([this, growth, numbers = std::move(numbers),
                                taker = std::move(taker), done = std::move(done)] {
    growth->more = worker::MakeMore(numbers, parts_.program, parts_.init, parts_.watchdog);
    parts_.conductor.Post([this, open = open_, growth, taker, done] {
      if (*open) OnMade(growth, taker, done);
    });
  });
}

void AgentPool::OnMade(Growths::iterator growth, const Taker& taker, const Grown& done) {
  growth->thread.join();
  const std::size_t worker = growth->worker;
  const auto failures = std::move(growth->more.failures);
  const auto made = HandOver(growth);
  // Once more by way of the worker: whoever gets them finds that it has them.
  parts_.workers[worker]->Post([this, open = open_, made, failures, worker, taker, done] {
    parts_.conductor.Post([open, made, failures, worker, taker, done] {
      if (!*open) return;
      for (vu::Vu* vu : made) taker({vu, worker});
      done(failures);
    });
  });
}

// To the worker that they are for; posted, so that whoever posts there later finds them.
std::vector<vu::Vu*> AgentPool::HandOver(Growths::iterator growth) {
  parts_.program.vus_initialized.fetch_add(static_cast<std::int64_t>(growth->more.made.size()));
  auto vus = std::make_shared<std::vector<std::unique_ptr<vu::Vu>>>(std::move(growth->more.made));
  std::vector<vu::Vu*> raw;
  for (const auto& vu : *vus) raw.push_back(vu.get());
  worker::Worker* home = parts_.workers[growth->worker].get();
  growths_.erase(growth);
  home->Post([home, vus] {
    for (auto& vu : *vus) home->Adopt(std::move(vu));
  });
  return raw;
}

}  // namespace loadctl::session
