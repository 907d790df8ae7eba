#include "agent/net/proxy/tunnel.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "agent/net/http/http_message.h"
#include "agent/net/http1/http1_parser.h"
#include "agent/net/socket/address.h"

namespace loadctl::net {
namespace {

using SteadyClock = std::chrono::steady_clock;

std::string HostPort(std::string_view host, std::uint16_t port) {
  const bool v6 = host.find(':') != std::string_view::npos;
  return (v6 ? '[' + std::string(host) + ']' : std::string(host)) + ':' + std::to_string(port);
}

/// How a read or write on the way ended, if not well.
Failure EndOf(IoStatus status, const Transport& transport) {
  if (status == IoStatus::kTimeout) return RequestTimeout();
  if (status == IoStatus::kCancelled) return CancelledFailure();
  return status == IoStatus::kEof ? UnexpectedEof() : transport.failure();
}

bool Ignore(void*, std::string_view) { return false; }

/// The words behind the number in a status line; Go says which of them are missing.
Failure Refusal(const Exchange& answer) {
  const std::string_view status = answer.StatusText();
  const auto space = status.find(' ');
  if (space == std::string_view::npos) return OtherFailure("unknown status code");
  return OtherFailure(std::string(status.substr(space + 1)));
}

std::optional<Failure> Connect(const Proxy& proxy, std::string_view host, std::uint16_t port,
                               Transport& transport, Wait& wait) {
  const std::string target = HostPort(host, port);
  std::string head = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
  if (!proxy.authorization.empty()) head += "Proxy-Authorization: " + proxy.authorization + "\r\n";
  head += "\r\n";
  if (const IoStatus wrote = transport.Write(head, wait); wrote != IoStatus::kOk)
    return EndOf(wrote, transport);
  Exchange answer;
  ResponseReader reader;
  reader.Start("CONNECT", answer, Ignore, nullptr);
  std::array<char, 1024> buffer;  // the server behind it says nothing before it is spoken to
  while (!answer.head_complete) {
    const ReadResult read = transport.Read(buffer, wait);
    if (read.status != IoStatus::kOk) return EndOf(read.status, transport);
    (void)reader.Feed({buffer.data(), read.bytes});
    if (reader.state() == ResponseReader::State::kFailed && !answer.head_complete)
      return reader.failure();
  }
  if (answer.status != 200) return Refusal(answer);
  return std::nullopt;
}

// ---- SOCKS5

constexpr char kVersion = 5;
constexpr unsigned char kNoAuthentication = 0;
constexpr unsigned char kPassword = 2;
constexpr unsigned char kNothingAcceptable = 0xff;
constexpr std::size_t kLongest = 255;

std::string ReplyText(unsigned char reply) {
  static constexpr std::string_view kTexts[] = {"succeeded",
                                                "general SOCKS server failure",
                                                "connection not allowed by ruleset",
                                                "network unreachable",
                                                "host unreachable",
                                                "connection refused",
                                                "TTL expired",
                                                "command not supported",
                                                "address type not supported"};
  if (reply < std::size(kTexts)) return std::string(kTexts[reply]);
  return "unknown code: " + std::to_string(reply);
}

/// One conversation with a SOCKS5 server. Each step gives what is wrong, or nothing.
class Socks {
 public:
  using Wrong = std::optional<Failure>;
  Socks(const Proxy& proxy, Transport& transport, Wait& wait)
      : proxy_(proxy), transport_(transport), wait_(wait) {}

  Wrong Greet() {
    const std::string hello =
        proxy_.has_user ? std::string("\x05\x02\x00\x02", 4) : std::string("\x05\x01\x00", 3);
    if (Wrong wrong = Say(hello)) return wrong;
    if (Wrong wrong = Hear(2)) return wrong;
    if (heard_[0] != kVersion) return WrongVersion();
    const unsigned char method = heard_[1];
    if (method == kNothingAcceptable) return OtherFailure("no acceptable authentication methods");
    if (!proxy_.has_user || method == kNoAuthentication) return std::nullopt;
    if (method == kPassword) return Authenticate();
    return OtherFailure("unsupported authentication method " + std::to_string(method));
  }

  Wrong Ask(std::string_view host, std::uint16_t port) {
    std::string request("\x05\x01\x00", 3);
    if (const auto address = IpAddress::Parse(host)) {
      const bool v4 = address->family == IpAddress::Family::kV4;
      request += v4 ? '\x01' : '\x04';
      request.append(reinterpret_cast<const char*>(address->bytes.data()), v4 ? 4 : 16);
    } else if (host.size() > kLongest) {
      return OtherFailure("FQDN too long");
    } else {
      request += '\x03';
      request += static_cast<char>(host.size());
      request += host;
    }
    request += static_cast<char>(port >> 8);
    request += static_cast<char>(port & 0xff);
    if (Wrong wrong = Say(request)) return wrong;
    return TakeReply();
  }

 private:
  const Proxy& proxy_;
  Transport& transport_;
  Wait& wait_;
  std::array<unsigned char, kLongest + 2> heard_{};

  Wrong Say(std::string_view bytes) {
    const IoStatus wrote = transport_.Write(bytes, wait_);
    if (wrote == IoStatus::kOk) return std::nullopt;
    return EndOf(wrote, transport_);
  }

  Wrong Hear(std::size_t count) {
    for (std::size_t got = 0; got < count;) {
      const ReadResult read =
          transport_.Read({reinterpret_cast<char*>(heard_.data()) + got, count - got}, wait_);
      if (read.status == IoStatus::kEof && got == 0) return PlainEof();
      if (read.status != IoStatus::kOk) return EndOf(read.status, transport_);
      got += read.bytes;
    }
    return std::nullopt;
  }

  Wrong WrongVersion() const {
    return OtherFailure("unexpected protocol version " + std::to_string(heard_[0]));
  }

  Wrong Authenticate() {
    if (proxy_.user.empty() || proxy_.user.size() > kLongest || proxy_.password.size() > kLongest)
      return OtherFailure("invalid username/password");
    std::string login(1, '\x01');
    login += static_cast<char>(proxy_.user.size());
    login += proxy_.user;
    login += static_cast<char>(proxy_.password.size());
    login += proxy_.password;
    if (Wrong wrong = Say(login)) return wrong;
    if (Wrong wrong = Hear(2)) return wrong;
    if (heard_[0] != 1) return OtherFailure("invalid username/password version");
    if (heard_[1] != 0) return OtherFailure("username/password authentication failed");
    return std::nullopt;
  }

  /// The answer, with the address that the server connects from, which nobody needs.
  Wrong TakeReply() {
    if (Wrong wrong = Hear(4)) return wrong;
    if (heard_[0] != kVersion) return WrongVersion();
    if (heard_[1] != 0) return OtherFailure("unknown error " + ReplyText(heard_[1]));
    if (heard_[2] != 0) return OtherFailure("non-zero reserved field");
    std::size_t rest = 2;
    switch (heard_[3]) {
      case 1:
        rest += 4;
        break;
      case 4:
        rest += 16;
        break;
      case 3:
        if (Wrong wrong = Hear(1)) return wrong;
        rest += heard_[0];
        break;
      default:
        return OtherFailure("unknown address type " + std::to_string(heard_[3]));
    }
    return Hear(rest);
  }
};

}  // namespace

std::optional<Failure> OpenTunnel(const Proxy& proxy, std::string_view peer, std::string_view host,
                                  std::uint16_t port, Transport& transport, Wait& wait) {
  if (proxy.kind != Proxy::Kind::kSocks5) {
    const TimePoint given = wait.deadline;
    wait.deadline = std::min(given, SteadyClock::now() + std::chrono::minutes(1));
    std::optional<Failure> failure = Connect(proxy, host, port, transport, wait);
    wait.deadline = given;
    return failure;
  }
  Socks socks(proxy, transport, wait);
  std::optional<Failure> failure = socks.Greet();
  if (!failure) failure = socks.Ask(host, port);
  if (!failure || failure->outcome == Outcome::kTimeout || failure->outcome == Outcome::kCancelled)
    return failure;
  const std::string& why = failure->detail.empty() ? failure->text : failure->detail;
  return Failure{
      failure->outcome,
      code::kTcp,
      "socks connect tcp " + std::string(peer) + "->" + HostPort(host, port) + ": " + why,
      {}};
}

Failure ProxyUnreachable(Failure failure) {
  if (failure.outcome == Outcome::kTimeout) return RequestTimeout();
  if (failure.outcome == Outcome::kCancelled) return failure;
  const bool as_it_is = failure.detail.empty() || failure.code == code::kTlsHeader;
  const std::string& why = as_it_is ? failure.text : failure.detail;
  return {failure.outcome, code::kTcp, "proxyconnect tcp: " + why, {}};
}

}  // namespace loadctl::net
