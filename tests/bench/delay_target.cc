// An HTTP/1.1 server that answers every request exactly so many microseconds after the kernel had
// its last byte, and says at the end how exact it was. For tests/bench/truth.
//
//   delay_target MICROSECONDS     prints its port on 127.0.0.1; on SIGTERM, one line of JSON
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

constexpr char kAnswer[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
    "15\r\n\r\n{\"hello\":[1,2]}";

std::int64_t Now(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

void Require(bool ok, const char* what) {
  if (ok) return;
  std::perror(what);
  std::exit(1);
}

class Target {
 public:
  explicit Target(std::int64_t delay_ns) : delay_(delay_ns) {
    prctl(PR_SET_TIMERSLACK, 1UL);
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    Require(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0, "bind");
    Require(listen(listener_, 4096) == 0, "listen");
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    ending_ = signalfd(-1, &signals, 0);
    timer_ = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
    for (const int fd : {listener_, ending_, timer_}) Watch(fd);
    std::printf("%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
  }

  void Run() {
    for (;;) {
      epoll_event events[256];
      const int count = epoll_wait(epoll_, events, 256, -1);
      // What is due goes first: reading takes time.
      Answer();
      for (int i = 0; i < count; ++i) {
        const int fd = events[i].data.fd;
        if (fd == ending_) return Report();
        if (fd == timer_) continue;
        if (fd == listener_) {
          Accept();
        } else {
          Read(fd);
        }
      }
      Answer();
      SetTimer();
    }
  }

 private:
  struct Due {
    std::int64_t at;
    std::int64_t arrived;
    int fd;
    std::uint64_t connection;
  };
  struct Connection {
    std::string bytes;
    std::uint64_t serial;
  };

  void Watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    Require(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
  }

  void Accept() {
    for (int fd; (fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
      connections_[fd] = {"", ++serial_};
      Watch(fd);
    }
  }

  void Read(int fd) {
    char buffer[16384], control[128];
    iovec data{buffer, sizeof buffer};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t size = recvmsg(fd, &message, 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) {
      connections_.erase(fd);
      close(fd);
      return;
    }
    std::int64_t arrived = Now(CLOCK_REALTIME);
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
      if (part->cmsg_type != SCM_TIMESTAMPNS) continue;
      timespec stamp{};
      std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
      arrived = stamp.tv_sec * 1'000'000'000 + stamp.tv_nsec;
    }
    Connection& connection = connections_[fd];
    connection.bytes.append(buffer, static_cast<std::size_t>(size));
    if (!connection.bytes.ends_with("\r\n\r\n")) return;
    connection.bytes.clear();
    due_.push_back({arrived + delay_, arrived, fd, connection.serial});
  }

  // Reads come in no strict order of arrival, by some microseconds.
  void Answer() {
    while (!due_.empty() && due_.front().at <= Now(CLOCK_REALTIME)) {
      const Due due = due_.front();
      due_.pop_front();
      const auto found = connections_.find(due.fd);
      if (found == connections_.end() || found->second.serial != due.connection) continue;
      if (send(due.fd, kAnswer, sizeof kAnswer - 1, MSG_NOSIGNAL) < 0) continue;
      took_.push_back(static_cast<std::uint32_t>((Now(CLOCK_REALTIME) - due.arrived) / 1000));
    }
  }

  void SetTimer() {
    if (due_.empty()) return;
    itimerspec at{};
    at.it_value.tv_sec = due_.front().at / 1'000'000'000;
    at.it_value.tv_nsec = due_.front().at % 1'000'000'000;
    timerfd_settime(timer_, TFD_TIMER_ABSTIME, &at, nullptr);
  }

  void Report() {
    std::sort(took_.begin(), took_.end());
    const auto at = [&](double part) {
      return took_.empty()
                 ? 0.0
                 : took_[static_cast<std::size_t>(part * static_cast<double>(took_.size() - 1))] /
                       1000.0;
    };
    std::printf("{\"answers\": %zu, \"med\": %.3f, \"p95\": %.3f, \"p99\": %.3f, \"max\": %.3f}\n",
                took_.size(), at(0.5), at(0.95), at(0.99), at(1));
    std::fflush(stdout);
  }

  const std::int64_t delay_;
  int epoll_ = epoll_create1(0);
  int listener_ = -1, ending_ = -1, timer_ = -1;
  std::uint64_t serial_ = 0;
  std::unordered_map<int, Connection> connections_;
  std::deque<Due> due_;
  std::vector<std::uint32_t> took_;  // microseconds from arrival to answer
};

}  // namespace

int main(int count, char** arguments) {
  const long delay_us = count == 2 ? std::atol(arguments[1]) : -1;
  if (delay_us < 0) {
    std::fputs("usage: delay_target MICROSECONDS\n", stderr);
    return 2;
  }
  Target(delay_us * 1000).Run();
}
