#include "agent/net/socket/poller.h"

#include <sys/epoll.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <chrono>

namespace loadctl::net {

namespace asio = boost::asio;

namespace {

constexpr int kEventsATurn = 256;
/// So many requests are not held back for the others' scripts to run.
constexpr std::size_t kMaxHeld = 64;
/// Three turns longer than this within some fifty, and requests go out at once for a while. (One
/// may be the machine's doing: the thread did not run.)
constexpr std::chrono::milliseconds kLongTurn{10};
constexpr int kLongTurnWeight = 25;
constexpr int kTooManyLongTurns = 50;
constexpr std::chrono::seconds kHaste{10};

int Control(int set, int operation, int socket, Poller::Client& client) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &client;
  return epoll_ctl(set, operation, socket, &event) == 0 ? 0 : errno;
}

}  // namespace

asio::execution_context::id Poller::id;

Poller::Poller(asio::execution_context& context)
    : service(context), io_(static_cast<asio::io_context&>(context)) {
  const int set = epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) {
    error_ = errno;
    return;
  }
  boost::system::error_code error;
  set_.emplace(io_.get_executor());
  set_->assign(set, error);
  error_ = error.value();
}

Poller::Instant Poller::Instant::Now() {
  const auto wall = std::chrono::system_clock::now();
  return {std::chrono::steady_clock::now(), wall.time_since_epoch()};
}

void Poller::shutdown() { set_.reset(); }

int Poller::Add(int socket, Client& client) {
  if (error_ != 0) return error_;
  if (const int error = Control(set_->native_handle(), EPOLL_CTL_ADD, socket, client); error != 0)
    return error;
  ++sockets_;
  Arm();
  return 0;
}

void Poller::TellAgain(int socket, Client& client) {
  (void)Control(set_->native_handle(), EPOLL_CTL_MOD, socket, client);
}

void Poller::Forget() {
  // With the last socket the loop has nothing to wait for any more.
  if (--sockets_ == 0 && armed_ && set_) set_->cancel();
}

std::optional<std::size_t> Poller::Queue(Client& client, TimePoint now, Company company) {
  if (company == Company::kAlone && now < hasty_until_) return std::nullopt;
  if (held_ >= kMaxHeld) Flush();
  ++held_;
  if (queue_.empty()) queued_since_ = now;
  queue_.push_back(&client);
  PostTurn();
  return queue_.size() - 1;
}

void Poller::Flush() {
  if (queue_.empty()) return;
  TimePoint now = std::chrono::steady_clock::now();
  if (now - queued_since_ > kLongTurn) {
    long_turns_ += kLongTurnWeight;
    if (long_turns_ > kTooManyLongTurns) hasty_until_ = now + kHaste;
  } else if (long_turns_ > 0) {
    --long_turns_;
  }
  for (Client* client : queue_) {
    if (client != nullptr) now = client->OnTurn(now);
  }
  queue_.clear();
  held_ = 0;
}

void Poller::Turn() {
  if (!set_) return;
  Flush();
  epoll_event events[kEventsATurn];
  const int count = epoll_wait(set_->native_handle(), events, kEventsATurn, 0);
  if (count > 0) last_look_ = Instant::Now();
  for (int i = 0; i < count; ++i)
    static_cast<Client*>(events[i].data.ptr)->OnEvents(events[i].events);
  if (count > 0) return PostTurn();
  Arm();
}

void Poller::PostTurn() {
  if (posted_) return;
  posted_ = true;
  asio::post(io_, [this] {
    posted_ = false;
    Turn();
  });
}

void Poller::Arm() {
  if (armed_ || sockets_ == 0) return;
  armed_ = true;
  set_->async_wait(asio::posix::descriptor_base::wait_read,
                   [this](const boost::system::error_code& error) {
                     armed_ = false;
                     // Called off when there was no socket; there may be one again.
                     if (error) return Arm();
                     Turn();
                   });
}

}  // namespace loadctl::net
