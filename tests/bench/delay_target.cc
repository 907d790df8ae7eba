// A server that answers every request exactly so many microseconds after the kernel had its last
// byte, and says at the end how exact it was. For tests/bench/truth. It speaks HTTP/1.1; over TLS
// also HTTP/2, where its client offers that.
//
//   delay_target MICROSECONDS [PEM]    prints its port on 127.0.0.1; on SIGTERM, one line of JSON.
//                                      PEM, a file with a key and its certificate: over TLS
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
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
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
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

int ChooseProtocol(SSL*, const unsigned char** out, unsigned char* out_size,
                   const unsigned char* in, unsigned in_size, void*) {
  static constexpr unsigned char kOurs[] = "\x02h2\x08http/1.1";
  unsigned char* chosen = nullptr;
  const int how = SSL_select_next_proto(&chosen, out_size, kOurs, sizeof kOurs - 1, in, in_size);
  *out = chosen;
  return how == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

SSL_CTX* MakeTls(const char* pem) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  Require(SSL_CTX_use_certificate_chain_file(context, pem) == 1, "certificate");
  Require(SSL_CTX_use_PrivateKey_file(context, pem, SSL_FILETYPE_PEM) == 1, "key");
  SSL_CTX_set_alpn_select_cb(context, ChooseProtocol, nullptr);
  return context;
}

/// What a client sent and is sent, by whichever protocol it speaks; knows no socket.
class Connection {
 public:
  Connection(std::uint64_t serial, SSL_CTX* tls) : serial_(serial) {
    if (tls == nullptr) return;
    ssl_ = SSL_new(tls);
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_, in_, out_);
    SSL_set_accept_state(ssl_);
  }
  ~Connection() {
    nghttp2_session_del(session_);
    SSL_free(ssl_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] std::uint64_t serial() const { return serial_; }

  /// The requests that ended with these bytes, by their HTTP/2 streams; 0 where there are none.
  std::vector<std::int32_t> Take(const char* bytes, std::size_t size) {
    ended_.clear();
    if (ssl_ == nullptr) {
      TakePlain(bytes, size);
      return ended_;
    }
    BIO_write(in_, bytes, static_cast<int>(size));
    char plain[16384];
    for (int got; (got = SSL_read(ssl_, plain, sizeof plain)) > 0;) {
      TakePlain(plain, static_cast<std::size_t>(got));
    }
    return ended_;
  }

  void Answer(std::int32_t stream) {
    if (stream == 0) {
      PutPlain(kAnswer, sizeof kAnswer - 1);
      return;
    }
    const auto field = [](const char* name, const char* value) {
      return nghttp2_nv{reinterpret_cast<std::uint8_t*>(const_cast<char*>(name)),
                        reinterpret_cast<std::uint8_t*>(const_cast<char*>(value)),
                        std::strlen(name), std::strlen(value), NGHTTP2_NV_FLAG_NONE};
    };
    const nghttp2_nv head[] = {field(":status", "200"), field("content-type", "application/json"),
                               field("content-length", "15")};
    nghttp2_data_provider body{};
    body.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* out, std::size_t,
                            std::uint32_t* flags, nghttp2_data_source*, void*) -> ssize_t {
      std::memcpy(out, kAnswer + sizeof kAnswer - 16, 15);
      *flags = NGHTTP2_DATA_FLAG_EOF;
      return 15;
    };
    Require(nghttp2_submit_response(session_, stream, head, 3, &body) == 0, "nghttp2");
    PutFrames();
  }

  /// What the socket is to send now.
  std::string Out() {
    if (ssl_ != nullptr) {
      char* bytes = nullptr;
      const long size = BIO_get_mem_data(out_, &bytes);
      out_bytes_.assign(bytes, static_cast<std::size_t>(size));
      BIO_reset(out_);
    }
    return std::exchange(out_bytes_, {});
  }

 private:
  void TakePlain(const char* bytes, std::size_t size) {
    if (session_ == nullptr && ssl_ != nullptr) StartHttp2();
    if (session_ != nullptr) {
      nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes), size);
      PutFrames();
      return;
    }
    bytes_.append(bytes, size);
    if (!bytes_.ends_with("\r\n\r\n")) return;
    bytes_.clear();
    ended_.push_back(0);
  }

  void StartHttp2() {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &name, &size);
    if (size != 2) return;
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
          const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
          if (ends && frame->hd.type <= NGHTTP2_HEADERS) {
            static_cast<Connection*>(self)->ended_.push_back(frame->hd.stream_id);
          }
          return 0;
        });
    nghttp2_session_server_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry most{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 250};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &most, 1);
  }

  void PutFrames() {
    const std::uint8_t* bytes = nullptr;
    for (ssize_t size; (size = nghttp2_session_mem_send(session_, &bytes)) > 0;) {
      PutPlain(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    }
  }

  void PutPlain(const char* bytes, std::size_t size) {
    if (ssl_ == nullptr) {
      out_bytes_.append(bytes, size);
    } else {
      SSL_write(ssl_, bytes, static_cast<int>(size));
    }
  }

  const std::uint64_t serial_;
  std::string bytes_;      // of a request of HTTP/1.1 that has not ended
  std::string out_bytes_;  // to be sent
  std::vector<std::int32_t> ended_;
  SSL* ssl_ = nullptr;  // owns in_ and out_
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
  nghttp2_session* session_ = nullptr;
};

class Target {
 public:
  Target(std::int64_t delay_ns, SSL_CTX* tls) : delay_(delay_ns), tls_(tls) {
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
    std::int32_t stream;
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
      connections_[fd] = std::make_unique<Connection>(++serial_, tls_);
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
    Connection& connection = *connections_[fd];
    for (const std::int32_t stream : connection.Take(buffer, static_cast<std::size_t>(size))) {
      due_.push_back({arrived + delay_, arrived, fd, connection.serial(), stream});
    }
    Send(fd, connection);
  }

  static bool Send(int fd, Connection& connection) {
    const std::string bytes = connection.Out();
    if (bytes.empty()) return true;
    return send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }

  // Reads come in no strict order of arrival, by some microseconds.
  void Answer() {
    while (!due_.empty() && due_.front().at <= Now(CLOCK_REALTIME)) {
      const Due due = due_.front();
      due_.pop_front();
      const auto found = connections_.find(due.fd);
      if (found == connections_.end() || found->second->serial() != due.connection) continue;
      found->second->Answer(due.stream);
      if (!Send(due.fd, *found->second)) continue;
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
  SSL_CTX* const tls_;
  int epoll_ = epoll_create1(0);
  int listener_ = -1, ending_ = -1, timer_ = -1;
  std::uint64_t serial_ = 0;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
  std::deque<Due> due_;
  std::vector<std::uint32_t> took_;  // microseconds from arrival to answer
};

}  // namespace

int main(int count, char** arguments) {
  const long delay_us = count == 2 || count == 3 ? std::atol(arguments[1]) : -1;
  if (delay_us < 0) {
    std::fputs("usage: delay_target MICROSECONDS [PEM]\n", stderr);
    return 2;
  }
  Target(delay_us * 1000, count == 3 ? MakeTls(arguments[2]) : nullptr).Run();
}
