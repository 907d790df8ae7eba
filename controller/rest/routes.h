// From a request's line and body to what is asked: k6's routes and its answers to what is wrong.
// Not for HTTP itself (controller/web). Pure functions, any thread.
#pragma once

#include <functional>
#include <string_view>
#include <variant>

#include "common/base/error.h"
#include "controller/rest/command.h"
#include "controller/web/server.h"

namespace loadctl::rest {

/// What a request asks of the run, or the answer that needs no run.
///
/// As in k6, an unknown path outside /v1/ is answered with `ok`, and /metrics is of this process.
/// One route more than k6: GET /loadctl/run.
[[nodiscard]] std::variant<Command, Response> Route(std::string_view method, std::string_view path,
                                                    std::string_view body);

using Reply = web::Server::Reply;
/// Does what a command asks of the run, on the server's thread, and replies when it is done.
using Ask = std::function<void(const Command&, Reply)>;

/// For the mount `/`: Route(), and `ask` for what needs the run.
[[nodiscard]] web::Server::Handler ApiMount(Ask ask);

/// The body of PATCH /v1/status: only `data.attributes` is read, what it does not know is ignored.
/// Fails saying what is wrong.
[[nodiscard]] Result<StatusChange> ParseStatusChange(std::string_view body);

}  // namespace loadctl::rest
