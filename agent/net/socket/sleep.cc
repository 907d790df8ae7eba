#include "agent/net/socket/sleep.h"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>

namespace loadctl::net {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

namespace {

/// Unparks a fiber at a time, if it still waits by then.
class Alarm {
 public:
  Alarm(asio::io_context& io, TimePoint due, Parker& parker)
      : timer_(io.get_executor()), parker_(std::make_shared<Parker*>(&parker)) {
    if (due == TimePoint::max()) return;
    timer_.expires_at(due);
    timer_.async_wait([parker = parker_](const boost::system::error_code& error) {
      if (!error && *parker != nullptr) (*parker)->Unpark();
    });
  }
  ~Alarm() { *parker_ = nullptr; }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

 private:
  asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>,
                             asio::io_context::executor_type>
      timer_;
  std::shared_ptr<Parker*> parker_;  ///< null once the wait is over
};

}  // namespace

IoStatus SleepUntil(asio::io_context& io, TimePoint due, Wait& wait) {
  const Alarm alarm(io, due, wait.parker);
  while (SteadyClock::now() < due && !wait.Cancelled()) wait.parker.Park();
  return wait.Cancelled() ? IoStatus::kCancelled : IoStatus::kOk;
}

IoStatus AwaitThat(asio::io_context& io, const bool& happened, Wait& wait) {
  const Alarm alarm(io, wait.deadline, wait.parker);
  while (!happened) {
    if (wait.Cancelled()) return IoStatus::kCancelled;
    if (SteadyClock::now() >= wait.deadline) return IoStatus::kTimeout;
    wait.parker.Park();
  }
  return IoStatus::kOk;
}

}  // namespace loadctl::net
