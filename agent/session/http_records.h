// Sends requests and answers to the controller, where the run was asked for them (--har).
// Not for making them (agent/modules/http). Any thread.
#pragma once

#include <functional>

#include "agent/session/agent_link.h"
#include "agent/vu/http_record.h"

namespace loadctl::session {

/// Sends each record over `link`, which outlives it, until they are too many for a run that
/// somebody reads: 1,000, or 16 MiB of texts. The last one says that no more come.
[[nodiscard]] std::function<void(vu::HttpRecord)> SendHttpRecords(AgentLink& link);

}  // namespace loadctl::session
