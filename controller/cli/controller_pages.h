// The pages of a controller's runs: `loadctl controller --web-address`. On this machine's loopback
// only, for they show what scripts say. Not for what a page shows (controller/page).
// Events come on the runs' thread; a thread of its own takes them, another one serves.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "common/base/error.h"
#include "controller/cli/past_runs.h"
#include "controller/events/queue.h"
#include "controller/page/site.h"
#include "controller/rest/controls.h"
#include "controller/web/server.h"

namespace loadctl::cli {

class ControllerPages final : public events::Subscriber {
 public:
  /// Runs whose pages are kept, the one that goes on included.
  static constexpr std::size_t kMostRuns = 20;

  struct Options {
    std::string address;
    std::string history;  ///< folder of past runs, which have pages, too; empty: none
    std::string control;  ///< token by which the run that goes on may be steered; empty: it may not
  };
  /// Serves http://ADDRESS/, the list, and /runs/ID/ each. Fails (kGeneric) if the address is not
  /// of the loopback, or cannot be had.
  static Result<std::unique_ptr<ControllerPages>> Listen(const Options& options,
                                                         rest::Controls& controls);
  ~ControllerPages() override = default;
  ControllerPages(const ControllerPages&) = delete;
  ControllerPages& operator=(const ControllerPages&) = delete;

  /// Does not block, but for an outcome.
  void On(const v1::RunEvent& event) override { queue_.On(event); }

 private:
  struct Run {
    std::string id, script;
    page::Site site;
  };
  /// Takes the events off the queue.
  class Taker final : public events::Subscriber {
   public:
    explicit Taker(ControllerPages& pages) : pages_(pages) {}
    void On(const v1::RunEvent& event) override { pages_.Take(event); }

   private:
    ControllerPages& pages_;
  };

  ControllerPages(bool steers, rest::Controls& controls)
      : steers_(steers), controls_(controls), taker_(*this), queue_(taker_) {}
  void Take(const v1::RunEvent& event);
  void Answer(const web::Request& request, const web::Server::Reply& reply);
  [[nodiscard]] web::Response List();

  const bool steers_;
  rest::Controls& controls_;
  std::mutex mutex_;
  std::deque<std::shared_ptr<Run>> runs_;  // the newest first
  Taker taker_;
  events::Queue queue_;
  std::unique_ptr<PastRuns> past_;  // null: there is no history
  web::Server server_;              // goes first
};

}  // namespace loadctl::cli
