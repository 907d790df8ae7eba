// Cost of one keep-alive GET: 50 fibers on one thread against a server on this machine.
//
//   agent_net_http_client_bench PORT [SECONDS] [FIBERS]
//
// The server is the caller's (nginx with `return 200` will do). Prints requests per second of wall
// time and per second of this process's CPU time, which is what counts when cores are shared.
#include <sys/resource.h>

#include <boost/asio/io_context.hpp>
#include <boost/context/fiber.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <vector>

#include "agent/net/client/http_client.h"

namespace loadctl::net {
namespace {

using SteadyClock = std::chrono::steady_clock;
namespace context = boost::context;

class FiberParker;
using Ready = std::deque<FiberParker*>;

class FiberParker final : public Parker {
 public:
  FiberParker(Ready& ready, std::function<void(Parker&)> work)
      : ready_(ready),
        fiber_(std::allocator_arg, context::protected_fixedsize_stack(64 * 1024),
               [this, work = std::move(work)](context::fiber&& main) {
                 main_ = std::move(main);
                 work(*this);
                 done_ = true;
                 return std::move(main_);
               }) {
    ready_.push_back(this);
  }
  void Park() override {
    if (!unparked_) {
      parked_ = true;
      main_ = std::move(main_).resume();
    }
    unparked_ = false;
  }
  void Unpark() override {
    unparked_ = true;
    if (!parked_) return;
    parked_ = false;
    ready_.push_back(this);
  }
  bool Cancelled() const override { return false; }
  void Resume() { fiber_ = std::move(fiber_).resume(); }
  [[nodiscard]] bool done() const { return done_; }

 private:
  Ready& ready_;
  bool unparked_ = false;
  bool parked_ = false;
  bool done_ = false;
  context::fiber main_;
  context::fiber fiber_;
};

struct Load {
  NetContext& net;
  const Url& url;
  SteadyClock::time_point end;
  std::uint64_t answers = 0;
  std::uint64_t failures = 0;

  void Run(Parker& parker) {
    HttpClient client(net, {});
    RedirectPolicy policy;
    CookieJar jar;
    policy.jar = &jar;
    Exchange exchange;
    HeaderList headers;
    while (SteadyClock::now() < end) {
      Request request;
      request.url = &url;
      request.headers = &headers;
      request.user_agent = "Grafana k6/2.2.0";
      request.deadline = SteadyClock::now() + std::chrono::seconds(60);
      client.Fetch(request, policy, parker, nullptr, exchange);
      ++(exchange.status == 200 ? answers : failures);
    }
  }
};

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int Main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s PORT [SECONDS] [FIBERS]\n", argv[0]);
    return 2;
  }
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 5;
  const int fibers = argc > 3 ? std::atoi(argv[3]) : 50;
  boost::asio::io_context io(1);
  FixedResolver resolver({});
  const auto tls = TlsContext::Make({});
  if (!tls) return 1;
  Dialer dialer(io, resolver, **tls);
  NetContext net{dialer};
  const Result<Url> url = ParseUrl("http://127.0.0.1:" + std::string(argv[1]) + "/");
  if (!url) return 1;

  const double cpu = CpuSeconds();
  const auto begin = SteadyClock::now();
  Load load{net, *url, begin + std::chrono::seconds(seconds)};
  Ready ready;
  std::vector<std::unique_ptr<FiberParker>> all;
  for (int i = 0; i < fibers; ++i) {
    all.push_back(
        std::make_unique<FiberParker>(ready, [&load](Parker& parker) { load.Run(parker); }));
  }
  std::size_t done = 0;
  while (done < all.size()) {
    while (!ready.empty()) {
      FiberParker* const next = ready.front();
      ready.pop_front();
      next->Resume();
      done += next->done() ? 1 : 0;
    }
    io.restart();
    if (done < all.size() && io.run_one() != 0) io.poll();
  }
  const double wall = std::chrono::duration<double>(SteadyClock::now() - begin).count();
  const double used = CpuSeconds() - cpu;
  const auto answers = static_cast<double>(load.answers);
  std::printf("%.0f requests, %llu failures; %.0f/s, %.0f per CPU-second (%.2f us each)\n", answers,
              static_cast<unsigned long long>(load.failures), answers / wall, answers / used,
              used / answers * 1e6);
  return load.failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace loadctl::net

int main(int argc, char** argv) { return loadctl::net::Main(argc, argv); }
