// Poller: the sockets of one event loop, watched by an epoll set of their own, and the writes that
// wait for the end of the loop's turn. Why not Asio's reactor: that takes one epoll_ctl for each
// wait, here a socket is registered once. Not for other descriptors. The loop's thread.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "agent/net/socket/parker.h"
#include "agent/net/socket/transport.h"

namespace loadctl::net {

/// Made with the first socket of an io_context; lives as long as that.
///
/// In a turn it first sends what fibers have queued since the last one, then tells which sockets
/// have news: sending for many fibers in a row wakes the peer less often, and keeps the kernel's
/// code and the scripts' apart in the caches. Only while nothing is going on does Asio wait for it.
class Poller final : public boost::asio::execution_context::service {
 public:
  /// A socket, as the poller sees it.
  class Client {
   public:
    /// `events` as epoll gives them, edge-triggered. Resumes nobody inline.
    virtual void OnEvents(std::uint32_t events) = 0;
    /// Sends what was queued. `now` is the time; returns the time afterwards.
    virtual TimePoint OnTurn(TimePoint now) = 0;

   protected:
    ~Client() = default;
  };

  static boost::asio::execution_context::id id;
  explicit Poller(boost::asio::execution_context& context);
  [[nodiscard]] static Poller& Of(boost::asio::io_context& io) {
    return boost::asio::use_service<Poller>(io);
  }

  /// Watches a socket until it is closed and Forget() called; the errno if the kernel refuses.
  [[nodiscard]] int Add(int socket, Client& client);
  /// Has what is ready now told again.
  void TellAgain(int socket, Client& client);
  void Forget();

  /// Calls OnTurn() in the next turn, once; returns the place for Unqueue(). For one alone nothing,
  /// and nothing is done, while the loop's scripts compute for so long that waiting for them would
  /// cost requests.
  [[nodiscard]] std::optional<std::size_t> Queue(Client& client, TimePoint now, Company company);
  void Unqueue(std::size_t place) { queue_[place] = nullptr; }
  /// One more request waits for a turn that was asked for.
  void CountHeld() { ++held_; }

  /// One instant on both clocks: when the last turn looked for news.
  struct Instant {
    TimePoint steady{};
    std::chrono::nanoseconds wall{};  ///< since 1970
    [[nodiscard]] static Instant Now();
  };
  [[nodiscard]] const Instant& last_look() const { return last_look_; }

 private:
  using Descriptor =
      boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;
  void shutdown() override;
  void Turn();
  void PostTurn();
  void Flush();
  void Arm();

  boost::asio::io_context& io_;
  std::optional<Descriptor> set_;
  int error_ = 0;  ///< why there is no set
  std::vector<Client*> queue_;
  std::size_t held_ = 0;  ///< requests that wait for them
  Instant last_look_;
  TimePoint queued_since_{};
  TimePoint hasty_until_{};  ///< until then nothing is queued
  int long_turns_ = 0;       ///< each adds its weight, each short one takes 1 off
  std::size_t sockets_ = 0;
  bool posted_ = false;
  bool armed_ = false;
};

}  // namespace loadctl::net
