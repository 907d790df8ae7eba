#include "controller/rest/controls.h"

#include "controller/rest/render.h"
#include "controller/rest/routes.h"

namespace loadctl::rest {

void Controls::Change(const StatusChange& change, const Reply& reply) {
  const std::lock_guard lock(mutex_);
  if (!ask_) return reply(ErrorResponse(503, "Not running", "no test is running here now"));
  ask_(Command{Command::Kind::kChangeStatus, change, {}}, reply);
}

void AnswerControl(const web::Request& request, Controls& controls,
                   const web::Server::Reply& reply) {
  if (request.method != "PATCH") return reply({405, "", ""});
  const auto change = ParseStatusChange(request.body);
  if (!change) return reply(ErrorResponse(400, "Invalid data", change.error().message));
  controls.Change(*change, [reply](std::optional<Response> response) {
    reply(response ? std::move(*response) : Response{200, "application/json", "{}"});
  });
}

}  // namespace loadctl::rest
