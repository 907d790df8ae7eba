#include "controller/service/client_service.h"

#include <algorithm>
#include <condition_variable>
#include <thread>
#include <utility>

#include "common/base/duration.h"
#include "controller/fleet/stream.h"
#include "controller/rest/render.h"
#include "controller/service/client.h"
#include "controller/service/convert.h"
#include "loadctl/v1/clients.grpc.pb.h"

namespace loadctl::service {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using ClientStream = fleet::Stream<v1::FromClient, v1::ToClient>;
using fleet::Quota;
using ClientPeer = fleet::Peer<v1::FromClient, v1::ToClient>;

constexpr auto kLook = 100ms;
constexpr auto kBeat = 500ms;
constexpr std::size_t kMaxTold = 8;  // of what may be lost, the older ones are

/// Whether this does more to a run than look at it.
bool Changes(v1::ApiRequest::Kind kind) {
  return kind == v1::ApiRequest::CHANGE_STATUS || kind == v1::ApiRequest::RUN_SETUP ||
         kind == v1::ApiRequest::SET_SETUP_DATA || kind == v1::ApiRequest::RUN_TEARDOWN;
}

}  // namespace

class ClientService::Impl final : public v1::Clients::CallbackService,
                                  public fleet::StreamOwner<v1::FromClient, v1::ToClient> {
 public:
  explicit Impl(ControlOptions options)
      : StreamOwner(options.quotas), options_(std::move(options)) {
    beat_ = std::thread([this] { Beat(); });
  }
  ~Impl() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_all();
    beat_.join();
  }

  grpc::ServerBidiReactor<v1::FromClient, v1::ToClient>* Attach(
      grpc::CallbackServerContext* context) override {
    auto who = options_.access ? options_.access->Judge(*context, daemon::Role::kClient)
                               : Result<fleet::Visitor>(fleet::Unknown(*context));
    if (who && !who->rights.run)
      who = Fail("the certificate of " + who->name + " gives no right to run tests");
    if (who) return new ClientStream(*this, std::move(*who));
    const fleet::Visitor unknown = fleet::Unknown(*context);
    if (options_.log) {
      options_.log("a client of " + fleet::PrintableName(unknown.address) +
                   " is refused: " + who.error().message);
    }
    if (options_.audit)
      options_.audit->Note("client_refused", unknown.actor(), {{"why", who.error().message}});
    return new ClientStream(*this, unknown,
                            grpc::Status(grpc::StatusCode::PERMISSION_DENIED, who.error().message));
  }

  std::optional<Request> Next(Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    const auto whole = [this] { return client_ && client_->phase == Phase::kSubmitted; };
    if (!wake_.wait_until(lock, deadline, whole)) return std::nullopt;
    client_->phase = Phase::kRunning;
    return std::move(client_->request);
  }

  void OnStop(std::function<void(const std::string&)> stop) {
    const std::lock_guard lock(mutex_);
    stop_ = std::move(stop);
    if (!client_ || !client_->stop) return;
    TellStop(*client_->stop);
  }

  void OnApi(std::function<void(const v1::ApiRequest&)> ask) {
    const std::lock_guard lock(mutex_);
    ask_ = std::move(ask);
  }

  void OnSecret(std::function<void(const v1::SecretGiven&)> given) {
    const std::lock_guard lock(mutex_);
    secret_ = std::move(given);
  }

  void Send(v1::ToClient message) {
    const std::lock_guard lock(mutex_);
    if (!client_ || client_->lost) return;
    if (message.has_api_response() && client_->questions > 0) --client_->questions;
    client_->peer.Send(std::move(message));
  }

  void Tell(v1::ToClient message) {
    const std::lock_guard lock(mutex_);
    if (!client_ || client_->peer.stream == nullptr) return;
    if (client_->peer.unreliable.size() >= kMaxTold) client_->peer.unreliable.pop_front();
    client_->peer.Tell(std::move(message));
  }

  std::optional<std::string> WhyBusy() const {
    const std::lock_guard lock(mutex_);
    return BusyLocked();
  }

  std::size_t backlog() const {
    const std::lock_guard lock(mutex_);
    return client_ ? client_->peer.out.unacknowledged() : 0;
  }

  void Finish(const v1::RunEvent& event) {
    const std::lock_guard lock(mutex_);
    stop_ = nullptr;
    if (!client_) return;
    client_->phase = Phase::kFinished;
    client_->advanced = Clock::now();
    if (client_->lost) return Forget();
    v1::ToClient message;
    *message.mutable_event() = event;
    client_->peer.Send(std::move(message));
  }

  bool WaitUntilTaken(Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    return wake_.wait_until(lock, deadline, [this] { return !client_; });
  }

 private:
  enum class Phase { kSubmitting, kSubmitted, kRunning, kFinished };
  struct Client {
    ClientPeer peer;
    Phase phase = Phase::kSubmitting;
    Clock::time_point since = Clock::now();
    Request request;
    std::string certificate;  // its name there; empty without one
    fleet::Actor actor;
    std::size_t questions = 0;        // to the run, that have no answer yet
    bool submitted = false;           // the submission came, the chunks may be on their way
    std::optional<std::string> stop;  // the signal's name
    // When it last sent something of its test, or took something of what it was sent.
    Clock::time_point advanced = Clock::now();
    bool lost = false;  // gone for longer than the patience, while its run went on
  };

  std::optional<std::string> BusyLocked() const {
    return client_ ? std::optional(Busy()) : std::nullopt;
  }

  bool Take(ClientStream& stream, v1::FromClient message) override {
    if (message.has_hello()) return stream.peer() == nullptr && Greet(stream, message.hello());
    if (stream.peer() == nullptr || !client_) return false;
    const std::size_t untaken = client_->peer.out.unacknowledged();
    const auto verdict = client_->peer.Judge(message);
    if (client_->peer.out.unacknowledged() < untaken) client_->advanced = Clock::now();
    switch (verdict) {
      case wire::Inbox::Verdict::kGap:
        return false;
      case wire::Inbox::Verdict::kRepeat:
        break;
      case wire::Inbox::Verdict::kTake:
        if (Handle(std::move(message))) break;
        LoseClient();
        return false;
    }
    if (client_->phase != Phase::kFinished || client_->peer.out.unacknowledged() > 0) return true;
    Forget();
    return false;
  }

  // The stream's end is not the client's: it may come back.
  void Gone(ClientPeer&) override {}

  bool Greet(ClientStream& stream, const v1::ClientHello& hello) {
    if (hello.protocol_major() != wire::kProtocolMajor)
      return Refuse(stream, wire::WrongVersion("client", hello.protocol_major()));
    const bool known = client_ && client_->peer.epoch == hello.epoch() && !client_->lost &&
                       client_->certificate == stream.name();
    if (hello.returning() && !known)
      return Refuse(stream, "the run is not known here any more: was the controller restarted?");
    if (!known) {
      auto busy = BusyLocked();
      if (!busy && options_.why_busy) busy = options_.why_busy();
      if (busy) return Refuse(stream, *busy);
    }
    if (!known) {
      client_ = std::make_unique<Client>();
      client_->peer.epoch = hello.epoch();
      client_->peer.name = fleet::PrintableName(hello.name());
      if (!stream.name().empty())
        client_->peer.name = fleet::PrintableName(stream.name()) + " " + client_->peer.name;
      client_->request.client = client_->peer.name;
      client_->certificate = stream.name();
      client_->request.actor = client_->actor = stream.visitor().actor();
    }
    auto& peer = client_->peer;
    peer.Connect(stream, hello.received());
    v1::ToClient welcome;
    welcome.mutable_welcome()->set_protocol_major(wire::kProtocolMajor);
    welcome.mutable_welcome()->set_received(peer.in.taken());
    peer.Tell(std::move(welcome));
    return true;
  }

  [[nodiscard]] std::string Busy() const {
    const auto ago = [](Clock::time_point since) {
      return FormatGoDuration(std::chrono::floor<std::chrono::seconds>(Clock::now() - since));
    };
    std::string why = std::string(kBusyWords) + client_->peer.name + ", which came " +
                      ago(client_->since) + " ago: it does one at a time";
    if (client_->peer.stream != nullptr || client_->lost) {
      return client_->lost ? why + "; its client is gone, and it is being stopped" : why;
    }
    return why + "; its client has been gone for " + ago(client_->peer.heard) + ", and after " +
           FormatGoDuration(quotas_->time(Quota::kClientPatience)) + " it is stopped";
  }

  static bool Refuse(ClientStream& stream, const std::string& why) {
    v1::ToClient message;
    message.mutable_welcome()->set_protocol_major(wire::kProtocolMajor);
    message.mutable_welcome()->set_refused(why);
    stream.Refuse(std::move(message));
    return true;
  }

  // False: the client does not keep to the protocol.
  bool Handle(v1::FromClient message) {
    auto& request = client_->request;
    switch (message.body_case()) {
      case v1::FromClient::kSubmission:
        if (client_->phase != Phase::kSubmitting || client_->submitted) return false;
        client_->submitted = true;
        client_->advanced = Clock::now();
        request.submission = std::move(*message.mutable_submission());
        return true;
      case v1::FromClient::kBundleChunk:
        if (client_->phase != Phase::kSubmitting || !client_->submitted) return false;
        if (!Fits(request.packed.size() + message.bundle_chunk().data().size())) return false;
        client_->advanced = Clock::now();
        request.packed += message.bundle_chunk().data();
        if (!message.bundle_chunk().last()) return true;
        client_->phase = Phase::kSubmitted;
        wake_.notify_all();
        return true;
      case v1::FromClient::kStop:
        if (client_->stop) return true;
        if (options_.audit) {
          options_.audit->Note(
              "stop", client_->actor,
              {{"client", client_->peer.name}, {"signal", message.stop().signal()}});
        }
        StopRun(message.stop().signal());
        return true;
      case v1::FromClient::kSecretGiven:
        if (secret_) secret_(message.secret_given());
        return true;
      case v1::FromClient::kApiRequest:
        NoteChange(message.api_request());
        if (ask_ && client_->questions < quotas_->size(Quota::kQuestions)) {
          ++client_->questions;
          quotas_->Use(Quota::kQuestions, static_cast<std::int64_t>(client_->questions));
          ask_(message.api_request());
        } else if (ask_) {
          quotas_->Reach(Quota::kQuestions);
          client_->peer.Send(
              ToProto(message.api_request().serial(),
                      rest::ErrorResponse(429, "Too many requests", "others wait for an answer")));
        } else {
          client_->peer.Send(ToProto(
              message.api_request().serial(),
              rest::ErrorResponse(503, "Not running", "the controller does not run the test now")));
        }
        return true;
      default:
        return true;
    }
  }

  bool Fits(std::size_t bundle) {
    quotas_->Use(Quota::kBundle, static_cast<std::int64_t>(bundle));
    if (bundle <= quotas_->size(Quota::kBundle)) return true;
    quotas_->Reach(Quota::kBundle);
    return false;
  }

  void NoteChange(const v1::ApiRequest& asked) const {
    if (!options_.audit || !Changes(asked.kind())) return;
    std::string what = v1::ApiRequest::Kind_Name(asked.kind());
    if (asked.stopped()) what += " stopped";
    if (asked.has_paused()) what += asked.paused() ? " paused" : " resumed";
    if (asked.has_vus()) what += " vus=" + std::to_string(asked.vus());
    if (asked.has_vus_max()) what += " vus-max=" + std::to_string(asked.vus_max());
    options_.audit->Note("change", client_->actor,
                         {{"client", client_->peer.name}, {"what", what}});
  }

  void StopRun(const std::string& signal) {
    client_->stop = signal == "terminated" ? signal : "interrupt";
    TellStop(*client_->stop);
  }

  void TellStop(const std::string& signal) {
    if (const auto stop = std::exchange(stop_, nullptr)) stop(signal);
  }

  void Forget() {
    client_->peer.Disconnect();
    client_.reset();
    wake_.notify_all();
  }

  void EndUnwelcome() {
    if (!options_.access) return;
    EndUnwelcomeStreams(*options_.access,
                        [this](const fleet::Visitor& visitor, const std::string& why) {
                          if (options_.log) {
                            options_.log("a client of " + fleet::PrintableName(visitor.address) +
                                         " is sent away: " + fleet::PrintableName(why));
                          }
                          if (options_.audit)
                            options_.audit->Note("client_refused", visitor.actor(), {{"why", why}});
                        });
  }

  void Beat() {
    auto next_beat = Clock::now();
    std::unique_lock lock(mutex_);
    while (!ending_) {
      wake_.wait_for(lock, kLook, [this] { return ending_; });
      const auto now = Clock::now();
      const bool beat = now >= next_beat;
      if (beat) next_beat = now + kBeat;
      EndSilentStreams(now);
      if (beat) EndUnwelcome();
      if (!client_ || client_->lost) continue;
      const bool working = client_->phase == Phase::kSubmitted || client_->phase == Phase::kRunning;
      quotas_->Use(Quota::kClientQueue,
                   static_cast<std::int64_t>(client_->peer.out.unacknowledged()));
      const bool gone = now - client_->peer.heard > quotas_->time(Quota::kClientPatience);
      const bool idle = !working && now - client_->advanced > quotas_->time(Quota::kSubmitPatience);
      if (gone || idle) {
        quotas_->Reach(gone ? Quota::kClientPatience : Quota::kSubmitPatience);
        LoseClient();
      } else if (beat && client_->peer.stream != nullptr && client_->peer.unreliable.empty()) {
        v1::ToClient message;
        message.mutable_heartbeat();
        client_->peer.Tell(std::move(message));
      }
    }
  }

  void LoseClient() {
    const bool running = client_->phase == Phase::kRunning || client_->phase == Phase::kSubmitted;
    if (options_.log) {
      options_.log("client " + client_->peer.name + " is gone" +
                   (running ? ": its run is stopped" : ""));
    }
    if (client_->phase != Phase::kRunning) return Forget();
    client_->lost = true;
    client_->peer.Disconnect();
    if (!client_->stop) StopRun("terminated");
  }

  const ControlOptions options_;
  std::condition_variable wake_;
  std::unique_ptr<Client> client_;
  std::function<void(const std::string&)> stop_;
  std::function<void(const v1::ApiRequest&)> ask_;
  std::function<void(const v1::SecretGiven&)> secret_;
  bool ending_ = false;
  std::thread beat_;
};

ClientService::ClientService(ControlOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
ClientService::~ClientService() = default;
grpc::Service& ClientService::service() { return *impl_; }
std::optional<Request> ClientService::Next(Clock::time_point deadline) {
  return impl_->Next(deadline);
}
void ClientService::OnStop(std::function<void(const std::string&)> stop) {
  impl_->OnStop(std::move(stop));
}
void ClientService::OnApi(std::function<void(const v1::ApiRequest&)> ask) {
  impl_->OnApi(std::move(ask));
}
void ClientService::OnSecret(std::function<void(const v1::SecretGiven&)> given) {
  impl_->OnSecret(std::move(given));
}
void ClientService::Send(v1::ToClient message) { impl_->Send(std::move(message)); }
void ClientService::Tell(v1::ToClient message) { impl_->Tell(std::move(message)); }
std::optional<std::string> ClientService::WhyBusy() const { return impl_->WhyBusy(); }
std::size_t ClientService::backlog() const { return impl_->backlog(); }
void ClientService::Finish(const v1::RunEvent& event) { impl_->Finish(event); }
bool ClientService::WaitUntilTaken(Clock::time_point deadline) {
  return impl_->WaitUntilTaken(deadline);
}

}  // namespace loadctl::service
