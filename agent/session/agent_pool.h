// The agent's VUs that no scenario uses, and the making of more while the test runs.
// Not for the VUs made before the run (worker/init_pool.h). The conductor's thread.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <thread>
#include <vector>

#include "agent/executor/vu_pool.h"
#include "agent/worker/init_pool.h"
#include "agent/worker/watchdog.h"
#include "agent/worker/worker.h"
#include "common/plan/segment.h"

namespace loadctl::session {

class AgentPool final : public executor::VuPool {
 public:
  struct Parts {
    vu::Loop& conductor;
    vu::Program& program;
    std::span<const std::unique_ptr<worker::Worker>> workers;
    worker::Watchdog& watchdog;
    worker::InitOptions init;
    plan::ExecutionTuple tuple;
  };
  /// `made` are the planned VUs; up to `most` may be there in all.
  AgentPool(Parts parts, std::span<const worker::MadeVu> made, std::int64_t most);
  ~AgentPool() override;

  void Take(const void* who, Taker taker) override;
  void Forget(const void* who) override;
  void GiveBack(executor::PooledVu vu) override;
  void Grow(const void* who, std::size_t count, Taker taker, Grown done) override;
  [[nodiscard]] vu::Loop& conductor() override { return parts_.conductor; }
  [[nodiscard]] std::span<const executor::WorkerRef> workers() const override { return refs_; }

  /// Lets Grow() make so many more than was said at first.
  void Allow(std::int64_t more) { most_ += more; }

  /// Waits for the threads that make VUs; nobody gets any after that. What was made goes to the
  /// workers, which end it. Before the workers are joined.
  void Join();

 private:
  struct Asker {
    const void* who;
    Taker taker;
    vu::TimePoint since;
    bool warned = false;
  };
  struct Growth {
    std::thread thread;
    std::size_t worker = 0;
    worker::MoreVus more;
  };
  using Growths = std::list<Growth>;

  void Deal();
  void LookForTheImpatient();
  void OnMade(Growths::iterator growth, const Taker& taker, const Grown& done);
  std::vector<vu::Vu*> HandOver(Growths::iterator growth);

  Parts parts_;
  std::vector<executor::WorkerRef> refs_;
  std::deque<executor::PooledVu> idle_;
  std::deque<Asker> askers_;
  Growths growths_;
  std::int64_t count_;
  std::int64_t most_;
  std::size_t next_worker_ = 0;
  bool dealing_ = false;
  vu::Timer patience_;
  /// What was posted to the conductor looks at it: the pool may have been joined since.
  std::shared_ptr<bool> open_ = std::make_shared<bool>(true);
};

}  // namespace loadctl::session
