#include "controller/api/serve.h"

#include <utility>

#include "controller/api/convert.h"

namespace loadctl::api {
namespace {

using namespace std::chrono_literals;

// Agents come back from the run before within this.
constexpr auto kAgentsPatience = 5s;
// Lines that wait for a client beyond this are dropped and counted.
constexpr std::size_t kMaxBacklog = 20000;

}  // namespace

void RunStopper::Stop(const std::string& signal) {
  const std::lock_guard lock(mutex_);
  if (asked_.empty()) asked_ = signal;
  if (fleet_ != nullptr) fleet_->Push({fleet::Event::Kind::kInterrupt, 0, {}, signal});
}

void RunStopper::StopForGood(const std::string& signal) {
  {
    const std::lock_guard lock(mutex_);
    for_good_ = true;
  }
  Stop(signal);
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

/// Sends what a run tells to its client.
class Teller {
 public:
  explicit Teller(const Serving& serving) : serving_(serving) {}

  controller::RunHooks Hooks() {
    controller::RunHooks hooks;
    hooks.log = [this](terminal::LogLevel level, const std::string& message,
                       const terminal::LogFields& fields) {
      Send(ToProto(level, message, fields));
    };
    hooks.say = [this](const std::string& line) {
      v1::ToClient message;
      message.set_say(line);
      serving_.control.Send(std::move(message));
    };
    hooks.console = [this](const terminal::AgentLine& line) {
      if (serving_.control.backlog() < kMaxBacklog) {
        TellDropped();
        return Send(ToProto(line));
      }
      ++dropped_;
    };
    hooks.progress = [this](const terminal::ProgressState& state) {
      v1::ToClient message;
      *message.mutable_progress() = ToProto(state);
      serving_.control.Tell(std::move(message));
      if (serving_.metrics != nullptr) serving_.metrics->SetProgress(state);
    };
    if (serving_.metrics != nullptr) {
      hooks.totals = [this](const aggregate::Totals& totals) {
        serving_.metrics->SetTotals(totals);
      };
    }
    return hooks;
  }

  void TellDropped() {
    if (dropped_ == 0) return;
    Send(ToProto(terminal::LogLevel::kWarning,
                 std::to_string(std::exchange(dropped_, 0)) +
                     " lines of the script's output were suppressed: this client took them too "
                     "slowly",
                 {}));
  }

 private:
  void Send(v1::LogEntry entry) {
    v1::ToClient message;
    *message.mutable_log() = std::move(entry);
    serving_.control.Send(std::move(message));
  }

  const Serving& serving_;
  std::int64_t dropped_ = 0;
};

/// The scope in which the client's REST API reaches the run.
class ApiScope {
 public:
  ApiScope(ControlService& control, fleet::Fleet& fleet, controller::TestRun& run)
      : control_(control) {
    control_.OnApi([&](const v1::ApiRequest& request) {
      // On the run's thread, answers and all: here the service is locked.
      fleet.Push(
          {fleet::Event::Kind::kCall, 0, {}, "", [this, &run, request] { Ask(run, request); }});
    });
  }
  ~ApiScope() { control_.OnApi({}); }
  ApiScope(const ApiScope&) = delete;
  ApiScope& operator=(const ApiScope&) = delete;

 private:
  void Ask(controller::TestRun& run, const v1::ApiRequest& request) {
    const auto reply = [&control = control_, serial = request.serial()](rest::Response response) {
      control.Send(ToProto(serial, std::move(response)));
    };
    auto asked = FromProto(request);
    if (auto* response = std::get_if<rest::Response>(&asked)) return reply(std::move(*response));
    run.Answer(std::get<rest::Command>(asked), reply);
  }

  ControlService& control_;
};

Result<controller::RunResult> Run(const Request& request, const Serving& serving,
                                  RunStopper& stopper) {
  LOADCTL_TRY(const SubmittedRun submitted, FromProto(request.submission, request.packed));
  const controller::RunInputs inputs = submitted.Inputs();
  Teller teller(serving);
  LOADCTL_TRY(auto run, controller::TestRun::Make(inputs, teller.Hooks()));
  LOADCTL_TRY(const auto fleet, serving.registry.Claim(submitted.agents, kAgentsPatience));
  const RequestRun scope(stopper, *fleet);
  const ApiScope api(serving.control, *fleet, run);
  auto result = run.Execute(*fleet);
  teller.TellDropped();
  return result;
}

std::string Ending(const controller::RunResult& result) {
  if (!result.error) return "ended well";
  return "ended with exit status " + std::to_string(ExitStatus(result.error->code)) + ": " +
         result.error->message;
}

}  // namespace

void Serve(const Request& request, const Serving& serving, RunStopper& stopper) {
  const std::string name = "run of " + request.submission.script() + " by " + request.client;
  serving.log(name + " begins, agents: " + std::to_string(request.submission.agents()));
  RequestRun::Reset(stopper);
  serving.control.OnStop([&stopper](const std::string& signal) { stopper.Stop(signal); });
  if (serving.metrics != nullptr) serving.metrics->Begin();
  auto result = Run(request, serving, stopper);
  serving.control.OnStop({});
  if (serving.metrics != nullptr) serving.metrics->End();
  controller::RunResult told;
  if (result) {
    told = std::move(*result);
  } else {
    told.error = result.error();
  }
  serving.log(name + " " + Ending(told));
  serving.control.Finish(ToProto(told));
}

}  // namespace loadctl::api
