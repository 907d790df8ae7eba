#include "controller/cli/controller_pages.h"

#include <algorithm>
#include <utility>

#include "common/daemon/endpoint.h"

namespace loadctl::cli {
namespace {

constexpr std::string_view kRuns = "/runs/";

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<ControllerPages>> ControllerPages::Listen(const std::string& address) {
  LOADCTL_TRY(const auto endpoint, daemon::ParseEndpoint(address));
  if (!daemon::IsLocal(endpoint) || !endpoint.path.empty()) {
    return Fail("--web-address is for this machine's loopback only, such as 127.0.0.1:6567: " +
                address + " is not; a tunnel or a proxy that asks who comes may stand before it");
  }
  std::unique_ptr<ControllerPages> pages(new ControllerPages());
  pages->server_.Mount("/",
                       [raw = pages.get()](const web::Request& request, web::Server::Reply reply) {
                         reply(raw->Answer(request));
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
      runs_.push_front(std::move(fresh));
      if (runs_.size() > kMostRuns) runs_.pop_back();
    }
    if (runs_.empty() || runs_.front()->site.watch().ended()) return;
    run = runs_.front();
  }
  run->site.On(event);
}

web::Response ControllerPages::Answer(const web::Request& request) {
  if (request.path == "/") return {200, "text/html; charset=utf-8", List()};
  const auto missing = [] {
    return web::Response{404, "text/plain; charset=utf-8", "404 page not found\n"};
  };
  if (!request.path.starts_with(kRuns)) return missing();
  const auto slash = request.path.find('/', kRuns.size());
  if (slash == std::string::npos) return missing();
  const std::string id = request.path.substr(kRuns.size(), slash - kRuns.size());
  std::shared_ptr<Run> run;
  {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(runs_.begin(), runs_.end(), [&](const auto& one) { return one->id == id; });
    if (found == runs_.end()) return missing();
    run = *found;
  }
  web::Request inside = request;
  inside.path = request.path.substr(slash);
  return run->site.Answer(inside);
}

// Ids are the controller's own; a script's name is whatever a client typed.
std::string ControllerPages::List() {
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<title>loadctl</title><style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,"
      "sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}li{margin:.4rem 0}"
      "span{opacity:.7}</style></head><body><h1>Runs of this controller</h1>\n<ol>\n";
  const std::lock_guard lock(mutex_);
  for (const auto& run : runs_) {
    const std::string id = Escaped(run->id);
    out += "<li><a href=\"/runs/" + id + "/\">" + Escaped(run->script) + "</a> <span>" + id + ", " +
           (run->site.watch().ended() ? "ended" : "running") + "</span></li>\n";
  }
  if (runs_.empty()) out += "<li>None yet.</li>\n";
  return out + "</ol>\n</body></html>\n";
}

}  // namespace loadctl::cli
