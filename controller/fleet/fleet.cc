#include "controller/fleet/fleet.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "common/wire/reliable.h"
#include "loadctl/v1/session.grpc.pb.h"

namespace loadctl::fleet {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
constexpr auto kBeat = 500ms;
constexpr auto kLook = 100ms;
constexpr int kFirstClockSamples = 8;
constexpr int kMaxMessage = 256 << 20;

std::int64_t NowNs() { return Clock::now().time_since_epoch().count(); }

}  // namespace

class Fleet::Impl final : public v1::Agents::CallbackService {
 public:
  explicit Impl(FleetOptions options) : options_(std::move(options)) {
    agents_.resize(static_cast<std::size_t>(options_.agents));
  }

  Result<void> Listen() {
    grpc::ServerBuilder builder;
    builder.SetMaxReceiveMessageSize(kMaxMessage);
    builder.SetMaxSendMessageSize(kMaxMessage);
    // Two controllers must not share a port unnoticed.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    auto credentials = grpc::InsecureServerCredentials();
    if (!options_.tls_ca.empty()) {
      grpc::SslServerCredentialsOptions tls(
          GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
      tls.pem_root_certs = options_.tls_ca;
      tls.pem_key_cert_pairs.push_back({options_.tls_key, options_.tls_cert});
      credentials = grpc::SslServerCredentials(tls);
    }
    builder.AddListeningPort(options_.address, credentials, &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    if (!server_ || (port_ == 0 && options_.address.rfind("unix:", 0) != 0))
      return Fail("cannot listen on " + options_.address + " (is the address in use?)");
    beat_ = std::thread([this] { Beat(); });
    return {};
  }

  ~Impl() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_all();
    if (beat_.joinable()) beat_.join();
    if (server_) server_->Shutdown(std::chrono::system_clock::now() + 200ms);
    server_.reset();
  }

  grpc::ServerBidiReactor<v1::FromAgent, v1::ToAgent>* Attach(
      grpc::CallbackServerContext*) override {
    return new Stream(*this);
  }

  void Send(int number, v1::ToAgent message) {
    const std::lock_guard lock(mutex_);
    Agent& agent = At(number);
    if (agent.lost) return;
    agent.out.Push(std::move(message));
    Pump(agent);
  }

  AgentInfo Info(int number) {
    const std::lock_guard lock(mutex_);
    return At(number).info;
  }

  bool Next(Event& event, Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    if (!wake_.wait_until(lock, deadline, [this] { return !events_.empty(); })) return false;
    event = std::move(events_.front());
    events_.pop_front();
    return true;
  }

  void Push(Event event) {
    const std::lock_guard lock(mutex_);
    PushLocked(std::move(event));
  }

  void GiveUp(int number, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    Lose(number, reason);
  }

  [[nodiscard]] int port() const { return port_; }

 private:
  class Stream;

  struct Agent {
    bool attached = false;
    bool lost = false;
    std::uint64_t epoch = 0;
    AgentInfo info;
    wire::Outbox<v1::ToAgent> out;
    wire::Inbox in;
    std::deque<v1::ToAgent> unreliable;
    Stream* stream = nullptr;
    Clock::time_point heard;
    bool acknowledge = false;
  };

  // One gRPC stream. gRPC's threads call; everything happens under the fleet's mutex.
  class Stream final : public grpc::ServerBidiReactor<v1::FromAgent, v1::ToAgent> {
   public:
    explicit Stream(Impl& fleet) : fleet_(fleet) { StartRead(&incoming_); }

    void OnReadDone(bool ok) override {
      const std::lock_guard lock(fleet_.mutex_);
      if (!ok || !fleet_.Take(*this, std::move(incoming_))) {
        fleet_.Detach(*this);
        End(grpc::Status::OK);
        return;
      }
      incoming_.Clear();
      StartRead(&incoming_);
    }
    void OnWriteDone(bool ok) override {
      const std::lock_guard lock(fleet_.mutex_);
      writing_ = false;
      if (last_write_) return End(grpc::Status::OK);
      if (ok && agent_ != nullptr) fleet_.Pump(*agent_);
    }
    void OnDone() override { delete this; }

    void Write(v1::ToAgent message) {
      outgoing_ = std::move(message);
      writing_ = true;
      StartWrite(&outgoing_);
    }
    void Refuse(const std::string& why) {
      v1::ToAgent message;
      message.mutable_welcome()->set_protocol_major(wire::kProtocolMajor);
      message.mutable_welcome()->set_refused(why);
      last_write_ = true;
      Write(std::move(message));
    }
    void End(grpc::Status status) {
      if (std::exchange(ended_, true)) return;
      Finish(std::move(status));
    }
    void Cancel() { End(grpc::Status(grpc::StatusCode::ABORTED, "another stream took over")); }

    Agent* agent_ = nullptr;
    bool writing_ = false;

   private:
    Impl& fleet_;
    v1::FromAgent incoming_;
    v1::ToAgent outgoing_;
    bool last_write_ = false;
    bool ended_ = false;
  };

  Agent& At(int number) { return agents_[static_cast<std::size_t>(number - 1)]; }
  int NumberOf(const Agent& agent) const { return static_cast<int>(&agent - agents_.data()) + 1; }

  void PushLocked(Event event) {
    events_.push_back(std::move(event));
    wake_.notify_all();
  }

  void Lose(int number, const std::string& reason) {
    Agent& agent = At(number);
    if (agent.lost) return;
    agent.lost = true;
    if (agent.stream != nullptr) {
      agent.stream->agent_ = nullptr;
      agent.stream->Cancel();
      agent.stream = nullptr;
    }
    PushLocked({Event::Kind::kLost, number, {}, reason});
  }

  // False: the stream is of no more use.
  bool Take(Stream& stream, v1::FromAgent message) {
    if (message.has_hello()) return Greet(stream, message.hello());
    Agent* agent = stream.agent_;
    if (agent == nullptr) return false;
    agent->heard = Clock::now();
    agent->out.Acknowledge(message.acknowledged());
    if (message.has_clock()) {
      TakeClock(*agent, message.clock());
      return true;
    }
    switch (agent->in.Judge(message.number())) {
      case wire::Inbox::Verdict::kGap:
        return false;
      case wire::Inbox::Verdict::kRepeat:
        agent->acknowledge = true;
        Pump(*agent);
        return true;
      case wire::Inbox::Verdict::kTake:
        break;
    }
    if (message.number() != 0) {
      agent->acknowledge = true;
      Pump(*agent);
    }
    if (message.has_heartbeat()) return true;
    PushLocked({Event::Kind::kMessage, NumberOf(*agent), std::move(message), ""});
    return true;
  }

  bool Greet(Stream& stream, const v1::Hello& hello) {
    if (hello.protocol_major() != wire::kProtocolMajor) {
      stream.Refuse("the agent speaks version " + std::to_string(hello.protocol_major()) +
                    " of the session protocol, the controller version " +
                    std::to_string(wire::kProtocolMajor) +
                    ": install the same version of loadctl on both");
      return true;
    }
    Agent* agent = Place(hello);
    if (agent == nullptr) {
      stream.Refuse("no agent is wanted here: all " + std::to_string(options_.agents) +
                    " have come, or this one was given up");
      return true;
    }
    if (agent->stream != nullptr) {
      agent->stream->agent_ = nullptr;
      agent->stream->Cancel();
    }
    agent->stream = &stream;
    stream.agent_ = agent;
    agent->heard = Clock::now();
    agent->out.Restart(hello.received());
    v1::ToAgent welcome;
    welcome.mutable_welcome()->set_protocol_major(wire::kProtocolMajor);
    welcome.mutable_welcome()->set_received(agent->in.taken());
    welcome.mutable_welcome()->set_agent(static_cast<std::uint32_t>(NumberOf(*agent)));
    stream.Write(std::move(welcome));
    if (!agent->attached) {
      agent->attached = true;
      agent->epoch = hello.epoch();
      agent->info.name = hello.name();
      agent->info.workers = hello.workers();
      PushLocked({Event::Kind::kAttached, NumberOf(*agent), {}, ""});
    }
    AskClock(*agent);
    return true;
  }

  Agent* Place(const v1::Hello& hello) {
    for (auto& agent : agents_) {
      if (agent.attached && agent.epoch == hello.epoch()) return agent.lost ? nullptr : &agent;
    }
    if (hello.agent() >= 1 && hello.agent() <= agents_.size()) {
      Agent& agent = At(static_cast<int>(hello.agent()));
      return agent.attached || agent.lost ? nullptr : &agent;
    }
    for (auto& agent : agents_) {
      if (!agent.attached && !agent.lost) return &agent;
    }
    return nullptr;
  }

  void Detach(Stream& stream) {
    if (stream.agent_ == nullptr) return;
    stream.agent_->stream = nullptr;
    stream.agent_ = nullptr;
  }

  void AskClock(Agent& agent) {
    v1::ToAgent message;
    message.mutable_clock()->set_controller_ns(NowNs());
    agent.unreliable.push_back(std::move(message));
    Pump(agent);
  }

  void TakeClock(Agent& agent, const v1::ClockReply& reply) {
    const std::int64_t now = NowNs();
    const std::chrono::nanoseconds trip(now - reply.controller_ns());
    if (agent.info.clock_samples == 0 || trip < agent.info.round_trip) {
      agent.info.round_trip = trip;
      agent.info.clock_offset =
          std::chrono::nanoseconds(reply.agent_ns() - (reply.controller_ns() + trip.count() / 2));
    }
    if (++agent.info.clock_samples < kFirstClockSamples) AskClock(agent);
  }

  void Pump(Agent& agent) {
    Stream* stream = agent.stream;
    if (stream == nullptr || stream->writing_) return;
    v1::ToAgent message;
    if (!agent.unreliable.empty()) {
      message = std::move(agent.unreliable.front());
      agent.unreliable.pop_front();
      // The time that counts is when it leaves.
      if (message.has_clock()) message.mutable_clock()->set_controller_ns(NowNs());
    } else if (const auto* next = agent.out.Next()) {
      message = *next;
    } else if (!agent.acknowledge) {
      return;
    }
    agent.acknowledge = false;
    message.set_acknowledged(agent.in.taken());
    stream->Write(std::move(message));
  }

  void Beat() {
    auto next_beat = Clock::now();
    std::unique_lock lock(mutex_);
    while (!ending_) {
      wake_.wait_for(lock, kLook, [this] { return ending_; });
      const auto now = Clock::now();
      const bool beat = now >= next_beat;
      if (beat) next_beat = now + kBeat;
      for (auto& agent : agents_) {
        if (!agent.attached || agent.lost) continue;
        if (beat && agent.stream != nullptr && agent.unreliable.empty()) AskClock(agent);
        if (now - agent.heard > options_.patience) {
          Lose(NumberOf(agent),
               "nothing heard of it for " + std::to_string(options_.patience.count() / 1000) + "s");
        }
      }
    }
  }

  const FleetOptions options_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Agent> agents_;
  std::deque<Event> events_;
  bool ending_ = false;
  std::thread beat_;
};

Result<std::unique_ptr<Fleet>> Fleet::Listen(FleetOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  LOADCTL_CHECK_OK(impl->Listen());
  return std::unique_ptr<Fleet>(new Fleet(std::move(impl)));
}

Fleet::Fleet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Fleet::~Fleet() = default;
int Fleet::port() const { return impl_->port(); }
void Fleet::Send(int agent, v1::ToAgent message) { impl_->Send(agent, std::move(message)); }
AgentInfo Fleet::Info(int agent) const { return impl_->Info(agent); }
bool Fleet::Next(Event& event, std::chrono::steady_clock::time_point deadline) {
  return impl_->Next(event, deadline);
}
void Fleet::Push(Event event) { impl_->Push(std::move(event)); }
void Fleet::GiveUp(int agent, const std::string& reason) { impl_->GiveUp(agent, reason); }

}  // namespace loadctl::fleet
