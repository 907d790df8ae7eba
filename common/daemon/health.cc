#include "common/daemon/health.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

#include "common/base/descriptor.h"
#include "common/daemon/local_socket.h"
#include "common/daemon/notify.h"

namespace loadctl::daemon {
namespace {

using namespace std::chrono_literals;

// A service tells every second that it lives.
constexpr auto kHangs = 10s;
constexpr timeval kPatience{3, 0};
constexpr std::string_view kGood = "ok ";

std::string Name() {
  const char* name = std::getenv("LOADCTL_HEALTH");
  return name == nullptr ? "" : name;
}

Error Broken(const std::string& what) {
  return {ErrorCode::kGeneric, "LOADCTL_HEALTH=" + Name() + ": " + what};
}

std::string Answer() {
  const Told told = LastTold();
  if (!told.ready) return "it is not ready\n";
  if (std::chrono::steady_clock::now() - told.lived > kHangs) return "it hangs\n";
  return std::string(kGood) + told.status + "\n";
}

}  // namespace

class HealthSocket::Impl {
 public:
  Impl(int listener, std::string path)
      : listener_(listener),
        path_(std::move(path)),
        end_(eventfd(0, EFD_CLOEXEC)),
        thread_([this] { Serve(); }) {}
  ~Impl() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(end_.get(), &one, sizeof one);
    thread_.join();
    if (path_[0] == '/') unlink(path_.c_str());
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

 private:
  void Serve() {
    pollfd wanted[] = {{listener_.get(), POLLIN, 0}, {end_.get(), POLLIN, 0}};
    while (true) {
      if (poll(wanted, 2, -1) < 0 && errno != EINTR) return;
      if (wanted[1].revents != 0) return;
      const Descriptor client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (client.get() < 0) continue;
      const std::string answer = Answer();  // a few bytes: nobody can make this wait
      send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
  }

  const Descriptor listener_;
  const std::string path_;
  const Descriptor end_;
  std::thread thread_;
};

Result<std::unique_ptr<HealthSocket>> HealthSocket::Open() {
  const std::string name = Name();
  if (name.empty()) return std::unique_ptr<HealthSocket>();
  const auto address = LocalAddress::Of(name);
  if (!address) return tl::unexpected(Broken("it is neither a path nor @NAME, or too long"));
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (name[0] == '/') unlink(name.c_str());  // what one that was killed has left
  if (listener < 0 || bind(listener, address->get(), address->size) != 0 ||
      listen(listener, 16) != 0) {
    const std::string why = std::strerror(errno);
    if (listener >= 0) close(listener);
    return tl::unexpected(Broken(why));
  }
  return std::unique_ptr<HealthSocket>(new HealthSocket(std::make_unique<Impl>(listener, name)));
}

HealthSocket::HealthSocket(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HealthSocket::~HealthSocket() = default;

Result<std::string> AskHealth() {
  const std::string name = Name();
  if (name.empty()) return Fail("LOADCTL_HEALTH is not set: no service is asked");
  const auto address = LocalAddress::Of(name);
  if (!address) return tl::unexpected(Broken("it is neither a path nor @NAME, or too long"));
  const Descriptor client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  setsockopt(client.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  if (connect(client.get(), address->get(), address->size) != 0)
    return tl::unexpected(Broken(std::strerror(errno)));
  std::string text(1024, '\0');
  const ssize_t size = recv(client.get(), text.data(), text.size(), MSG_WAITALL);
  if (size <= 0) return tl::unexpected(Broken("no answer"));
  text.resize(static_cast<std::size_t>(size));
  while (text.ends_with('\n')) text.pop_back();
  if (!text.starts_with(kGood)) return tl::unexpected(Broken(text));
  return text.substr(kGood.size());
}

}  // namespace loadctl::daemon
