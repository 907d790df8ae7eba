// Makes VUs on threads of their own, so that running VUs are not stalled by it.
// Any thread calls; the workers adopt what was made.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "agent/js/engine.h"
#include "agent/vu/loop.h"
#include "agent/vu/vu.h"
#include "agent/worker/watchdog.h"
#include "agent/worker/worker.h"
#include "common/base/error.h"
#include "common/plan/vu_isolation.h"

namespace loadctl::worker {

/// How VUs are made.
struct InitOptions {
  js::HeapLimits limits;
  std::size_t vus_per_isolate = 1;
  plan::VuIsolation isolation = plan::VuIsolation::kContext;
  std::chrono::nanoseconds timeout = std::chrono::seconds(60);  ///< of each VU's init code
  unsigned threads = 1;
  bool profiled = false;  ///< the first VU will be sampled (vu/cpu_profile.h)
  /// What all VUs are made in, where the script is debugged; null: groups of their own.
  std::shared_ptr<vu::Group> debugged{};
};

/// A VU's place: its worker and, within it, the order of creation.
struct MadeVu {
  vu::Vu* vu = nullptr;
  Worker* worker = nullptr;
};

/// Makes the VUs with these numbers, deals them to the workers in turn, and waits for all.
///
/// Compartments become contexts, with a line in the log, if the script needs those.
/// Fails with the first VU's error, k6's hint `error while initializing VU #n` included. The
/// watchdog looks after the threads meanwhile.
Result<std::vector<MadeVu>> MakeVus(std::span<const plan::VuNumbers> numbers,
                                    std::span<const std::unique_ptr<Worker>> workers,
                                    vu::Program& program, const InitOptions& options,
                                    Watchdog& watchdog, const std::function<bool()>& stopped);

/// What came of making some VUs while the test runs.
struct MoreVus {
  std::vector<std::unique_ptr<vu::Vu>> made;
  std::vector<Error> failures;  ///< one for each that could not be made
};
/// Makes VUs that will belong to one worker, on this thread, in one isolate if they are several.
/// One that fails does the others no harm.
MoreVus MakeMore(std::span<const plan::VuNumbers> numbers, vu::Program& program,
                 const InitOptions& options, Watchdog& watchdog);

/// How many VUs an isolate holds, if the user did not say: one while VUs are few.
[[nodiscard]] std::size_t ChooseVusPerIsolate(std::size_t vus, std::optional<std::size_t> wanted);

}  // namespace loadctl::worker
