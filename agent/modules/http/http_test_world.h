// For tests: a VU with the real modules and a little HTTP server on 127.0.0.1.
// Not a load generator: one VU, one iteration at a time. The test's thread; the server has its own.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent/js/engine.h"
#include "agent/js/realm.h"
#include "agent/metrics/recorder.h"
#include "agent/modules/registry.h"
#include "agent/net/client/http_client.h"
#include "agent/vu/engine_for_tests.h"
#include "agent/vu/vu.h"

namespace loadctl::modules::http {

/// Answers each request by a function of its head and body. A thread a connection.
class TestServer {
 public:
  struct Request {
    std::string method, target, head, body;
    int connection = 0;  ///< number of the connection, from 1
  };
  /// The bytes to send; "" closes the connection.
  using Handler = std::function<std::string(const Request&)>;

  explicit TestServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 64), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~TestServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
      const std::lock_guard lock(mutex_);
      for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (auto& thread : threads_) thread.join();
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] int connections() const { return connections_; }

  static std::string Answer(std::string_view status, std::string_view body,
                            std::string_view fields = "") {
    return "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(fields) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  }

 private:
  void Accept() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const int number = ++connections_;
      const std::lock_guard lock(mutex_);
      open_.push_back(fd);
      threads_.emplace_back([this, fd, number] { Serve(fd, number); });
    }
  }
  void Serve(int fd, int number) {
    std::string data;
    char buffer[4096];
    for (;;) {
      std::size_t end;
      while ((end = data.find("\r\n\r\n")) == std::string::npos || data.size() < Size(data, end)) {
        const auto got = ::recv(fd, buffer, sizeof buffer, 0);
        if (got <= 0) return Close(fd);
        data.append(buffer, static_cast<std::size_t>(got));
      }
      Request request;
      request.head = data.substr(0, end + 2);
      request.body = data.substr(end + 4, Size(data, end) - end - 4);
      request.method = data.substr(0, data.find(' '));
      const auto at = request.method.size() + 1;
      request.target = data.substr(at, data.find(' ', at) - at);
      request.connection = number;
      data.erase(0, Size(data, end));
      const std::string answer = handler_(request);
      if (answer.empty() || ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0)
        return Close(fd);
    }
  }
  void Close(int fd) {
    const std::lock_guard lock(mutex_);
    std::erase(open_, fd);
    ::close(fd);
  }
  static std::size_t Size(const std::string& data, std::size_t end) {
    const auto at = data.find("Content-Length: ");
    return end + 4 + (at < end ? std::strtoul(data.c_str() + at + 16, nullptr, 10) : 0);
  }

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

/// One VU that runs a script.
struct World {
  /// `selectors`: sub-metrics to keep. `change` edits the options before the VU is made.
  explicit World(std::string script, const std::vector<std::string>& selectors = {},
                 const std::function<void(plan::Options&)>& change = nullptr)
      : text(std::move(script)) {
    vu::StartEngineForTests();
    program.main_url = "file:///test.js";
    program.load_file = [this](const std::string& url) -> Result<std::string_view> {
      if (url == "file:///test.js") return std::string_view(text);
      return Fail("no file " + url);
    };
    program.sources = js::PlainSources(program.load_file);
    program.code = &code;
    program.modules = AllModules();
    program.options.system_tags = {plan::KnownSystemTags().begin(), plan::KnownSystemTags().end()};
    program.options.user_agent = "test/1";
    if (change) change(program.options);
    program.log = [this](const vu::LogLine& line) {
      std::string entry = line.message;
      for (const auto& [name, value] : line.fields)
        if (name == "error" || name == "url") entry += " " + name + "=" + value;
      log.push_back(entry);
    };
    for (const auto& selector : selectors) {
      auto parsed = loadctl::metrics::ParseSelector(selector);
      series.push_back(program.metrics.Keep(*parsed).value());
    }
    recorder = std::make_unique<loadctl::metrics::Recorder>(program.metrics, 0);
    scenario = std::make_shared<vu::ScenarioInfo>();
    scenario->name = scenario->exec = "default";
    tls = std::move(*net::TlsContext::Make({}));
    dialer = std::make_unique<net::Dialer>(loop.io(), resolver, *tls);
    net = std::make_unique<net::NetContext>(net::NetContext{*dialer});
    vu::MakeSnapshotForTests(program);
    auto group =
        std::make_shared<vu::Group>(js::HeapLimits{}, vu::Sharing::kOneVu, program.snapshot);
    vu = std::make_unique<vu::Vu>(plan::VuNumbers{1, 1}, group, program, loop);
    auto made = vu->Init(vu::TimePoint::max());
    if (made) {
      vu->MoveTo(loop, *recorder, net.get(), stats);
    } else {
      init_error = made.error().message;
    }
  }
  ~World() {
    vu->End();
    loop.RunUntil([this] {
      if (vu->state() == vu::Vu::State::kEnded) return true;
      loop.Post([] {});
      return false;
    });
  }

  vu::WorkResult Iterate(vu::TimePoint deadline = vu::TimePoint::max()) {
    vu::WorkResult result;
    bool done = false;
    vu->Assign(
        [&](vu::Vu& self) {
          self.EnterScenario(scenario, nullptr);
          result = self.RunIteration({});
        },
        deadline, [&] { done = true; });
    loop.RunUntil([&] { return done; });
    return result;
  }

  /// The kept sub-metric's sum (counters) or number of samples.
  double Count(std::size_t selector) {
    recorder->CollectInto(collected);
    const auto& sink = collected.sinks[loadctl::metrics::Index(series[selector])];
    if (const auto* counter = std::get_if<loadctl::metrics::CounterSink>(&sink))
      return counter->sum();
    if (const auto* rate = std::get_if<loadctl::metrics::RateSink>(&sink))
      return static_cast<double>(rate->total());
    return loadctl::metrics::IsEmpty(sink) ? 0 : 1;
  }

  std::string text;
  std::string init_error;
  vu::Loop loop;
  js::CodeCache code;
  vu::Program program;
  std::unique_ptr<loadctl::metrics::Recorder> recorder;
  loadctl::metrics::Recorder::Collected collected;
  std::vector<loadctl::metrics::SeriesId> series;
  vu::WorkerStats stats;
  std::shared_ptr<vu::ScenarioInfo> scenario;
  net::FixedResolver resolver{{{"localhost", *net::IpAddress::Parse("127.0.0.1")}}};
  std::unique_ptr<net::TlsContext> tls;
  std::unique_ptr<net::Dialer> dialer;
  std::unique_ptr<net::NetContext> net;
  std::unique_ptr<vu::Vu> vu;
  std::vector<std::string> log;
};

}  // namespace loadctl::modules::http
