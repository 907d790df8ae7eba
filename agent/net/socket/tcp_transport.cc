#include "agent/net/socket/tcp_transport.h"

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "agent/net/socket/poller.h"
#include "agent/net/socket/sleep.h"

namespace loadctl::net {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
using SteadyClock = std::chrono::steady_clock;

/// A socket's registration with the event loop, and its one lazy timer, whose handler keeps it
/// alive when the transport dies.
class SocketWatch final
    : public boost::intrusive_ref_counter<SocketWatch, boost::thread_unsafe_counter>,
      public Poller::Client {
 public:
  SocketWatch(asio::io_context& io, int socket, TcpTransport& owner)
      : poller_(Poller::Of(io)), timer_(io.get_executor()), owner_(owner), socket_(socket) {
    error_ = poller_.Add(socket, *this);
    if (error_ == 0) return;
    ::close(socket);
    closed_ = true;
  }

  /// Why the event loop could not take the socket, which is then closed: no memory, no watches.
  [[nodiscard]] int registration_error() const { return error_; }

  void OnEvents(std::uint32_t events) override {
    constexpr std::uint32_t kEnd = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
    if ((events & kEnd) != 0) ended_ = true;
    if ((events & (EPOLLIN | EPOLLPRI)) != 0) readable_ = true;
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) writable_ = true;
    // A read stops at urgent data, so a short one no longer means that nothing is left.
    if ((events & EPOLLPRI) != 0) urgent_ = true;
    if (listener_ != nullptr) return listener_->OnTransport();
    if (Satisfied()) Wake();
  }

  TimePoint OnTurn(TimePoint now) override {
    if (write_ == nullptr) {
      turn_queued_ = false;
      return listener_ != nullptr ? listener_->OnTurn(now) : now;
    }
    QueuedWrite& write = *std::exchange(write_, nullptr);
    write.tried = true;
    write.began = now;
    Transport& through = write.through != nullptr ? *write.through : owner_;
    const WriteResult result = through.TryWrite(write.parts);
    write.ended = SteadyClock::now();
    write.status = result.status;
    if (result.status == IoStatus::kOk) {
      const std::size_t first = std::min(write.parts[0].size(), result.bytes);
      write.parts[0].remove_prefix(first);
      write.parts[1].remove_prefix(result.bytes - first);
      if (write.parts[0].empty() && write.parts[1].empty()) return write.ended;
      write.status = IoStatus::kWouldBlock;
    }
    stuck_ = true;
    if (Satisfied()) Wake();
    return write.ended;
  }

  bool Queue(QueuedWrite& write) {
    write.tried = false;
    const auto place = poller_.Queue(*this, write.queued, Company::kAlone);
    if (!place) return false;
    write_ = &write;
    place_ = *place;
    return true;
  }
  void Unqueue() {
    stuck_ = false;
    if (std::exchange(write_, nullptr) != nullptr) poller_.Unqueue(place_);
  }

  bool QueueTurn(TimePoint now, Company company) {
    if (turn_queued_) {
      poller_.CountHeld();
      return true;
    }
    const auto place = poller_.Queue(*this, now, company);
    if (!place) return false;
    turn_queued_ = true;
    place_ = *place;
    return true;
  }

  IoStatus WaitFor(Interest interest, Wait& wait) {
    interest_ = interest;
    if (interest != Interest::kWrite && maybe_more_ && !readable_)
      poller_.TellAgain(socket_, *this);
    expired_ = false;
    deadline_ = wait.deadline;
    if (deadline_ != TimePoint::max()) ArmTimer();
    waiter_ = &wait.parker;
    IoStatus status = IoStatus::kOk;
    while (!closed_ && !Satisfied()) {
      if (wait.Cancelled()) status = IoStatus::kCancelled;
      if (expired_) status = IoStatus::kTimeout;
      if (status != IoStatus::kOk) break;
      wait.parker.Park();
    }
    waiter_ = nullptr;
    return status;
  }

  void Listen(TransportListener* listener) {
    listener_ = listener;
    if (listener != nullptr && !closed_) poller_.TellAgain(socket_, *this);
  }
  void SetAlarm(TimePoint when) {
    deadline_ = when;
    if (when != TimePoint::max()) ArmTimer();
  }

  void Close() {
    if (closed_) return;
    Unqueue();
    if (std::exchange(turn_queued_, false)) poller_.Unqueue(place_);
    closed_ = true;
    ::close(socket_);
    poller_.Forget();
    if (timer_armed_) timer_.cancel();
    Wake();
  }

  /// Something may be there to read that no read has seen: bytes, the end, an error.
  [[nodiscard]] bool stirred() const { return readable_ || ended_; }
  [[nodiscard]] const Poller::Instant& last_look() const { return poller_.last_look(); }
  /// A read is about to be tried: what comes from now on is news.
  void BeginRead() { readable_ = false; }
  /// `emptied`: the socket held less than was asked for.
  /// True if nothing is left.
  bool NoteRead(bool emptied) {
    maybe_more_ = !emptied || urgent_;
    return !maybe_more_ && !ended_;
  }
  void NoteNothingToRead() { maybe_more_ = ended_ = false; }
  void NoteFull() { writable_ = false; }

 private:
  using Ref = boost::intrusive_ptr<SocketWatch>;

  Poller& poller_;
  asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>, Executor> timer_;
  TcpTransport& owner_;
  const int socket_;
  int error_ = 0;
  Parker* waiter_ = nullptr;
  TransportListener* listener_ = nullptr;
  Interest interest_ = Interest::kRead;
  QueuedWrite* write_ = nullptr;
  std::size_t place_ = 0;     ///< of `write_`, or of the listener's turn, in the poller's queue
  bool turn_queued_ = false;  ///< the listener's
  TimePoint deadline_ = TimePoint::max();
  TimePoint armed_until_{};
  std::uint32_t timer_round_ = 0;
  bool timer_armed_ = false;
  bool readable_ = false;
  bool writable_ = false;
  bool ended_ = false;       ///< the peer has closed, or an error is pending
  bool urgent_ = false;      ///< the peer has sent urgent data
  bool maybe_more_ = false;  ///< the last read may have left something
  bool stuck_ = false;       ///< the queued write did not get through
  bool expired_ = false;
  bool closed_ = false;

  [[nodiscard]] bool Satisfied() const {
    return stuck_ || (interest_ != Interest::kWrite && stirred()) ||
           (interest_ != Interest::kRead && writable_);
  }

  void Wake() {
    if (waiter_ != nullptr) waiter_->Unpark();
  }

  /// Sees to it that the timer fires no later than the deadline; firing early costs little.
  void ArmTimer() {
    if (timer_armed_ && armed_until_ <= deadline_) return;
    timer_armed_ = true;
    armed_until_ = deadline_;
    timer_.expires_at(deadline_);
    timer_.async_wait(
        [self = Ref(this), round = ++timer_round_](const boost::system::error_code& error) {
          if (!error) self->OnTimer(round);
        });
  }

  void OnTimer(std::uint32_t round) {
    if (round != timer_round_) return;
    timer_armed_ = false;
    if (deadline_ == TimePoint::max() || (waiter_ == nullptr && listener_ == nullptr)) return;
    if (SteadyClock::now() < deadline_) return ArmTimer();
    if (listener_ != nullptr) {
      deadline_ = TimePoint::max();
      return listener_->OnTransport();
    }
    expired_ = true;
    Wake();
  }
};

namespace {

constexpr int kKeepAliveSeconds = 30;
constexpr std::size_t kMaxParts = 8;

void SetOption(int socket, int level, int name, int value) {
  // A socket without one of these still works: stamps fall back to the time of the read.
  (void)setsockopt(socket, level, name, &value, sizeof value);
}

void AskForStamps(int socket) {
  SetOption(socket, SOL_SOCKET, SO_TIMESTAMPING,
            SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE);
}

/// The kernel stamps packets only while some socket wants it, and begins to a moment after the
/// first one says so: what arrives in that moment has no stamp. One socket that stays open keeps it
/// going from connection to connection. It is never closed: it lives as long as the process.
void KeepStamping() {
  static const int kept = [] {
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket >= 0) AskForStamps(socket);
    return socket;
  }();
  (void)kept;
}

void Configure(int socket) {
  SetOption(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  KeepStamping();
  AskForStamps(socket);
  SetOption(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  SetOption(socket, IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveSeconds);
  SetOption(socket, IPPROTO_TCP, TCP_KEEPINTVL, kKeepAliveSeconds);
}

socklen_t ToSockaddr(const Endpoint& endpoint, sockaddr_storage& storage) {
  std::memset(&storage, 0, sizeof storage);
  if (!endpoint.path.empty()) {
    auto& local = reinterpret_cast<sockaddr_un&>(storage);
    const std::size_t size = std::min(endpoint.path.size(), kMaxSocketPath);
    local.sun_family = AF_UNIX;
    std::memcpy(local.sun_path, endpoint.path.data(), size);
    const bool abstract = endpoint.path[0] == '@';
    if (abstract) local.sun_path[0] = '\0';
    return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size + (abstract ? 0 : 1));
  }
  if (endpoint.address.family == IpAddress::Family::kV4) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    std::memcpy(&v4.sin_addr, endpoint.address.bytes.data(), 4);
    return sizeof v4;
  }
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(endpoint.port);
  v6.sin6_scope_id = endpoint.address.scope;
  std::memcpy(&v6.sin6_addr, endpoint.address.bytes.data(), 16);
  return sizeof v6;
}

Endpoint ToEndpoint(const sockaddr_storage& storage) {
  Endpoint endpoint;
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    endpoint.port = ntohs(v4.sin_port);
    std::memcpy(endpoint.address.bytes.data(), &v4.sin_addr, 4);
  } else {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    endpoint.port = ntohs(v6.sin6_port);
    endpoint.address.family = IpAddress::Family::kV6;
    std::memcpy(endpoint.address.bytes.data(), &v6.sin6_addr, 16);
  }
  return endpoint;
}

std::string LocalName(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return "";
  if (storage.ss_family == AF_UNIX) return "@";  // as Go names a socket without a name
  return ToEndpoint(storage).ToString();
}

/// `remote`, or what it stands for: to connect to 0.0.0.0 or :: is to connect to this machine.
Endpoint Reached(int socket, const Endpoint& remote) {
  if (!remote.path.empty()) return remote;
  const auto& bytes = remote.address.bytes;
  if (std::any_of(bytes.begin(), bytes.end(), [](auto byte) { return byte != 0; })) return remote;
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return remote;
  return ToEndpoint(storage);
}

/// When the kernel received what `message` holds, on the steady clock. What came before the event
/// loop last looked is placed by that look; only for what came later the clocks are read.
TimePoint ArrivalOf(msghdr& message, const Poller::Instant& last_look) {
  for (cmsghdr* item = CMSG_FIRSTHDR(&message); item != nullptr;
       item = CMSG_NXTHDR(&message, item)) {
    if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_TIMESTAMPING) continue;
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(item), sizeof stamp);  // the first of three: software
    if (stamp.tv_sec == 0 && stamp.tv_nsec == 0) break;
    const auto wall = std::chrono::seconds(stamp.tv_sec) + std::chrono::nanoseconds(stamp.tv_nsec);
    if (wall <= last_look.wall) return last_look.steady - (last_look.wall - wall);
    const Poller::Instant now = Poller::Instant::Now();
    // A wall clock that was set back in between must not put the arrival into the future.
    return now.steady - std::max(now.wall - wall, std::chrono::nanoseconds(0));
  }
  return SteadyClock::now();
}

}  // namespace

void TcpTransport::Dropper::operator()(SocketWatch* watch) const {
  watch->Close();
  intrusive_ptr_release(watch);
}

TcpTransport::TcpTransport(asio::io_context& io, int socket, const Endpoint& remote)
    : socket_(socket), remote_(remote) {
  auto* watch = new SocketWatch(io, socket, *this);
  intrusive_ptr_add_ref(watch);
  watch_.reset(watch);
  if (const int error_number = watch->registration_error(); error_number != 0) {
    socket_ = -1;
    failure_ = DialFailure(error_number, "epoll_ctl", remote.ToString());
    failure_.outcome = Outcome::kGeneratorError;
  }
}

namespace {

// From SYN to its answer. Of a SYN that was sent again the kernel does not know what was answered.
std::optional<std::chrono::nanoseconds> HandshakeTime(int socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  if (info.tcpi_rtt == 0 || info.tcpi_total_retrans != 0) return std::nullopt;
  return std::chrono::microseconds(info.tcpi_rtt);
}

}  // namespace

TcpTransport::~TcpTransport() = default;

namespace {

/// A socket for `remote`, bound to `local`; negative: `system_call` failed with errno.
int MakeSocket(const Endpoint& remote, const std::optional<IpAddress>& local,
               const char*& system_call) {
  const int family = !remote.path.empty()                              ? AF_UNIX
                     : remote.address.family == IpAddress::Family::kV4 ? AF_INET
                                                                       : AF_INET6;
  system_call = "socket";
  const int socket = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0 || family == AF_UNIX) return socket;
  Configure(socket);
  if (!local) return socket;
  system_call = "bind";
  sockaddr_storage storage;
  const socklen_t size = ToSockaddr({*local, 0}, storage);
  SetOption(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  if (bind(socket, reinterpret_cast<sockaddr*>(&storage), size) == 0) return socket;
  const int error_number = errno;
  close(socket);
  errno = error_number;
  return -1;
}

/// connect(), once: 0, or the errno.
int Connect(int socket, const Endpoint& remote) {
  sockaddr_storage storage;
  const socklen_t size = ToSockaddr(remote, storage);
  return connect(socket, reinterpret_cast<sockaddr*>(&storage), size) == 0 ? 0 : errno;
}

/// Connects to a Unix socket whose queue is full until there is room; TCP's SYNs do that by
/// themselves. 0, or the errno: ETIMEDOUT at `deadline`, ECANCELED.
int ConnectPatiently(asio::io_context& io, int socket, const Endpoint& remote, TimePoint deadline,
                     Wait& wait) {
  constexpr std::chrono::milliseconds kAgainAfter{1};
  int error_number = Connect(socket, remote);
  while (error_number == EAGAIN) {
    const TimePoint now = SteadyClock::now();
    if (now >= deadline) return ETIMEDOUT;
    if (SleepUntil(io, std::min(now + kAgainAfter, deadline), wait) == IoStatus::kCancelled)
      return ECANCELED;
    error_number = Connect(socket, remote);
  }
  return error_number;
}

}  // namespace

TcpTransport::DialResult TcpTransport::Dial(asio::io_context& io, const Endpoint& remote,
                                            const std::optional<IpAddress>& local,
                                            TimePoint dial_deadline, Wait& wait) {
  const std::string name = remote.ToString();
  const char* system_call = "";
  const int socket = MakeSocket(remote, local, system_call);
  if (socket < 0) return {nullptr, DialFailure(errno, system_call, name)};
  int error_number =
      ConnectPatiently(io, socket, remote, std::min(wait.deadline, dial_deadline), wait);
  if (error_number != 0 && error_number != EINPROGRESS) {
    close(socket);
    if (error_number == ECANCELED) return {nullptr, CancelledFailure()};
    if (error_number == ETIMEDOUT && wait.deadline <= dial_deadline)
      return {nullptr, RequestTimeout()};
    return {nullptr, DialFailure(error_number, "connect", name)};
  }
  auto transport = std::make_unique<TcpTransport>(io, socket, remote);
  if (transport->socket_ < 0) return {nullptr, transport->failure()};
  if (error_number == 0) return {std::move(transport), {}};

  const TimePoint deadline = wait.deadline;
  wait.deadline = std::min(deadline, dial_deadline);
  const IoStatus status = transport->WaitFor(Interest::kWrite, wait);
  wait.deadline = deadline;
  if (status == IoStatus::kCancelled) return {nullptr, CancelledFailure()};
  if (status == IoStatus::kTimeout) {
    return {nullptr, deadline <= dial_deadline ? RequestTimeout() : DialTimeout(name)};
  }
  socklen_t error_size = sizeof error_number;
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error_number, &error_size) != 0) {
    error_number = errno;
  }
  if (error_number != 0) return {nullptr, DialFailure(error_number, "connect", name)};
  transport->remote_ = Reached(socket, remote);
  return {std::move(transport), {}, HandshakeTime(socket)};
}

ReadResult TcpTransport::TryRead(std::span<char> into) {
  if (socket_ < 0) return {IoStatus::kFailed, 0, SteadyClock::now()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(scm_timestamping))];
  iovec slice{into.data(), into.size()};
  msghdr message{};
  message.msg_iov = &slice;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  watch_->BeginRead();
  ssize_t bytes = 0;
  do {
    bytes = recvmsg(socket_, &message, MSG_DONTWAIT);
  } while (bytes < 0 && errno == EINTR);
  if (bytes > 0) {
    received_ += static_cast<std::uint64_t>(bytes);
    const bool drained = watch_->NoteRead(static_cast<std::size_t>(bytes) < into.size());
    return {IoStatus::kOk, static_cast<std::size_t>(bytes), ArrivalOf(message, watch_->last_look()),
            drained};
  }
  if (bytes == 0) return {IoStatus::kEof, 0, SteadyClock::now()};
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    watch_->NoteNothingToRead();
    return {};
  }
  Fail("read", errno);
  return {IoStatus::kFailed, 0, SteadyClock::now()};
}

WriteResult TcpTransport::TryWrite(std::span<const std::string_view> parts) {
  if (socket_ < 0) return {IoStatus::kFailed, 0};
  iovec slices[kMaxParts];
  msghdr message{};
  message.msg_iov = slices;
  for (const std::string_view part : parts.first(std::min(parts.size(), kMaxParts))) {
    if (part.empty()) continue;
    slices[message.msg_iovlen++] = {const_cast<char*>(part.data()), part.size()};
  }
  constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
  ssize_t bytes = 0;
  do {
    // Most requests have no body; the plain call is the cheaper one.
    bytes = message.msg_iovlen == 1 ? send(socket_, slices[0].iov_base, slices[0].iov_len, kFlags)
                                    : sendmsg(socket_, &message, kFlags);
  } while (bytes < 0 && errno == EINTR);
  if (bytes >= 0) {
    sent_ += static_cast<std::uint64_t>(bytes);
    return {IoStatus::kOk, static_cast<std::size_t>(bytes)};
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    watch_->NoteFull();
    return {};
  }
  Fail("write", errno);
  return {IoStatus::kFailed, 0};
}

IoStatus TcpTransport::WaitFor(Interest interest, Wait& wait) {
  return watch_->WaitFor(interest, wait);
}

bool TcpTransport::Queue(QueuedWrite& write) { return socket_ >= 0 && watch_->Queue(write); }

void TcpTransport::Unqueue() { watch_->Unqueue(); }

void TcpTransport::Listen(TransportListener* listener) { watch_->Listen(listener); }

bool TcpTransport::QueueTurn(TimePoint now, Company company) {
  return socket_ >= 0 && watch_->QueueTurn(now, company);
}

void TcpTransport::SetAlarm(TimePoint when) { watch_->SetAlarm(when); }

bool TcpTransport::Stirred() const { return watch_->stirred(); }

void TcpTransport::Close() {
  if (socket_ < 0) return;
  socket_ = -1;
  failure_ = OtherFailure("use of closed network connection");
  watch_->Close();
}

void TcpTransport::Fail(std::string_view operation, int error_number) {
  failure_ = SocketFailure(operation, error_number, LocalName(socket_), remote_.ToString());
}

}  // namespace loadctl::net
