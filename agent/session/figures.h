// What an agent tells of itself, as messages. Not for when it does (agent_run.h). Any thread.
#pragma once

#include "agent/executor/scenario_run.h"
#include "agent/worker/cpu_watch.h"
#include "common/metrics/sink.h"
#include "loadctl/v1/session.pb.h"

namespace loadctl::session {

void Put(const metrics::TrendSink& milliseconds, v1::Lateness& to);
void Put(const executor::ScenarioRun& run, v1::ScenarioCounts& to);
void Put(const worker::CpuUse& use, v1::CpuUse& to);

}  // namespace loadctl::session
