#include "agent/worker/init_pool.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <utility>

namespace loadctl::worker {
namespace {

/// VUs that will share an isolate: indices into the numbers, all of one worker.
using Batch = std::vector<std::size_t>;

std::vector<Batch> Deal(std::size_t vus, std::size_t workers, std::size_t per_isolate) {
  std::vector<std::vector<Batch>> by_worker(workers);
  for (std::size_t i = 0; i < vus; ++i) {
    auto& batches = by_worker[i % workers];
    if (batches.empty() || batches.back().size() == per_isolate) batches.emplace_back();
    batches.back().push_back(i);
  }
  // In turn over the workers, so that the first VUs are ready first.
  std::vector<Batch> all;
  for (std::size_t k = 0; !by_worker.empty(); ++k) {
    bool any = false;
    for (auto& batches : by_worker) {
      if (k >= batches.size()) continue;
      all.push_back(std::move(batches[k]));
      any = true;
    }
    if (!any) break;
  }
  return all;
}

void EndOf(vu::Vu& vu, vu::Loop& loop) {
  vu.End();
  loop.RunUntil([&] { return vu.state() == vu::Vu::State::kEnded; });
}

/// From so many VUs on a snapshot costs less than it saves.
constexpr std::size_t kSnapshotPays = 50;

/// What the VUs of a batch are made in.
std::shared_ptr<vu::Group> GroupOf(std::size_t batch, const InitOptions& options,
                                   const vu::Program& program) {
  if (options.debugged) return options.debugged;
  // Once there is a lock in a process, V8 samples nobody who has none.
  const bool locked =
      options.vus_per_isolate > 1 || (options.profiled && batch == 0 && js::CanShareIsolates());
  return std::make_shared<vu::Group>(
      options.limits, locked ? vu::Sharing::kSeveralVus : vu::Sharing::kOneVu, program.snapshot);
}

/// Collects what the init code of groups has left behind, which V8 would keep until long into the
/// run. A collection takes as long as making a quarter of the group, so the first ones show whether
/// it is worth it. Any thread.
class InitGarbage {
 public:
  void Collect(vu::Group& group, vu::Vu& vu, vu::Loop& loop) {
    if (little_.load(std::memory_order_relaxed)) return;
    bool done = false;
    vu.Assign(
        [&](vu::Vu& self) {
          const std::size_t before = group.isolate().UsedHeap();
          self.GiveBackMemory();
          if (group.isolate().UsedHeap() > before - before / kWorthIt) little_ = true;
        },
        vu::TimePoint::max(), [&done] { done = true; });
    loop.RunUntil([&done] { return done; });
  }

 private:
  static constexpr std::size_t kWorthIt = 5;  // a fifth of the heap
  std::atomic<bool> little_{false};
};

std::vector<MadeVu> Adopt(std::vector<std::unique_ptr<vu::Vu>>& made,
                          std::span<const std::unique_ptr<Worker>> workers) {
  std::vector<MadeVu> result(made.size());
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (!made[i]) continue;
    Worker& worker = *workers[i % workers.size()];
    result[i] = {&worker.Adopt(std::move(made[i])), &worker};
  }
  return result;
}

}  // namespace

MoreVus MakeMore(std::span<const plan::VuNumbers> numbers, vu::Program& program,
                 const InitOptions& options, Watchdog& watchdog) {
  vu::Loop loop;
  vu::RunSlot* const slot = &loop.slot();
  watchdog.Watch(std::span(&slot, 1));
  const bool share = numbers.size() > 1 && options.vus_per_isolate > 1;
  std::shared_ptr<vu::Group> group;
  MoreVus more;
  std::vector<std::unique_ptr<vu::Vu>> failed;  // until the watchdog looks at none of them
  for (const auto& number : numbers) {
    if (!group || !share) {
      group = std::make_shared<vu::Group>(
          options.limits, share ? vu::Sharing::kSeveralVus : vu::Sharing::kOneVu, program.snapshot);
    }
    auto vu = std::make_unique<vu::Vu>(number, group, program, loop);
    const auto ready = vu->Init(std::chrono::steady_clock::now() + options.timeout);
    if (ready) {
      more.made.push_back(std::move(vu));
      continue;
    }
    more.failures.push_back(ready.error());
    EndOf(*vu, loop);
    failed.push_back(std::move(vu));
  }
  watchdog.Forget(std::span(&slot, 1));
  return more;
}

std::size_t ChooseVusPerIsolate(std::size_t vus, std::optional<std::size_t> wanted) {
  // The more VUs, the less each may need, and the less heap each must be able to fill: a group has
  // one heap limit, and one young generation of up to 2 MB.
  constexpr std::size_t kFew = 32, kMany = 512;
  constexpr std::size_t kGroup = 16, kLargeGroup = 40;
  if (!js::CanShareIsolates()) return 1;
  if (wanted) return std::max<std::size_t>(*wanted, 1);
  return vus <= kFew ? 1 : vus <= kMany ? kGroup : kLargeGroup;
}

namespace {

/// Ends those that were made, each on the loop it was made on.
void EndAll(std::vector<std::unique_ptr<vu::Vu>>& made, std::span<vu::Loop* const> made_on) {
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (!made[i]) continue;
    EndOf(*made[i], *made_on[i]);
    made[i].reset();
  }
}

/// MakeVus() of what the program's snapshot is for.
Result<std::vector<MadeVu>> MakeAlike(std::span<const plan::VuNumbers> numbers,
                                      std::span<const std::unique_ptr<Worker>> workers,
                                      vu::Program& program, const InitOptions& options,
                                      Watchdog& watchdog, const std::function<bool()>& stopped) {
  const std::vector<Batch> batches = Deal(numbers.size(), workers.size(), options.vus_per_isolate);
  std::vector<std::unique_ptr<vu::Vu>> made(numbers.size());
  std::vector<vu::Loop*> made_on(numbers.size());
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::optional<Error> failure;
  InitGarbage garbage;

  const std::size_t thread_count = std::min<std::size_t>(std::max(options.threads, 1u),
                                                         std::max<std::size_t>(batches.size(), 1));
  std::vector<std::unique_ptr<vu::Loop>> loops;
  std::vector<vu::RunSlot*> run_slots;
  for (std::size_t t = 0; t < thread_count; ++t) {
    loops.push_back(std::make_unique<vu::Loop>());
    run_slots.push_back(&loops.back()->slot());
  }
  watchdog.Watch(run_slots);

  const auto make = [&](vu::Loop& loop) {
    for (std::size_t b = next.fetch_add(1); b < batches.size(); b = next.fetch_add(1)) {
      const auto group = GroupOf(b, options, program);
      for (const std::size_t i : batches[b]) {
        auto vu = std::make_unique<vu::Vu>(numbers[i], group, program, loop);
        auto ready = vu->Init(std::chrono::steady_clock::now() + options.timeout);
        if (ready && !stopped()) {
          program.vus_initialized.fetch_add(1);
          made[i] = std::move(vu), made_on[i] = &loop;
          continue;
        }
        EndOf(*vu, loop);
        next = batches.size();
        const std::lock_guard lock(mutex);
        if (!ready && !failure) failure = ready.error();
        break;
      }
      if (vu::Vu* last = made[batches[b].back()].get(); last != nullptr && batches[b].size() > 1)
        garbage.Collect(*group, *last, loop);
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < thread_count; ++t)
    threads.emplace_back([&make, &loop = *loops[t]] { make(loop); });
  for (auto& thread : threads) thread.join();
  watchdog.Forget(run_slots);
  // Compiling has left its marks in the arenas of the init threads, which end here.
  if (numbers.size() > 1) malloc_trim(0);

  if (failure) EndAll(made, made_on);
  std::vector<MadeVu> result = Adopt(made, workers);
  if (failure) return tl::unexpected(*failure);
  if (stopped()) return Fail("stopped while the VUs were being made");
  return result;
}

void SayContexts(const vu::Program& program, const std::string& why) {
  if (!program.log) return;
  program.log({vu::LogLevel::kWarning,
               "--vu-isolation=compartment: each VU has a context of its own all the same: " + why,
               {},
               0});
}

}  // namespace

Result<std::vector<MadeVu>> MakeVus(std::span<const plan::VuNumbers> numbers,
                                    std::span<const std::unique_ptr<Worker>> workers,
                                    vu::Program& program, const InitOptions& options,
                                    Watchdog& watchdog, const std::function<bool()>& stopped) {
  if (options.isolation == plan::VuIsolation::kCompartment) {
    if (vu::MakeSharedSnapshot(program)) {
      auto made = MakeAlike(numbers, workers, program, options, watchdog, stopped);
      if (made || stopped()) return made;
      // Whatever it is: if contexts do not help, it is said of them.
      program.snapshot.reset();
      program.vus_initialized = 0;
      SayContexts(program, "its init code fails otherwise: " + made.error().message);
    } else {
      SayContexts(program, program.needs_context.empty()
                               ? "this V8 cannot share them"
                               : "a file of the script's says `" + program.needs_context + "`");
    }
  }
  if (numbers.size() >= kSnapshotPays) vu::MakeSnapshot(program);
  return MakeAlike(numbers, workers, program, options, watchdog, stopped);
}

}  // namespace loadctl::worker
