#include "controller/service/client_service.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "controller/fleet/server.h"
#include "controller/service/client.h"

namespace loadctl::service {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class ControlTest : public testing::Test {
 protected:
  explicit ControlTest(std::chrono::milliseconds patience = 10s) : control_(OptionsOf(patience)) {
    grpc::Service* services[] = {&control_.service()};
    auto server = fleet::Server::Listen("127.0.0.1:0", {}, services);
    if (server) server_ = std::move(*server);
    address_ = "127.0.0.1:" + std::to_string(server_->port());
  }
  static ControlOptions OptionsOf(std::chrono::milliseconds patience) {
    ControlOptions options;
    options.quotas->Set(fleet::Quota::kClientPatience, patience.count());
    return options;
  }
  Result<std::unique_ptr<Client>> Connect() {
    ClientOptions options;
    options.address = address_;
    return Client::Connect(std::move(options));
  }
  static void Submit(Client& client) {
    v1::FromClient submission, first, last;
    submission.mutable_submission()->set_script("s.js");
    client.Send(submission);
    first.mutable_bundle_chunk()->set_data("one ");
    client.Send(first);
    last.mutable_bundle_chunk()->set_data("two");
    last.mutable_bundle_chunk()->set_last(true);
    client.Send(last);
  }
  ClientService control_;
  std::unique_ptr<fleet::Server> server_;
  std::string address_;
};

class ImpatientControlTest : public ControlTest {
 protected:
  ImpatientControlTest() : ControlTest(300ms) {}
};

TEST_F(ControlTest, ARequestArrivesWholeAndItsOutcomeEndsTheStream) {
  auto client = Connect();
  ASSERT_TRUE(client) << client.error().message;
  Submit(**client);
  const auto request = control_.Next(Clock::now() + 10s);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->submission.script(), "s.js");
  EXPECT_EQ(request->packed, "one two");
  v1::ToClient log;
  log.mutable_event()->mutable_log()->set_message("hello");
  control_.Send(log);
  v1::RunEvent outcome;
  outcome.mutable_outcome()->set_hint("done");
  control_.Finish(outcome);
  v1::ToClient message;
  ASSERT_TRUE((*client)->Next(message, Clock::now() + 10s));
  EXPECT_EQ(message.event().log().message(), "hello");
  ASSERT_TRUE((*client)->Next(message, Clock::now() + 10s));
  EXPECT_EQ(message.event().outcome().hint(), "done");
  (*client)->WaitForEnd(Clock::now() + 10s);
  EXPECT_TRUE(control_.WaitUntilTaken(Clock::now() + 10s));
  EXPECT_TRUE(Connect());
}

TEST_F(ControlTest, ASecondClientIsTold) {
  auto first = Connect();
  ASSERT_TRUE(first);
  const auto second = Connect();
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("busy with the run of"), std::string::npos)
      << second.error().message;
}

TEST_F(ControlTest, StopReachesWhoeverRuns) {
  auto client = Connect();
  ASSERT_TRUE(client);
  Submit(**client);
  ASSERT_TRUE(control_.Next(Clock::now() + 10s));
  v1::FromClient stop;
  stop.mutable_stop()->set_signal("interrupt");
  (*client)->Send(stop);
  std::mutex mutex;
  std::condition_variable wake;
  std::string signal;
  control_.OnStop([&](const std::string& name) {
    const std::lock_guard lock(mutex);
    signal = name;
    wake.notify_all();
  });
  std::unique_lock lock(mutex);
  EXPECT_TRUE(wake.wait_for(lock, 10s, [&] { return signal == "interrupt"; }));
}

TEST_F(ImpatientControlTest, AClientThatIsGoneLosesItsRun) {
  auto client = Connect();
  ASSERT_TRUE(client);
  Submit(**client);
  ASSERT_TRUE(control_.Next(Clock::now() + 10s));
  client->reset();
  std::mutex mutex;
  std::condition_variable wake;
  bool stopped = false;
  control_.OnStop([&](const std::string&) {
    const std::lock_guard lock(mutex);
    stopped = true;
    wake.notify_all();
  });
  std::unique_lock lock(mutex);
  ASSERT_TRUE(wake.wait_for(lock, 10s, [&] { return stopped; }));
  lock.unlock();
  EXPECT_FALSE(Connect());  // its run goes on
  control_.Finish({});
  EXPECT_TRUE(Connect());
}

TEST(Client, AnAddressThatNobodyServes) {
  ClientOptions options;
  options.address = "127.0.0.1:1";
  options.first_patience = 100ms;
  const auto client = Client::Connect(std::move(options));
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().message,
            "the controller at 127.0.0.1:1 cannot be reached: Connection refused");
}

}  // namespace
}  // namespace loadctl::service
