// The live page of a run as a web server's mounts: the page, its data, and news as server-sent
// events. Not for what is shown (watch.h) nor for serving (controller/web).
// Events come on one thread, behind an events::Queue; answers are asked for by the server's.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "controller/events/subscriber.h"
#include "controller/page/document.h"
#include "controller/page/watch.h"
#include "controller/web/server.h"

namespace loadctl::page {

class Site final : public events::Subscriber {
 public:
  /// News are told at most once in a `period`.
  explicit Site(std::chrono::milliseconds period = std::chrono::seconds(1)) : period_(period) {}

  /// What pages offer beside the run. Before the first request.
  void Offer(Offers offers) { offers_ = std::move(offers); }

  /// `/`, `/ui/`, `/report`, `/data.json` and `/events`, also below `/ui/`. Before Start(); the
  /// server must not outlive this.
  void MountOn(web::Server& server);

  /// To a request for what MountOn() names. Any thread.
  [[nodiscard]] web::Response Answer(const web::Request& request);

  /// With the outcome the streams end.
  void On(const v1::RunEvent& event) override;

  [[nodiscard]] const Watch& watch() const { return watch_; }
  /// Whether somebody looked on when the run ended.
  [[nodiscard]] bool was_watched() const { return was_watched_; }

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] web::Response Open();
  void Tell();

  const std::chrono::milliseconds period_;
  Offers offers_;
  Watch watch_;
  Clock::time_point next_{};
  std::uint64_t since_ = 0, before_ = 0;  // lines told with the last news, and with those before
  std::mutex mutex_;
  std::vector<std::shared_ptr<web::Stream>> streams_;
  bool ended_ = false;
  std::atomic<bool> was_watched_{false};
};

}  // namespace loadctl::page
