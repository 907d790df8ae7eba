#include "controller/cli/controller_pages.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "common/daemon/endpoint.h"
#include "controller/page/document.h"

namespace loadctl::cli {

Result<std::unique_ptr<ControllerPages>> ControllerPages::Listen(const Options& options,
                                                                 rest::Controls& controls) {
  const std::string& address = options.address;
  LOADCTL_TRY(const auto endpoint, daemon::ParseEndpoint(address));
  if (!daemon::IsLocal(endpoint) || !endpoint.path.empty()) {
    return Fail("--web-address is for this machine's loopback only, such as 127.0.0.1:6567: " +
                address + " is not; a tunnel or a proxy that asks who comes may stand before it");
  }
  const bool steers = !options.control.empty();
  std::unique_ptr<ControllerPages> pages(new ControllerPages(steers, controls));
  if (!options.history.empty()) pages->past_ = std::make_unique<PastRuns>(options.history);
  if (steers) pages->server_.guard().UseToken(options.control);
  pages->server_.Mount(
      "/", [raw = pages.get()](const web::Request& request, const web::Server::Reply& reply) {
        raw->Answer(request, reply);
      });
  LOADCTL_CHECK_OK(pages->server_.ListenTcp(address));
  pages->server_.Start();
  return pages;
}

void ControllerPages::Take(const v1::RunEvent& event) {
  std::shared_ptr<Run> run;
  {
    const std::lock_guard lock(mutex_);
    if (event.has_planned()) {
      auto fresh = std::make_shared<Run>();
      fresh->id = event.planned().run_id();
      fresh->script = event.planned().script();
      fresh->site.Offer({"/", steers_});
      runs_.push_front(std::move(fresh));
      if (runs_.size() > kMostRuns) runs_.pop_back();
    }
    if (runs_.empty() || runs_.front()->site.watch().ended()) return;
    run = runs_.front();
  }
  run->site.On(event);
}

void ControllerPages::Answer(const web::Request& request, const web::Server::Reply& reply) {
  if (request.path == "/") {
    return past_ ? past_->Later([this] { return List(); }, reply) : reply(List());
  }
  web::Request inside = request;
  std::string id;
  if (!SplitRunPath(request.path, id, inside.path)) return reply(NotFound());
  std::shared_ptr<Run> run;
  {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(runs_.begin(), runs_.end(), [&](const auto& one) { return one->id == id; });
    if (found != runs_.end()) run = *found;
  }
  if (run && steers_ && inside.path == "/control" && !run->site.watch().ended())
    return rest::AnswerControl(inside, controls_, reply);
  if (run) return reply(run->site.Answer(inside));
  past_ ? past_->Answer(request, reply) : reply(NotFound());
}

web::Response ControllerPages::List() {
  using Tone = page::Cell::Tone;
  RunRows rows;
  std::set<std::string> shown;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& run : runs_) {
      const bool over = run->site.watch().ended();
      // The history knows more of it.
      if (over && past_) continue;
      rows.push_back({{run->script.empty() ? run->id : run->script, "/runs/" + run->id + "/"},
                      over ? page::Cell{"ended", "", Tone::kWaiting}
                           : page::Cell{"running", "", Tone::kRunning},
                      {},
                      {},
                      {},
                      {},
                      {},
                      {run->id}});
      shown.insert(run->id);
    }
  }
  if (past_) {
    auto more = past_->Rows(shown);
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return ListOf("Runs of this controller", std::move(rows), past_ ? past_->Note() : "");
}

}  // namespace loadctl::cli
