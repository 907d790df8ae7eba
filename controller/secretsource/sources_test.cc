#include "controller/secretsource/sources.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "controller/secretsource/url_source.h"

namespace loadctl::secretsource {
namespace {

using namespace std::chrono_literals;
const std::string kMask(secrets::Redactor::kMask);

std::string OpenError(std::vector<std::string> specs, std::vector<std::string> variables = {},
                      const Environment& environment = {}) {
  const auto sources = Sources::Open(specs, variables, environment);
  return sources ? "" : sources.error().message;
}

std::unique_ptr<Sources> Opened(std::vector<std::string> specs,
                                std::vector<std::string> variables = {},
                                const Environment& environment = {}) {
  auto sources = Sources::Open(specs, variables, environment);
  EXPECT_TRUE(sources) << sources.error().message;
  return sources ? std::move(*sources) : nullptr;
}

/// `env+default: A; mock: a, b`
std::string Shape(const Sources& sources) {
  std::string out;
  for (const auto& source : sources.AtOnce()) {
    out += out.empty() ? "" : "; ";
    for (std::size_t i = 0; i < source.names.size(); ++i)
      out += (i == 0 ? "" : "+") + source.names[i];
    out += ":";
    for (const auto& [key, value] : source.values) out += " " + key + "=" + value;
    if (source.asked) out += " asked";
  }
  return out;
}

/// Answers each connection by the next of some texts, the last one for ever; counts them.
class Answering {
 public:
  explicit Answering(std::vector<std::string> answers) : answers_(std::move(answers)) {
    socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
    listen(socket_, 16);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~Answering() {
    shutdown(socket_, SHUT_RDWR);
    thread_.join();
    close(socket_);
  }
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;

  [[nodiscard]] std::string Spec(const std::string& more = "") const {
    return "url=urlTemplate=http://127.0.0.1:" + std::to_string(port_) + "/{key},retryBackoff=1ms" +
           more;
  }
  [[nodiscard]] std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void Serve() {
    while (true) {
      const int peer = accept(socket_, nullptr, nullptr);
      if (peer < 0) return;
      std::string request(4096, '\0');
      const ssize_t size = read(peer, request.data(), request.size());
      request.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
      std::string answer;
      {
        const std::lock_guard lock(mutex_);
        answer = answers_[std::min(requests_.size(), answers_.size() - 1)];
        requests_.push_back(request);
      }
      const std::string head =
          "HTTP/1.1 " + answer.substr(0, 3) +
          " X\r\nConnection: close\r\nContent-Length: " + std::to_string(answer.size() - 4) +
          "\r\n\r\n" + answer.substr(4);
      [[maybe_unused]] const auto written = write(peer, head.data(), head.size());
      close(peer);
    }
  }

  std::vector<std::string> answers_;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  int socket_ = -1;
  int port_ = 0;
  std::thread thread_;
};

std::string Got(Result<std::string> value) {
  return value ? *value : "error: " + value.error().message;
}

TEST(Sources, ALoneOneIsTheDefault) {
  EXPECT_EQ(Shape(*Opened({})), "");
  EXPECT_EQ(Shape(*Opened({"mock=a=1,b=2=3"})), "mock+default: a=1 b=2=3");
  EXPECT_EQ(Shape(*Opened({"mock=name=x,a=1", "mock=b=2"})), "x: a=1; mock: b=2");
  EXPECT_EQ(Shape(*Opened({"mock=name=x,a=1", "mock=default,b=2"})), "x: a=1; mock+default: b=2");
  EXPECT_EQ(Shape(*Opened({"mock=name=default,a=1"})), "default: a=1");
}

TEST(Sources, VariablesAreTheDefaultWhereThereIsNoOther) {
  const Environment environment = {{"A", "1"}, {"B", "2"}};
  EXPECT_EQ(Shape(*Opened({}, {"A", "B"}, environment)), "env+default: A=1 B=2");
  EXPECT_EQ(Shape(*Opened({"mock=a=1"}, {"A"}, environment)), "mock+default: a=1; env: A=1");
  EXPECT_EQ(OpenError({}, {"C"}, environment),
            "--secret-env C: the environment has no variable of that name");
  EXPECT_EQ(OpenError({"mock=name=env,a=1"}, {"A"}, environment),
            "two secret sources are named \"env\"");
}

TEST(Sources, ErrorsAreK6sWithoutValues) {
  EXPECT_EQ(OpenError({""}), "couldn't parse secret source configuration \"\"");
  EXPECT_EQ(OpenError({"mock=a"}), "parsing \"a\", needs =");
  EXPECT_EQ(OpenError({"mock"}), "parsing \"\", needs =");
  EXPECT_EQ(OpenError({"foo=a=s3cr3t"}),
            "no secret source for type \"foo\" for configuration \"foo=a=" + kMask + "\"");
  EXPECT_EQ(OpenError({"mock=a=s3cr3t", "mock=b=s3cr3t"}),
            "secret source for name \"mock\" already registered before configuration \"mock=b=" +
                kMask + "\"");
  EXPECT_EQ(OpenError({"file=/nonexistent"}), "open /nonexistent: no such file or directory");
  EXPECT_EQ(OpenError({"file=x=y"}), "unknown configuration key for file secret source \"x\"");
  EXPECT_EQ(Sources::Open(std::vector<std::string>{"cloud"}, {}, {}).error().code,
            ErrorCode::kInvalidConfig);
}

TEST(Sources, AFileHasAKeyAndAValueInALine) {
  const std::string path = testing::TempDir() + "secrets_" + std::to_string(getpid());
  std::ofstream(path) << "a=1\r\nb=x=y\n";
  EXPECT_EQ(Shape(*Opened({"file=" + path})), "file+default: a=1 b=x=y");
  std::ofstream(path) << "a=1\ns3cr3t\n";
  EXPECT_EQ(OpenError({"file=filename=" + path}), "parsing line 2 of " + path + ", needs =");
  EXPECT_NE(OpenError({"file=" + testing::TempDir()}), "");
  std::remove(path.c_str());
}

TEST(Sources, ValuesAreKnownToTheRedactor) {
  const auto sources = Opened({"mock=a=s3cr3t"});
  EXPECT_EQ(sources->redactor()->Redacted("x s3cr3t"), "x " + kMask);
}

TEST(UrlConfig, WrongOnesAreRefused) {
  const auto wrong = [](const std::string& text) {
    const auto config = ReadUrlConfig(text, {});
    return config ? "" : config.error().message;
  };
  const std::string why = "missing or invalid config: ";
  const std::string url = "urlTemplate=http://x/{key}";
  EXPECT_EQ(wrong(""), why + "urlTemplate is required");
  EXPECT_EQ(wrong("urlTemplate=http://x/"), why + "urlTemplate must contain {key} placeholder");
  EXPECT_EQ(wrong("urlTemplate=/{key}"),
            why + "urlTemplate must be an absolute URL with a scheme (e.g., https://...)");
  EXPECT_EQ(wrong("x"), why + "invalid config format \"x\", expected key=value");
  EXPECT_EQ(wrong(url + ",x=1"), why + "unknown configuration key: \"x\"");
  EXPECT_EQ(wrong(url + ",timeout=0s"), why + "timeout must be greater than 0");
  EXPECT_EQ(wrong(url + ",timeout=x"), why + "invalid timeout: time: invalid duration \"x\"");
  EXPECT_EQ(wrong(url + ",maxRetries=-1"), why + "maxRetries must be non-negative");
  EXPECT_EQ(wrong(url + ",requestsBurst=0"), why + "requestsBurst must be greater than 0");
  EXPECT_EQ(wrong(url), "");
}

TEST(UrlConfig, TheLaterCountsOverTheEarlier) {
  const std::string path = testing::TempDir() + "config_" + std::to_string(getpid());
  std::ofstream(path) << R"({"urlTemplate":"http://file/{key}","timeout":2000,"headers":{"A":"1"},)"
                         R"("maxRetries":7,"responsePath":"a.b"})";
  const Environment environment = {{"K6_SECRET_SOURCE_URL_URL_TEMPLATE", "http://env/{key}"},
                                   {"K6_SECRET_SOURCE_URL_HEADER_X", "e"},
                                   {"K6_SECRET_SOURCE_URL_METHOD", "POST"}};
  const auto config = ReadUrlConfig("config=" + path + ",maxRetries=1", environment);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->url_template, "http://file/{key}");
  EXPECT_EQ(config->method, "POST");
  EXPECT_EQ(config->timeout, 2s);
  EXPECT_EQ(config->max_retries, 1);
  EXPECT_EQ(config->response_path, "a.b");
  EXPECT_EQ(config->headers, (std::map<std::string, std::string>{{"A", "1"}}));
  std::ofstream(path) << R"({"timeout":[]})";
  EXPECT_EQ(ReadUrlConfig("config=" + path, {}).error().message,
            "missing or invalid config: failed to parse JSON config: \"timeout\" has a value of a "
            "wrong kind");
  std::remove(path.c_str());
}

TEST(SecretIn, TakesTheValueAtAPath) {
  EXPECT_EQ(Got(SecretIn("whole\n", "")), "whole\n");
  EXPECT_EQ(Got(SecretIn(R"({"a":{"b":"x\"y"}})", "a.b")), "x\"y");
  EXPECT_EQ(Got(SecretIn(R"({"a":1})", "a")),
            "error: secret value at path \"a\" is not a string (got Number)");
  EXPECT_EQ(Got(SecretIn(R"({"a":1})", "b")), "error: path \"b\" not found in response");
  EXPECT_EQ(Got(SecretIn("no json", "b")), "error: path \"b\" not found in response");
  EXPECT_EQ(Got(SecretIn(std::string(kMostAnswerBytes + 1, 'x'), "")),
            "error: secret response exceeds maximum size of 24576 bytes");
}

TEST(RateLimit, GivesABurstAndThenAToken) {
  RateLimit limit(60, 3);
  const RateLimit::Time now(1h);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limit.Take(now), now) << i;
  EXPECT_EQ(limit.Take(now), now + 1s);
  EXPECT_EQ(limit.Take(now), now + 2s);
  EXPECT_EQ(limit.Take(now + 10s), now + 10s);
}

TEST(UrlSource, IsAskedOnceForAKey) {
  Answering server({"200 s3cr3t"});
  const auto sources = Opened({server.Spec(",headers.X-Token=h3ader")});
  EXPECT_TRUE(sources->asked());
  EXPECT_EQ(Shape(*sources), "url+default: asked");
  EXPECT_EQ(Got(sources->Get("url", "my/key")), "s3cr3t");
  EXPECT_EQ(Got(sources->Get("url", "my/key")), "s3cr3t");
  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_TRUE(server.requests()[0].starts_with("GET /my/key HTTP/1.1\r\n")) << server.requests()[0];
  EXPECT_NE(server.requests()[0].find("\r\nX-Token: h3ader\r\n"), std::string::npos);
  EXPECT_EQ(Shape(*sources), "url+default: my/key=s3cr3t asked");
  EXPECT_EQ(sources->redactor()->Redacted("h3ader s3cr3t"), kMask + " " + kMask);
}

TEST(UrlSource, TriesAgainWhatMayDoBetterLater) {
  Answering flaky({"503 x", "200 s3cr3t"});
  EXPECT_EQ(Got(Opened({flaky.Spec()})->Get("url", "a")), "s3cr3t");
  EXPECT_EQ(flaky.requests().size(), 2u);
  Answering forbidden({"403 x"});
  EXPECT_EQ(Got(Opened({forbidden.Spec()})->Get("url", "a")),
            "error: status code 403: failed to get secret");
  EXPECT_EQ(forbidden.requests().size(), 1u);
  Answering broken({"500 x"});
  EXPECT_EQ(Got(Opened({broken.Spec(",maxRetries=0")})->Get("url", "a")),
            "error: status code 500: failed to get secret");
  Answering large({"200 " + std::string(kMostAnswerBytes + 9, 'x')});
  EXPECT_EQ(Got(Opened({large.Spec()})->Get("url", "a")),
            "error: failed to extract secret: secret response exceeds maximum size of 24576 bytes");
}

TEST(UrlSource, AnswersOnAnotherThreadAndStopsWithItsOwner) {
  Answering server({"200 s3cr3t"});
  auto sources = Opened({server.Spec()});
  std::promise<std::string> answer;
  sources->Ask("url", "a", [&](Result<std::string> value) { answer.set_value(Got(value)); });
  EXPECT_EQ(answer.get_future().get(), "s3cr3t");
  // A source that is tried for hours does not keep the program.
  auto endless = Opened({"url=urlTemplate=http://127.0.0.1:1/{key},retryBackoff=1h"});
  std::atomic<int> replies{0};
  for (int i = 0; i < 10; ++i)
    endless->Ask("url", std::to_string(i), [&](const Result<std::string>&) { ++replies; });
  endless.reset();
  EXPECT_LE(replies, 10);
}

}  // namespace
}  // namespace loadctl::secretsource
