// The summary of a run and its message of control.proto. Not for anything else; pure functions.
#pragma once

#include "controller/summary/summary.h"
#include "loadctl/v1/control.pb.h"

namespace loadctl::api {

[[nodiscard]] v1::RunSummary ToProto(const summary::Summary& summary);
/// Groups nested deeper than any script can are cut.
[[nodiscard]] summary::Summary FromProto(const v1::RunSummary& from);

}  // namespace loadctl::api
