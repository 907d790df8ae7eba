#include "controller/service/serve.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "common/wire/codes.h"
#include "common/wire/secrets.h"
#include "controller/events/publisher.h"
#include "controller/events/queue.h"
#include "controller/fleet/stream.h"
#include "controller/run/run.h"
#include "controller/service/convert.h"

namespace loadctl::service {
namespace {

using namespace std::chrono_literals;

// A client that waits for agents for longer than they take to come back from a run is told.
constexpr auto kSilence = 1s;

}  // namespace

void RunStopper::Stop(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (asked_.empty()) asked_ = why;
  if (fleet_ != nullptr) fleet_->Push({fleet::Event::Kind::kInterrupt, 0, {}, why});
}

void RunStopper::StopForGood(const std::string& signal) {
  {
    const std::lock_guard lock(mutex_);
    for_good_ = true;
  }
  Stop("the controller is being stopped: it received a '" + signal + "' signal");
}

void RunStopper::Call(std::function<void()> call) {
  const std::lock_guard lock(mutex_);
  if (fleet_ != nullptr) fleet_->Push({fleet::Event::Kind::kCall, 0, {}, "", std::move(call)});
}

std::string RunStopper::asked() {
  const std::lock_guard lock(mutex_);
  return asked_;
}

/// The scope of one run in which a stopper reaches its fleet.
class RequestRun final {
 public:
  RequestRun(RunStopper& stopper, fleet::Fleet& fleet) : stopper_(stopper) {
    const std::lock_guard lock(stopper_.mutex_);
    stopper_.fleet_ = &fleet;
    if (!stopper_.asked_.empty())
      fleet.Push({fleet::Event::Kind::kInterrupt, 0, {}, stopper_.asked_});
  }
  ~RequestRun() {
    const std::lock_guard lock(stopper_.mutex_);
    stopper_.fleet_ = nullptr;
  }
  RequestRun(const RequestRun&) = delete;
  RequestRun& operator=(const RequestRun&) = delete;

  /// Forgets what was asked of an earlier run.
  static void Reset(RunStopper& stopper) {
    const std::lock_guard lock(stopper.mutex_);
    if (!stopper.for_good_) stopper.asked_.clear();
  }

 private:
  RunStopper& stopper_;
};

namespace {

/// Sends what a run tells to its client, as it is.
class ToClient final : public events::Subscriber {
 public:
  ToClient(ClientService& clients, fleet::Quotas& quotas) : clients_(clients), quotas_(quotas) {}

  void On(const v1::RunEvent& event) override {
    if (event.has_outcome()) {
      TellMissed();
      return clients_.Finish(event);
    }
    v1::ToClient message;
    *message.mutable_event() = event;
    if (event.has_progress()) return clients_.Tell(std::move(message));
    // Chunks of samples have up to 64 KiB: few wait, and no line of a log behind more.
    const auto quota =
        event.has_samples() ? fleet::Quota::kSampleQueue : fleet::Quota::kClientQueue;
    if (clients_.backlog() >= quotas_.size(quota) && events::CountMissed(event, missed_)) {
      quotas_.Reach(quota);
      return;
    }
    TellMissed();
    clients_.Send(std::move(message));
  }

 private:
  void TellMissed() {
    if (!events::Any(missed_)) return;
    v1::ToClient message;
    *message.mutable_event()->mutable_missed() = std::exchange(missed_, {});
    clients_.Send(std::move(message));
  }

  ClientService& clients_;
  fleet::Quotas& quotas_;
  v1::Missed missed_;
};

/// The scope in which the client's REST API reaches the run.
class ApiScope {
 public:
  ApiScope(ClientService& clients, fleet::Fleet& fleet, controller::Run& run) : clients_(clients) {
    clients_.OnApi([&](const v1::ApiRequest& request) {
      // On the run's thread, answers and all: here the service is locked.
      fleet.Push(
          {fleet::Event::Kind::kCall, 0, {}, "", [this, &run, request] { Ask(run, request); }});
    });
  }
  ~ApiScope() { clients_.OnApi({}); }
  ApiScope(const ApiScope&) = delete;
  ApiScope& operator=(const ApiScope&) = delete;

 private:
  void Ask(controller::Run& run, const v1::ApiRequest& request) {
    const auto reply = [&clients = clients_,
                        serial = request.serial()](std::optional<rest::Response> response) {
      clients.Send(ToProto(serial, std::move(response)));
    };
    auto asked = FromProto(request);
    if (auto* response = std::get_if<rest::Response>(&asked)) return reply(std::move(*response));
    run.Do(std::get<rest::Command>(asked), reply);
  }

  ClientService& clients_;
};

/// What a page asks of the run.
rest::Controls::Ask AskOf(const RunId& id, const Serving& serving, fleet::Fleet& fleet,
                          controller::Run& run) {
  return [id, &serving, &fleet, &run](const rest::Command& command,
                                      const rest::Controls::Reply& reply) {
    if (serving.audit != nullptr) {
      const bool stop = command.change.stopped;
      const std::string what = command.change.paused == true    ? "paused"
                               : command.change.paused == false ? "resumed"
                               : command.change.vus ? "vus=" + std::to_string(*command.change.vus)
                                                    : "";
      serving.audit->Note(stop ? "stop" : "change", {},
                          {{"run", id.text}, {"what", what}, {"by", "page"}});
    }
    fleet.Push(
        {fleet::Event::Kind::kCall, 0, {}, "", [&run, command, reply] { run.Do(command, reply); }});
  };
}

/// The scope in which the run's client is asked for secrets; without one nobody is.
class SecretScope {
 public:
  SecretScope(ClientService& clients, Client client, controller::SecretSupply* supply)
      : clients_(clients) {
    if (supply == nullptr) return;
    supply->ask = [this, client](const std::string& source, const std::string& key,
                                 secrets::Keeper::Reply reply) {
      if (client == Client::kLeft) return reply(Fail("the client that has the secret has left"));
      {
        const std::lock_guard lock(mutex_);
        waiting_[{source, key}].push_back(std::move(reply));
      }
      v1::ToClient message;
      message.mutable_secret_wanted()->set_source(source);
      message.mutable_secret_wanted()->set_key(key);
      clients_.Send(std::move(message));
    };
    clients_.OnSecret([this](const v1::SecretGiven& given) { Answer(given); });
  }
  ~SecretScope() { clients_.OnSecret({}); }
  SecretScope(const SecretScope&) = delete;
  SecretScope& operator=(const SecretScope&) = delete;

 private:
  // Of gRPC's threads, while the service is locked.
  void Answer(const v1::SecretGiven& given) {
    std::vector<secrets::Keeper::Reply> replies;
    {
      const std::lock_guard lock(mutex_);
      const auto found = waiting_.find({given.source(), given.key()});
      if (found == waiting_.end()) return;
      replies = std::move(found->second);
      waiting_.erase(found);
    }
    for (const auto& reply : replies) reply(wire::ReadSecret(given));
  }

  ClientService& clients_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::vector<secrets::Keeper::Reply>> waiting_;
};

/// A run of which the audit log cannot tell does not begin.
Result<void> AuditBegin(const RunId& id, const Request& request, const fleet::Fleet& fleet,
                        const Serving& serving) {
  if (serving.audit == nullptr) return {};
  std::vector<std::string> agents;
  for (int agent = 1; agent <= static_cast<int>(request.submission.agents()); ++agent)
    agents.push_back(fleet.Info(agent).name);
  return serving.audit->Write("run_begin", request.actor,
                              {{"run", id.text},
                               {"client", request.client},
                               {"script", request.submission.script()},
                               {"bundle", request.submission.bundle_hash()},
                               {"agents", std::move(agents)}});
}

/// Without the error's text: a script may have put a secret there.
void AuditEnd(const RunId& id, const Request& request, int exit_status, const Serving& serving) {
  if (serving.audit == nullptr) return;
  const auto written = serving.audit->Write(
      "run_end", request.actor,
      {{"run", id.text}, {"client", request.client}, {"exit_status", std::int64_t{exit_status}}});
  if (!written) serving.log(written.error().message);
}

/// The run's agents: those that are idle, and those that come while it may wait.
Result<std::unique_ptr<fleet::Fleet>> Claim(int agents, const Serving& serving, RunStopper& stopper,
                                            events::Publisher& events) {
  const auto patience = serving.quotas->time(fleet::Quota::kWaitForAgents);
  const auto stopped = [&stopper] { return !stopper.asked().empty(); };
  auto fleet = serving.registry.Claim(
      agents, std::min<std::chrono::milliseconds>(patience, kSilence), stopped);
  if (!fleet && patience > kSilence && !stopped()) {
    v1::RunEvent event;
    event.mutable_log()->set_level(v1::LogEntry::INFO);
    event.mutable_log()->set_message("waiting for agents: " + std::to_string(agents) + " wanted, " +
                                     std::to_string(serving.registry.Count().idle) + " idle");
    events.Publish(std::move(event), std::chrono::nanoseconds(0));
    fleet = serving.registry.Claim(agents, patience - kSilence, stopped);
  }
  if (fleet) return fleet;
  serving.quotas->Reach(fleet::Quota::kWaitForAgents);
  if (const std::string why = stopper.asked(); !why.empty())
    return Fail(ErrorCode::kSignal, "test run was aborted because " + why);
  return fleet;
}

Result<v1::Outcome> Run(const RunId& id, const Request& request, Client client,
                        const Serving& serving, RunStopper& stopper, events::Publisher& events) {
  LOADCTL_TRY(SubmittedRun submitted, FromProto(request.submission, request.packed));
  submitted.run = id;
  if (submitted.secrets) events.Redact(submitted.secrets->redactor);
  const SecretScope secrets(serving.clients, client, submitted.secrets.get());
  controller::RunInputs inputs = submitted.Inputs();
  inputs.ready_patience = serving.quotas->time(fleet::Quota::kReadyPatience);
  inputs.figures_patience = serving.quotas->time(fleet::Quota::kFiguresPatience);
  inputs.parts = inputs.parts || serving.pages != nullptr || serving.history != nullptr;
  LOADCTL_TRY(const auto run, controller::Run::Make(inputs, events));
  LOADCTL_TRY(const auto fleet, Claim(submitted.agents, serving, stopper, events));
  LOADCTL_CHECK_OK(AuditBegin(id, request, *fleet, serving));
  const RequestRun scope(stopper, *fleet);
  const ApiScope api(serving.clients, *fleet, *run);
  std::optional<rest::Controls::Scope> control;
  if (serving.controls != nullptr)
    control.emplace(*serving.controls, AskOf(id, serving, *fleet, *run));
  return run->Execute(*fleet);
}

/// Whatever a client sent, the controller goes on (Run::Execute() has a barrier of its own).
Result<v1::Outcome> RunWhole(const RunId& id, const Request& request, Client client,
                             const Serving& serving, RunStopper& stopper,
                             events::Publisher& events) {
  try {
    return Run(id, request, client, serving, stopper, events);
  } catch (const std::exception& exception) {
    return Fail(std::string("the test cannot be run, by a defect of loadctl: ") + exception.what());
  }
}

std::string Ending(const v1::Outcome& result) {
  const auto error = wire::ErrorOf(result);
  if (!error) return "ended well";
  return "ended with exit status " + std::to_string(wire::ExitStatusOf(result.error())) + ": " +
         error->message;
}

}  // namespace

void Serve(StoredRun& stored, Client client, const Serving& serving, RunStopper& stopper) {
  Request request = stored.Begin();
  const std::string name = "run " + stored.id().text + " of " +
                           fleet::PrintableName(request.submission.script()) + " by " +
                           request.client;
  serving.log(name + " begins, agents: " + std::to_string(request.submission.agents()));
  RequestRun::Reset(stopper);
  const auto stop = [&stopper](const std::string& signal) {
    stopper.Stop(controller::ReceivedSignal(signal));
  };
  ToClient to_client(serving.clients, *serving.quotas);
  events::Publisher events;
  if (serving.metrics != nullptr) events.Add(*serving.metrics);
  for (events::Subscriber* one : {serving.pages, serving.history})
    if (one != nullptr) events.Add(*one);
  if (client == Client::kStays) {
    serving.clients.OnStop(stop);
    events.Add(to_client);
  }
  serving.store.OnStop(stop);
  // Last: when it has the outcome the next run may come.
  events.Add(stored);
  auto outcome = RunWhole(stored.id(), request, client, serving, stopper, events);
  serving.store.OnStop({});
  if (client == Client::kStays) serving.clients.OnStop({});
  wire::ForgetSecrets(*request.submission.mutable_secrets());
  const int status = !outcome               ? ExitStatus(outcome.error().code)
                     : outcome->has_error() ? wire::ExitStatusOf(outcome->error())
                                            : 0;
  AuditEnd(stored.id(), request, status, serving);
  if (outcome) return serving.log(name + " " + Ending(*outcome));
  v1::RunEvent event;
  *event.mutable_outcome()->mutable_error() = wire::ToProto(outcome.error());
  serving.log(name + " " + Ending(event.outcome()));
  events.Publish(std::move(event), std::chrono::nanoseconds(0));
}

}  // namespace loadctl::service
