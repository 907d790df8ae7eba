// What the VUs of a run have in common: the program they run, the scenario they work for, the lines
// they log. Not for a VU itself (vu.h). Filled before the first VU; who may write later says so.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/js/sources.h"
#include "agent/metrics/recorder.h"
#include "agent/vu/http_record.h"
#include "agent/vu/module.h"
#include "common/base/error.h"
#include "common/metrics/registry.h"
#include "common/plan/options.h"
#include "common/plan/segment.h"

namespace loadctl::js {
class CodeCache;
class Snapshot;
}  // namespace loadctl::js
namespace loadctl::secrets {
class Keeper;
}

namespace loadctl::vu {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// A line for the user's terminal.
struct LogLine {
  LogLevel level = LogLevel::kInfo;
  std::string message;
  std::vector<std::pair<std::string, std::string>> fields;  ///< `source`=`console`, ...
  std::int64_t vu = 0;                                      ///< idInTest; 0 outside VUs
};

/// Counters of one worker; written by its thread, read by any.
struct WorkerStats {
  std::size_t worker = 0;                 ///< its number on the agent, from 0
  std::atomic<std::int64_t> active{0};    ///< VUs with a scenario's work
  std::atomic<std::int64_t> complete{0};  ///< iterations
  std::atomic<std::int64_t> interrupted{0};
};

/// Counts with one writer: cheaper than fetch_add, which takes the bus for itself.
inline void CountAlone(std::atomic<std::int64_t>& counter, std::int64_t by) {
  counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

/// What exec.scenario shows, and what else a VU must know of the scenario it works for.
struct ScenarioInfo {
  std::string name;
  std::string executor;
  std::string exec;
  metrics::TagMap env;
  metrics::TagMap tags;
  std::string http_version;          ///< `options.httpVersion`; empty: the run's
  std::string connection_reuse;      ///< `options.connectionReuse`; empty: the run's
  std::int64_t start_unix_ms = 0;    ///< set before the first iteration
  std::function<double()> progress;  ///< 0..1; worker threads
  std::function<bool()> warming;     ///< in its warm-up; null: it has none; worker threads
};

/// What all VUs of a run share on one agent. Filled before the first VU; then constant, but for
/// what says otherwise.
struct Program {
  std::string main_url;
  /// Gives a file by URL, as it is, in memory that outlives the run: open(). Init threads.
  std::function<Result<std::string_view>(const std::string& url)> load_file;
  js::Sources sources;  ///< what import and require() load
  std::vector<ModuleDef> modules;
  js::CodeCache* code = nullptr;
  /// Runs what computes long on a thread that is no worker's; null: on the worker itself. Any
  /// thread.
  std::function<void(std::function<void()> work)> offload;
  plan::Options options;
  bool tags_phase = false;  ///< samples have the tag `phase`
  plan::Stripe share;  ///< which of the whole test's iterations, and rows of data, are this agent's
  /// What is written into the script's own `options`, as a JSON object; empty: nothing.
  std::string written_options;
  metrics::TagMap env;
  secrets::Keeper* secrets = nullptr;  ///< null: there are none; any thread

  std::mutex metrics_mutex;  ///< init threads declare metrics; workers read after the barrier
  metrics::MetricSet metrics;

  std::function<void(LogLine)> log;                     ///< any thread
  std::function<void(HttpRecord)> record_http;          ///< null: nobody asked; any thread
  std::function<void(std::string message)> abort_test;  ///< exec.test.abort(); any thread
  std::function<void(std::string message)> fail_test;   ///< exec.test.fail(); any thread
  std::atomic<bool> aborted{false};                     ///< a script called exec.test.abort()
  bool names_env = true;  ///< the script's files do name __ENV; else it is made when it is read
  bool names_web_assembly = true;  ///< else its VUs have none
  /// What a file of the script's names that VUs cannot do as compartments; empty: nothing.
  std::string needs_context;
  /// Modules that the script's files name: run once, and copied for each VU (MakeSnapshot).
  std::vector<std::string> named_modules;
  std::shared_ptr<const js::Snapshot> snapshot;  ///< null: VUs run all modules themselves
  std::vector<WorkerStats*> stats;               ///< of all workers
  std::atomic<std::int64_t> vus_initialized{0};
  std::atomic<std::int64_t> run_start_ns{0};  ///< steady clock; 0 before

  std::mutex shared_mutex;
  /// What modules keep for all VUs, by names of their own. Guarded by shared_mutex.
  std::map<std::string, std::shared_ptr<void>> shared;
};

/// Fills in what the script's files, by URL, name.
void NoteNames(Program& program, const std::map<std::string, std::string>& files);

/// Makes the program's snapshot, from which each VU is made in half the time: worth it for some 50
/// VUs. Before VUs that are to be made of it; 20 ms.
void MakeSnapshot(Program& program);
/// Makes one of which the VUs of a group are compartments (js/compartments.h). False, and
/// nothing made: the script needs contexts (Program::needs_context), or V8 is another than 10.
bool MakeSharedSnapshot(Program& program);

}  // namespace loadctl::vu
