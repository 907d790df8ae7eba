// What is to be run: what the command line or a client's submission came to. Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/run_id.h"
#include "common/secrets/keeper.h"
#include "controller/bundle/inspection.h"
#include "controller/plan/plan.h"
#include "controller/summary/json.h"
#include "loadctl/v1/session.pb.h"

namespace loadctl::controller {

/// The secrets of a run.
struct SecretSupply {
  std::vector<secrets::Source> sources;  ///< what agents get with the plan
  /// Whoever has the others: replies when it has the value, on any thread. Empty: nobody has.
  std::function<void(const std::string& source, const std::string& key,
                     secrets::Keeper::Reply reply)>
      ask;
  /// Knows all that agents were given.
  std::shared_ptr<secrets::Redactor> redactor = std::make_shared<secrets::Redactor>();
};

/// Of a script that is debugged.
struct Debugging {
  bool pause_at_start = true;
  /// What the first agent says to the debugger. The run's thread.
  std::function<void(const v1::Debugger&)> hear;
};

struct RunInputs {
  const plan::Plan& plan;
  const Inspection& inspection;
  int agents = 1;
  std::uint32_t workers = 0;          ///< per agent; 0 = all cores
  std::uint32_t vus_per_isolate = 0;  ///< 0 = auto
  std::uint64_t max_heap = 0;         ///< bytes of an isolate; 0 = default
  summary::DisplayState display;
  std::string script;    ///< as typed
  bool samples = false;  ///< agents send raw samples, for outputs
  /// An agent that makes no further VU and takes no more of the bundle for so long is given up.
  std::chrono::milliseconds ready_patience = std::chrono::minutes(5);
  /// One that is there and sends nothing of what it measures for so long is given up: the seconds
  /// of the others wait for its own. Long: a script that computes without a pause delays them.
  std::chrono::milliseconds figures_patience = std::chrono::minutes(5);
  RunId run{};
  plan::VuIsolation vu_isolation = plan::VuIsolation::kContext;
  bool parts = false;  ///< scenarios, groups and failed requests are told apart
  std::shared_ptr<SecretSupply> secrets{};       ///< null: there are none
  std::shared_ptr<const Debugging> debugging{};  ///< null: it is not debugged
  std::chrono::nanoseconds max_busy{0};  ///< that a script computes without a pause; 0 = any
  bundle::PackFor agents_are = bundle::PackFor::kAnyone;  ///< what they get the files for
  bool cpu_profile = false;  ///< of the first VU's script: an event of its own
};

/// The first thing that a run tells, and all that its results need to know of it.
[[nodiscard]] v1::Planned PlannedOf(const RunInputs& inputs);

}  // namespace loadctl::controller
