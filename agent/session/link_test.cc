#include "agent/session/link.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <string>

#include "common/wire/reliable.h"
#include "loadctl/v1/session.grpc.pb.h"

namespace loadctl::session {
namespace {

using namespace std::chrono_literals;

/// A controller that welcomes one agent and hands out its heartbeats.
class TestController final : public v1::Agents::Service {
 public:
  TestController() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~TestController() override { server_->Shutdown(std::chrono::system_clock::now()); }

  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  grpc::Status Attach(grpc::ServerContext*,
                      grpc::ServerReaderWriter<v1::ToAgent, v1::FromAgent>* stream) override {
    v1::FromAgent message;
    stream->Read(&message);
    v1::ToAgent welcome;
    welcome.mutable_welcome()->set_protocol_major(wire::kProtocolMajor);
    stream->Write(welcome);
    while (stream->Read(&message)) {
      if (message.has_heartbeat() && !told_.exchange(true))
        heartbeat_.set_value(message.heartbeat());
    }
    return grpc::Status::OK;
  }

  std::promise<v1::Heartbeat> heartbeat_;

 private:
  std::atomic<bool> told_{false};
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST(Link, EachHeartbeatSaysHowLongTheAgentHasDoneNothing) {
  TestController controller;
  LinkOptions options;
  options.address = controller.address();
  Link::Callbacks callbacks;
  callbacks.message = [](const v1::ToAgent&) {};
  callbacks.welcome = [](int) {};
  callbacks.lost = [](const std::string&, Link::End) {};
  callbacks.silence = [] { return 42s; };
  Link link(options, callbacks);
  link.Start();
  auto heartbeat = controller.heartbeat_.get_future();
  ASSERT_EQ(heartbeat.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(heartbeat.get().conductor_silent_ns(), std::chrono::nanoseconds(42s).count());
}

}  // namespace
}  // namespace loadctl::session
