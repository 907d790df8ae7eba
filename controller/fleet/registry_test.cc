#include "controller/fleet/registry.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>

#include "common/wire/reliable.h"
#include "controller/fleet/server.h"
#include "loadctl/v1/session.grpc.pb.h"

namespace loadctl::fleet {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// An agent that says only what a test makes it say.
class TestAgent {
 public:
  TestAgent(const std::string& address, std::uint64_t epoch,
            std::uint32_t major = wire::kProtocolMajor, bool returning = false) {
    stub_ = v1::Agents::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
    context_.set_deadline(std::chrono::system_clock::now() + 20s);
    stream_ = stub_->Attach(&context_);
    v1::FromAgent message;
    auto* hello = message.mutable_hello();
    hello->set_protocol_major(major);
    hello->set_epoch(epoch);
    hello->set_name("test\n:" + std::to_string(epoch));
    hello->set_returning(returning);
    stream_->Write(message);
    v1::ToAgent answer;
    if (stream_->Read(&answer)) welcome_ = answer.welcome();
  }
  ~TestAgent() {
    context_.TryCancel();
    stream_->Finish();
  }

  [[nodiscard]] const v1::Welcome& welcome() const { return welcome_; }

  /// The next message that is neither a clock's nor an acknowledgement.
  v1::ToAgent Read() {
    v1::ToAgent message;
    while (stream_->Read(&message)) {
      if (!message.has_clock() && message.body_case() != v1::ToAgent::BODY_NOT_SET) return message;
    }
    return {};
  }
  /// The next question for its clock.
  std::int64_t ReadClock() {
    v1::ToAgent message;
    while (stream_->Read(&message))
      if (message.has_clock()) return message.clock().controller_ns();
    return 0;
  }
  void SendClock(std::int64_t controller_ns, std::int64_t agent_ns, std::int64_t unix_ns = 0) {
    v1::FromAgent message;
    message.mutable_clock()->set_controller_ns(controller_ns);
    message.mutable_clock()->set_agent_ns(agent_ns);
    message.mutable_clock()->set_agent_unix_ns(unix_ns);
    stream_->Write(message);
  }
  void Acknowledge(std::uint64_t number) {
    v1::FromAgent message;
    message.set_acknowledged(number);
    message.mutable_heartbeat();
    stream_->Write(message);
  }
  void SendHeartbeat(std::chrono::nanoseconds conductor_silence) {
    v1::FromAgent message;
    message.mutable_heartbeat()->set_conductor_silent_ns(conductor_silence.count());
    stream_->Write(message);
  }
  void SendLine(std::uint64_t number, const std::string& text) {
    v1::FromAgent message;
    message.set_number(number);
    message.mutable_logs()->add_lines()->set_message(text);
    stream_->Write(message);
  }
  void SendProgress(std::uint64_t number, std::int64_t vus) {
    v1::FromAgent message;
    message.set_number(number);
    message.mutable_progress()->set_active_vus(vus);
    stream_->Write(message);
  }

 private:
  std::unique_ptr<v1::Agents::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::FromAgent, v1::ToAgent>> stream_;
  v1::Welcome welcome_;
};

class RegistryTest : public testing::Test {
 protected:
  void Serve(Unassigned unassigned, std::chrono::milliseconds patience = 5s) {
    RegistryOptions options;
    options.unassigned = unassigned;
    options.quotas->Set(Quota::kAgentPatience, patience.count());
    registry_ = std::make_unique<Registry>(std::move(options));
    grpc::Service* services[] = {&registry_->service()};
    auto server = Server::Listen("127.0.0.1:0", {}, services);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    address_ = "127.0.0.1:" + std::to_string(server_->port());
  }
  static Event NextOf(Fleet& fleet) {
    Event event;
    EXPECT_TRUE(fleet.Next(event, Clock::now() + 10s));
    return event;
  }
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Server> server_;
  std::string address_;
};

TEST_F(RegistryTest, ListsAgentsWithWhatIsKnownOfThem) {
  Serve(Unassigned::kKeep);
  TestAgent agent(address_, 7);
  ASSERT_EQ(agent.welcome().refused(), "");
  auto list = registry_->List();
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].state, Registry::Known::State::kIdle);
  EXPECT_FALSE(list[0].info.wall_clock_ahead);
  const std::chrono::nanoseconds now = std::chrono::system_clock::now().time_since_epoch();
  agent.SendClock(agent.ReadClock(), 1, (now + 10min).count());
  const auto until = Clock::now() + 10s;
  while (!(list = registry_->List())[0].info.wall_clock_ahead && Clock::now() < until)
    std::this_thread::sleep_for(1ms);
  ASSERT_TRUE(list[0].info.wall_clock_ahead);
  EXPECT_GT(*list[0].info.wall_clock_ahead, 9min);
  EXPECT_LT(*list[0].info.wall_clock_ahead, 11min);
  const auto fleet = registry_->Claim(1, 5s);
  ASSERT_TRUE(fleet);
  EXPECT_EQ(registry_->List()[0].state, Registry::Known::State::kWorking);
}

TEST_F(RegistryTest, AnotherMajorVersionIsRefusedInWords) {
  Serve(Unassigned::kKeep);
  const TestAgent agent(address_, 7, 99);
  EXPECT_EQ(
      agent.welcome().refused(),
      "the agent speaks version 99 of the session protocol, the controller version 2: install "
      "the same version of loadctl on both");
  EXPECT_FALSE(agent.welcome().register_anew());
  EXPECT_EQ(registry_->Count().idle, 0);
}

TEST_F(RegistryTest, StrangersWaitForADaemonAndAreRefusedByALocalRun) {
  Serve(Unassigned::kKeep);
  const TestAgent kept(address_, 1);
  EXPECT_EQ(kept.welcome().refused(), "");
  EXPECT_EQ(registry_->Count().idle, 1);
  server_.reset();
  Serve(Unassigned::kRefuse);
  const auto fleet = registry_->Expect(1);
  const TestAgent wanted(address_, 2), refused(address_, 3);
  EXPECT_EQ(wanted.welcome().agent(), 1u);
  EXPECT_EQ(refused.welcome().refused(), "no agent is wanted here");
  server_.reset();
}

TEST_F(RegistryTest, ClaimingSaysHowManyThereAre) {
  Serve(Unassigned::kKeep);
  const TestAgent first(address_, 1);
  const auto fleet = registry_->Claim(2, 50ms);
  ASSERT_FALSE(fleet);
  EXPECT_EQ(fleet.error().code, ErrorCode::kAgentLost);
  EXPECT_NE(fleet.error().message.find("2 agents are wanted, but 1 is idle"), std::string::npos)
      << fleet.error().message;
}

TEST_F(RegistryTest, AClaimedAgentWorksForOneRunOnly) {
  Serve(Unassigned::kKeep);
  TestAgent agent(address_, 1);
  auto fleet = registry_->Claim(1, 1s);
  ASSERT_TRUE(fleet) << fleet.error().message;
  EXPECT_EQ(NextOf(**fleet).kind, Event::Kind::kAttached);
  EXPECT_EQ((*fleet)->Info(1).name, "test?:1");
  EXPECT_EQ(registry_->Count().working, 1);
  agent.SendProgress(1, 5);
  agent.SendProgress(1, 6);  // a repeat
  agent.SendProgress(2, 7);
  EXPECT_EQ(NextOf(**fleet).message.progress().active_vus(), 5);
  EXPECT_EQ(NextOf(**fleet).message.progress().active_vus(), 7);
  fleet->reset();
  EXPECT_TRUE(agent.Read().has_finish());
  EXPECT_EQ(registry_->Count().idle, 0);
  EXPECT_FALSE(registry_->Claim(1, 50ms));
}

TEST_F(RegistryTest, WhatWasNotTakenIsSentAgainOnTheNextStream) {
  Serve(Unassigned::kKeep);
  auto agent = std::make_unique<TestAgent>(address_, 1);
  auto fleet = registry_->Claim(1, 1s);
  ASSERT_TRUE(fleet);
  v1::ToAgent stop;
  stop.mutable_stop()->set_reason("enough");
  (*fleet)->Send(1, stop);
  EXPECT_EQ(agent->Read().stop().reason(), "enough");
  agent = std::make_unique<TestAgent>(address_, 1, wire::kProtocolMajor, true);
  EXPECT_EQ(agent->welcome().refused(), "");
  EXPECT_EQ(agent->Read().stop().reason(), "enough");
}

TEST_F(RegistryTest, ASilentAgentIsLostAndMayComeBackAsANewOne) {
  Serve(Unassigned::kKeep, 300ms);
  const TestAgent agent(address_, 1);  // sends no heartbeats
  auto fleet = registry_->Claim(1, 1s);
  ASSERT_TRUE(fleet);
  EXPECT_EQ(NextOf(**fleet).kind, Event::Kind::kAttached);
  EXPECT_EQ(NextOf(**fleet).kind, Event::Kind::kLost);
  const TestAgent again(address_, 1, wire::kProtocolMajor, true);
  EXPECT_NE(again.welcome().refused(), "");
  EXPECT_TRUE(again.welcome().register_anew());
  const TestAgent anew(address_, 2);
  EXPECT_EQ(anew.welcome().refused(), "");
}

TEST_F(RegistryTest, AnAgentWhoseConductorHangsIsLostThoughItsHeartbeatsCome) {
  Serve(Unassigned::kKeep);
  TestAgent agent(address_, 1);
  auto fleet = registry_->Claim(1, 1s);
  ASSERT_TRUE(fleet);
  EXPECT_EQ(NextOf(**fleet).kind, Event::Kind::kAttached);
  agent.SendHeartbeat(29s);  // slow, and no more
  agent.SendHeartbeat(10ms);
  Event event;
  EXPECT_FALSE((*fleet)->Next(event, Clock::now() + 400ms)) << event.reason;
  agent.SendHeartbeat(31s);
  const Event lost = NextOf(**fleet);
  EXPECT_EQ(lost.kind, Event::Kind::kLost);
  EXPECT_EQ(lost.reason, "it hangs: its main thread has done nothing for 30s");
}

TEST_F(RegistryTest, AnIdleAgentThatHangsIsNotClaimed) {
  Serve(Unassigned::kKeep);
  TestAgent agent(address_, 1);
  EXPECT_EQ(registry_->Count().idle, 1);
  agent.SendHeartbeat(31s);
  EXPECT_EQ(agent.Read().body_case(), v1::ToAgent::BODY_NOT_SET);  // the stream's end
  EXPECT_EQ(registry_->Count().idle, 0);
}

TEST_F(RegistryTest, AGapInTheNumbersEndsTheStream) {
  Serve(Unassigned::kKeep);
  TestAgent agent(address_, 1);
  agent.SendProgress(5, 1);
  EXPECT_EQ(agent.Read().body_case(), v1::ToAgent::BODY_NOT_SET);
}

TEST_F(RegistryTest, AnAnswerOfAClockIsToAQuestionAndCountsOnce) {
  Serve(Unassigned::kKeep);
  TestAgent agent(address_, 1);
  auto fleet = registry_->Claim(1, 1s);
  ASSERT_TRUE(fleet);
  EXPECT_EQ(NextOf(**fleet).kind, Event::Kind::kAttached);
  const std::int64_t asked = agent.ReadClock();
  agent.SendClock(1, 5);                          // to no question
  agent.SendClock(asked - 3'600'000'000'000, 5);  // an hour under way
  agent.SendClock(asked, -1);                     // no time
  agent.SendProgress(1, 1);
  EXPECT_EQ(NextOf(**fleet).kind, Event::Kind::kMessage);
  EXPECT_EQ((*fleet)->Info(1).clock_samples, 0);
  const std::int64_t again = agent.ReadClock();
  agent.SendClock(again, again + 1'000'000'000'000);
  agent.SendClock(again, again);  // the same question
  agent.SendProgress(2, 1);
  EXPECT_EQ(NextOf(**fleet).kind, Event::Kind::kMessage);
  EXPECT_EQ((*fleet)->Info(1).clock_samples, 1);
  EXPECT_GE((*fleet)->Info(1).clock_offset, 990s);
  EXPECT_LT((*fleet)->Info(1).round_trip, 5s);
}

TEST_F(RegistryTest, BundlesTravelAsTheyAreTaken) {
  Serve(Unassigned::kKeep);
  TestAgent agent(address_, 1);
  auto fleet = registry_->Claim(1, 1s);
  ASSERT_TRUE(fleet);
  constexpr std::size_t kChunk = 1u << 16;
  std::string all(20 * kChunk + 5, 'x');
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>('a' + i % 26);
  (*fleet)->SendBundle(1, std::make_shared<const std::string>(all));
  std::string got;
  bool last = false;
  for (std::uint64_t number = 1; !last; ++number) {
    const auto chunk = agent.Read();
    ASSERT_TRUE(chunk.has_bundle_chunk());
    ASSERT_EQ(chunk.number(), number);
    got += chunk.bundle_chunk().data();
    last = chunk.bundle_chunk().last();
    // No more than this is on its way before the first are taken.
    EXPECT_LE((*fleet)->Info(1).chunks, number + 16);
    agent.Acknowledge(number);
  }
  EXPECT_EQ(got, all);
}

TEST_F(RegistryTest, WhoSendsMoreThanARunTakesWaits) {
  Serve(Unassigned::kKeep);
  TestAgent agent(address_, 1);
  auto fleet = registry_->Claim(1, 1s);
  ASSERT_TRUE(fleet);
  EXPECT_EQ(NextOf(**fleet).kind, Event::Kind::kAttached);
  constexpr int kMessages = 40;
  // On a thread of its own: to write waits, too, while nobody reads.
  std::thread sender([&] {
    for (int i = 1; i <= kMessages; ++i)
      agent.SendLine(static_cast<std::uint64_t>(i), std::string(1u << 20, 'x'));
  });
  const auto end = Clock::now() + 10s;
  while (registry_->Count().held_back == 0 && Clock::now() < end) std::this_thread::sleep_for(1ms);
  EXPECT_GE(registry_->Count().held_back, 1);
  for (int i = 0; i < kMessages; ++i) EXPECT_EQ(NextOf(**fleet).kind, Event::Kind::kMessage) << i;
  sender.join();
}

TEST_F(RegistryTest, AHostHasItsShareOfAgents) {
  RegistryOptions options{.unassigned = Unassigned::kKeep};
  options.quotas->Set(Quota::kAgentsOfHost, 1);
  const SharedQuotas quotas = options.quotas;
  registry_ = std::make_unique<Registry>(std::move(options));
  grpc::Service* services[] = {&registry_->service()};
  auto server = Server::Listen("127.0.0.1:0", {}, services);
  ASSERT_TRUE(server);
  const std::string address = "127.0.0.1:" + std::to_string((*server)->port());
  {
    const TestAgent first(address, 1), second(address, 2);
    EXPECT_EQ(first.welcome().refused(), "");
    EXPECT_EQ(second.welcome().refused(), "there are enough agents of this host here");
    EXPECT_EQ(registry_->Count().refused, 1);
  }
}

TEST(Server, AnAddressInUseIsRefused) {
  Registry one({}), two({});
  grpc::Service* first[] = {&one.service()};
  grpc::Service* second[] = {&two.service()};
  const auto server = Server::Listen("127.0.0.1:0", {}, first);
  ASSERT_TRUE(server);
  const std::string address = "127.0.0.1:" + std::to_string((*server)->port());
  const auto other = Server::Listen(address, {}, second);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().message,
            "cannot listen on " + address + ": is the address in use, or not this machine's?");
  const std::string path = "unix:" + testing::TempDir() + "loadctl-" + std::to_string(getpid());
  const auto local = Server::Listen(path, {}, first);
  ASSERT_TRUE(local);
  EXPECT_FALSE(Server::Listen(path, {}, second));
}

}  // namespace
}  // namespace loadctl::fleet
