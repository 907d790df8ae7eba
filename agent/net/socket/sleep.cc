#include "agent/net/socket/sleep.h"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>

namespace loadctl::net {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

IoStatus SleepUntil(asio::io_context& io, TimePoint due, Wait& wait) {
  asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>,
                             asio::io_context::executor_type>
      timer(io.get_executor());
  // The handler may run after a wait that was called off has returned.
  const auto parker = std::make_shared<Parker*>(&wait.parker);
  timer.expires_at(due);
  timer.async_wait([parker](const boost::system::error_code& error) {
    if (!error && *parker != nullptr) (*parker)->Unpark();
  });
  while (SteadyClock::now() < due && !wait.Cancelled()) wait.parker.Park();
  *parker = nullptr;
  return wait.Cancelled() ? IoStatus::kCancelled : IoStatus::kOk;
}

}  // namespace loadctl::net
