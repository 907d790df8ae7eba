// From a request's line and body to what is asked: k6's routes and its answers to what is wrong.
// Not for HTTP itself (server.h). Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "common/base/error.h"
#include "controller/rest/command.h"

namespace loadctl::rest {

/// What a request asks of the run, or the answer that needs no run.
///
/// As in k6, an unknown path outside /v1/ is answered with `ok`, and /metrics is of this process.
/// One route more than k6: GET /loadctl/run.
[[nodiscard]] std::variant<Command, Response> Route(std::string_view method,
                                                    std::string_view target, std::string_view body);

/// The body of PATCH /v1/status: only `data.attributes` is read, what it does not know is ignored.
/// Fails saying what is wrong.
[[nodiscard]] Result<StatusChange> ParseStatusChange(std::string_view body);

}  // namespace loadctl::rest
