// A whole run on agents that are scripts: they speak the protocol over real streams and run
// nothing.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/metrics/delta.h"
#include "common/wire/reliable.h"
#include "controller/fleet/fleet.h"
#include "controller/rest/view.h"
#include "controller/run/run.h"
#include "controller/run/run_testing.h"
#include "loadctl/v1/session.grpc.pb.h"

namespace loadctl::service {
namespace {

constexpr int kAgents = 2;

/// Does its half of 10 iterations in no time.
class ScriptedAgent {
 public:
  ScriptedAgent(const std::string& address, std::uint32_t agent, std::uint32_t assignment)
      : agent_(agent), assignment_(assignment) {
    stub_ = v1::Agents::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
    thread_ = std::thread([this] { Serve(); });
  }
  ~ScriptedAgent() {
    context_.TryCancel();
    thread_.join();
  }

 private:
  void Serve() {
    stream_ = stub_->Attach(&context_);
    v1::FromAgent hello;
    hello.mutable_hello()->set_protocol_major(wire::kProtocolMajor);
    hello.mutable_hello()->set_epoch(100 + agent_);
    hello.mutable_hello()->set_agent(agent_);
    hello.mutable_hello()->set_name("scripted:" + std::to_string(agent_));
    stream_->Write(hello);
    v1::ToAgent message;
    while (stream_->Read(&message)) {
      if (message.number() > 0) taken_ = message.number();
      Answer(message);
      message.Clear();
    }
    static_cast<void>(stream_->Finish());
  }
  void Answer(const v1::ToAgent& message) {
    v1::FromAgent reply;
    if (message.has_clock()) {
      reply.mutable_clock()->set_controller_ns(message.clock().controller_ns());
      reply.mutable_clock()->set_agent_ns(
          std::chrono::steady_clock::now().time_since_epoch().count());
      stream_->Write(reply);
    } else if (message.has_prepare()) {
      reply.mutable_ready()->set_vus(1);
      Send(std::move(reply));
    } else if (message.has_start()) {
      SendDelta(5, false);
      auto& done = *reply.mutable_run_done();
      done.set_planned(5);
      done.set_started(5);
      done.set_complete(5);
      done.set_any_started(true);
      auto& part = *done.add_scenarios();
      part.set_name("default");
      part.set_started(5);
      part.set_complete(5);
      Send(std::move(reply));
    } else if (message.has_flush()) {
      SendDelta(0, true);
      reply.mutable_flushed()->set_deltas(sequence_);
      reply.mutable_flushed()->mutable_health()->set_memory_peak_bytes(1 << 20);
      Send(std::move(reply));
    }
  }
  void SendDelta(double iterations, bool final) {
    metrics::Delta delta;
    delta.epoch = 100 + agent_;
    delta.sequence = ++sequence_;
    delta.first_interval = delta.interval = final ? 1 : 0;
    delta.final = final;
    if (iterations > 0) {
      delta.series.push_back(
          {"iterations", "", metrics::ValueType::kDefault, metrics::CounterSink::Of(iterations)});
    }
    v1::FromAgent message;
    message.mutable_delta()->set_assignment(assignment_);
    message.mutable_delta()->set_encoded(metrics::EncodeDelta(delta));
    Send(std::move(message));
  }
  void Send(v1::FromAgent message) {
    message.set_number(++number_);
    message.set_acknowledged(taken_);
    stream_->Write(message);
  }

  const std::uint32_t agent_, assignment_;
  std::uint64_t number_ = 0, taken_ = 0, sequence_ = 0;
  std::unique_ptr<v1::Agents::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::FromAgent, v1::ToAgent>> stream_;
  std::thread thread_;
};

class WholeRun : public testing::Test {
 protected:
  WholeRun() {
    events_.Add(kept_);
    events_.Add(view_);
  }
  /// `assignment`: the one that agent 1 says its deltas are of.
  v1::Outcome Execute(std::uint32_t assignment = 1) {
    fleet::FleetOptions options;
    options.address = "127.0.0.1:0";
    options.agents = kAgents;
    auto fleet = fleet::Fleet::Listen(options);
    EXPECT_TRUE(fleet) << fleet.error().message;
    const std::string address = "127.0.0.1:" + std::to_string((*fleet)->port());
    const ScriptedAgent one(address, 1, assignment), two(address, 2, 2);
    const controller::RunInputs inputs = test_.Inputs(kAgents);
    const auto run = controller::Run::Make(inputs, events_);
    EXPECT_TRUE(run) << run.error().message;
    return (*run)->Execute(**fleet);
  }

  controller::SmallTest test_;
  events::Publisher events_;
  controller::KeptEvents kept_;
  rest::View view_;
};

TEST_F(WholeRun, TellsEverythingInOrderAndTheOutcomeLast) {
  const v1::Outcome outcome = Execute();
  EXPECT_FALSE(outcome.has_error()) << outcome.error().message();
  EXPECT_TRUE(outcome.summary().complete());
  ASSERT_EQ(outcome.summary().ledger_size(), 2);
  EXPECT_EQ(outcome.summary().ledger(1).health().memory_peak_bytes(), 1 << 20);

  ASSERT_FALSE(kept_.events.empty());
  EXPECT_EQ(kept_.events.front().planned().script(), "s.js");
  EXPECT_EQ(kept_.events.front().planned().run_id(), "0123456789ab");
  EXPECT_EQ(kept_.events.back().outcome().SerializeAsString(), outcome.SerializeAsString());
  std::uint64_t number = 0;
  std::int64_t at = 0;
  std::vector<v1::RunProgress::Phase> phases;
  for (const auto& event : kept_.events) {
    EXPECT_EQ(event.number(), ++number);
    EXPECT_GE(event.at_ns(), at);
    at = event.at_ns();
    if (event.has_phase()) phases.push_back(event.phase().phase());
  }
  EXPECT_THAT(phases, testing::ElementsAre(v1::RunProgress::INIT, v1::RunProgress::SETUP,
                                           v1::RunProgress::RUNNING, v1::RunProgress::TEARDOWN,
                                           v1::RunProgress::ENDED));
  EXPECT_EQ(kept_.All(v1::RunEvent::kSecond).size(), 2u);
  EXPECT_EQ(kept_.All(v1::RunEvent::kAgent).size(), 6u);  // attached, ready and ledger of each
}

TEST_F(WholeRun, WhoeverReadsTheEventsComesToTheSame) {
  const v1::Outcome outcome = Execute();
  auto results = controller::Results::Make(kept_.events.front().planned());
  ASSERT_TRUE(results);
  for (const auto& event : kept_.events) {
    v1::RunEvent arrived;
    ASSERT_TRUE(arrived.ParseFromString(event.SerializeAsString()));
    results->On(arrived);
  }
  EXPECT_EQ(results->Conclude().summary().SerializeAsString(),
            outcome.summary().SerializeAsString());
}

TEST_F(WholeRun, ADeltaOfAnothersAssignmentCostsTheAgentItsPlace) {
  EXPECT_EQ(Execute(2).error().message(),
            "agent 1 of 2 was lost: it reports of an assignment that is not its own");
}

TEST_F(WholeRun, TheViewAnswersWhatOnlyLooks) {
  using Kind = rest::Command::Kind;
  EXPECT_NE(view_.Answer({Kind::kStatus, {}, ""})->body.find("\"status\":0"), std::string::npos);
  EXPECT_FALSE(view_.Answer({Kind::kRunSetup, {}, ""}));
  Execute();
  EXPECT_NE(view_.Answer({Kind::kStatus, {}, ""})->body.find("\"status\":9"), std::string::npos);
  EXPECT_NE(view_.Answer({Kind::kMetric, {}, "iterations"})->body.find("\"count\":10"),
            std::string::npos);
  EXPECT_EQ(view_.Answer({Kind::kMetric, {}, "none"})->status, 404);
}

}  // namespace
}  // namespace loadctl::service
