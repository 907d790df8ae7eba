#include "agent/vu/vu.h"

#include <utility>

#include "agent/js/call_info.h"
#include "agent/js/last_resort.h"
#include "agent/vu/clock.h"
#include "agent/vu/fiber.h"
#include "agent/vu/vu_js.h"
#include "common/base/check.h"
#include "common/base/time.h"

namespace loadctl::vu {
namespace {

// 1 MiB is 13,000 plain JavaScript frames; untouched pages cost nothing.
constexpr std::size_t kStackSize = 1u << 20;
// After deep recursion, more of the stack than this is given back.
constexpr std::size_t kStackKept = 64 * 1024;
// Of a VU whose init code has run, which goes deep: what an iteration is likely to need.
constexpr std::size_t kStackAtRest = 8 * 1024;

}  // namespace

Vu::Vu(plan::VuNumbers numbers, std::shared_ptr<Group> group, Program& program, Loop& init_loop)
    : group_(std::move(group)),
      program_(program),
      parker_(*this, *group_),
      work_(parker_, [this] { Interrupt(); }),
      execution_(numbers),
      tags_(execution_, program),
      samples_(tags_, program),
      events_(parker_, program) {
  parker_.set_loop(init_loop);
  js_ = std::make_unique<Js>(*this);
}

Vu::~Vu() {
  LOADCTL_CHECK(state_ == State::kNew || state_ == State::kEnded, "a VU was destroyed at work");
}

// ---- the init thread

Result<void> Vu::Init(TimePoint deadline) {
  state_ = State::kInit;
  fiber_ = Fiber::TryMake(kStackSize, [this, deadline] { Main(deadline); });
  if (!fiber_) {
    state_ = State::kEnded;
    return Fail("no memory mapping for the VU's stack: raise vm.max_map_count, or use more agents");
  }
  Loop& loop = parker_.loop();
  // The watchdog looks at it from the moment the script is entered.
  SetDeadline(deadline);
  fiber_->Resume();
  loop.RunUntil([this] { return state_ != State::kInit; });
  return init_result_;
}

void Vu::MoveTo(Loop& loop, metrics::Recorder& recorder, net::NetContext* net, WorkerStats& stats) {
  LOADCTL_CHECK(state_ == State::kIdle, "only a VU at rest is moved");
  parker_.set_loop(loop);
  net_ = net;
  samples_.MoveTo(recorder, stats);
}

// ---- the worker, outside the fiber

void Vu::Assign(Work::Body body, TimePoint deadline, Work::Done done) {
  SetDeadline(deadline);
  Assign(std::move(body), std::move(done));
}

void Vu::Assign(Work::Body body, Work::Done done) {
  LOADCTL_CHECK(state_ == State::kIdle, "a VU does one piece of work at a time");
  state_ = State::kBusy;
  work_.Give(std::move(body), std::move(done));
  parker_.set_cancelled(false);
  cut_.Reset();
  FollowDeadline();
  parker_.Unpark();
}

void Vu::FollowDeadline() {
  if (state_ == State::kBusy) work_.FollowDeadline();
}

void Vu::Interrupt() {
  if (state_ != State::kBusy && state_ != State::kInit) return;
  parker_.set_cancelled(true);
  events_.Cancel();
  parker_.Unpark();
}

void Vu::End() {
  LOADCTL_CHECK(state_ != State::kBusy && state_ != State::kInit, "a VU at work was ended");
  if (state_ == State::kEnded || state_ == State::kNew) return;
  ending_ = true;
  parker_.Unpark();
}

void Vu::WhileItRuns(std::uint64_t serial, std::function<void(Vu&)> then) {
  struct Order {
    Vu* vu;
    std::uint64_t serial;
    std::function<void(Vu&)> then;
  };
  group_->isolate().get()->RequestInterrupt(
      [](v8::Isolate* /*isolate*/, void* data) {
        const std::unique_ptr<Order> order(static_cast<Order*>(data));
        Vu& vu = *order->vu;
        // The script may have gone on to other work, or another VU of the isolate may run.
        if (vu.group_->running == &vu && vu.work_.serial() == order->serial) order->then(vu);
      },
      new Order{this, serial, std::move(then)});
}

void Vu::OrderInterrupt(std::uint64_t serial) {
  WhileItRuns(serial, [](Vu& vu) {
    vu.parker_.set_cancelled(true);
    vu.cut_.ByWatchdog(vu.js_->Position());
    vu.js_->Terminate();
  });
}

void Vu::OrderEnd(std::uint64_t serial, std::string reason) {
  WhileItRuns(serial, [reason = std::move(reason)](Vu& vu) {
    vu.cut_.ForBeingBusy(reason + vu.js_->Position());
    vu.js_->Terminate();
  });
}

void Vu::AskPlace(std::uint64_t serial, std::function<void(const std::string& where)> tell) {
  WhileItRuns(serial, [tell = std::move(tell)](Vu& vu) { tell(vu.js_->Position()); });
}

void Vu::OnHeapLimit() {
  cut_.ByHeapLimit(group_->limits().old_generation);
  js_->Terminate();
}

// ---- the fiber

void Vu::Main(TimePoint deadline) {
  parker_.Inside(*fiber_, [this, deadline] {
    const v8::HandleScope scope(js_->isolate);
    // With one handle in it, the scopes of iterations find a block of memory to go on in.
    const auto undefined = v8::Undefined(js_->isolate);
    [[maybe_unused]] const auto first = v8::Local<v8::Primitive>::New(js_->isolate, undefined);
    if (deadline != TimePoint::max()) work_.FollowDeadline();
    init_result_ = LoadScript();
    fiber_->TrimStack(kStackAtRest);
    work_.StopClock();
    state_ = init_result_ ? State::kIdle : State::kFailed;
    while (!ending_) {
      parker_.Park();
      if (!work_.given()) continue;
      work_.Do(*this);
      EndWork();
    }
    js_->Close();
  });
  state_ = State::kEnded;
}

void Vu::EndWork() {
  auto done = work_.Take();
  parker_.set_cancelled(false);
  fiber_->TrimStack(kStackKept);
  state_ = State::kIdle;
  // Called from the event loop: it may assign new work, or end the VU.
  if (done) loop().Post(std::move(done));
}

void Vu::SleepUntil(TimePoint due) {
  if (parker_.Cancelled() || due <= std::chrono::steady_clock::now()) return;
  bool over = false;
  Timer timer([&] {
    over = true;
    parker_.Unpark();
  });
  loop().Arm(timer, due);
  while (!over && !parker_.Cancelled()) parker_.Park();
  loop().Disarm(timer);
}

void Vu::RunEngineTasks() {
  if (group_->isolate().HasForegroundTasks()) group_->isolate().RunForegroundTasks();
}

void Vu::Park() {
  if (!parker_.Cancelled()) parker_.Park();
}

void Vu::YieldIfBusy() {
  RunEngineTasks();
  if (parker_.TakeParks() > 0) return;
  parker_.Yield();
}

void Vu::SetPhase(Phase phase) {
  execution_.SetPhase(phase);
  tags_.SetBaseGroup(phase == Phase::kSetup      ? "::setup"
                     : phase == Phase::kTeardown ? "::teardown"
                                                 : "");
}

void Vu::EnterScenario(std::shared_ptr<const ScenarioInfo> scenario,
                       std::shared_ptr<const std::string> setup_json) {
  const v8::HandleScope scope(js_->isolate);
  const v8::Context::Scope context_scope(js_->context());
  SetPhase(Phase::kIteration);
  js_->setup_json = std::move(setup_json);
  if (!execution_.EnterScenario(std::move(scenario))) return;
  tags_.StartAnew();
  js_->TakeExec();
}

Result<void> Vu::LoadScript() {
  Result<void> loaded;
  const v8::HandleScope scope(js_->isolate);
  if (escape_.Try([&] { loaded = js_->Load(); })) return loaded;
  AfterEscape();
  const std::string reason = cut_.TakeReason();
  return Fail(ErrorCode::kScript, "the init code of " + program_.main_url + ": " +
                                      (reason.empty() ? "it did not end in time" : reason));
}

WorkResult Vu::RunIteration(IterationNumbers numbers, std::optional<TimePoint> due, TimePoint now) {
  if (js_->stale) BeginAnew("its engine could not go on with its script: what that keeps");
  WorkResult result;
  const v8::HandleScope scope(js_->isolate);
  if (!escape_.Try([&] { result = RunInContext(numbers, due, now); }))
    result = EndIteration(AfterEscape(), due, now);
  const int heap_cuts = cut_.CountHeapCuts();
  // Alone in its isolate it harms nobody else, and its next iteration may make room by itself.
  const int most = group_->sharing() == Sharing::kSeveralVus ? 0 : 1;
  if (heap_cuts > most && group_->FullAfterCollection())
    BeginAnew("what its script keeps fills the heap: it");
  return result;
}

void Vu::WarmUp() {
  if (js_->nothing.IsEmpty() || js_->stale) return;
  const v8::HandleScope scope(js_->isolate);
  const v8::Context::Scope context_scope(js_->context());
  js_->Run(
      [this]() -> v8::MaybeLocal<v8::Value> {
        return js_->nothing.Get(js_->isolate)
            ->Call(js_->context(), v8::Undefined(js_->isolate), 0, nullptr);
      },
      nullptr);
}

// What the script keeps would end every iteration of the group from here on. It goes with the
// context, and the VU's init code runs again.
void Vu::BeginAnew(const std::string& why) {
  Log(LogLevel::kWarning, "VU " + std::to_string(numbers().in_test) + ": " + why +
                              " is dropped, and the init code runs again");
  hooks_.Clear();
  js_->Close();
  const v8::HandleScope scope(js_->isolate);
  const Phase phase = execution_.SetPhase(Phase::kInit);
  auto* const recorder = samples_.SetRecorder(nullptr);
  auto* const net = std::exchange(net_, nullptr);
  const auto loaded = LoadScript();
  execution_.SetPhase(phase);
  samples_.SetRecorder(recorder);
  net_ = net;
  cut_.Reset();
  js_->no_exec = loaded ? "" : "its init code failed when it ran again: " + loaded.error().message;
  const v8::Context::Scope context_scope(js_->context());
  js_->TakeExec();
}

WorkResult Vu::RunInContext(IterationNumbers numbers, std::optional<TimePoint> due, TimePoint now) {
  const v8::Context::Scope context_scope(js_->context());
  execution_.BeginIteration(numbers);
  tags_.NameIteration(execution_.iteration());
  js_->ShowIteration();
  // What the one before computed is not this one's.
  loop().slot().since.store(SteadyNs(now), std::memory_order_relaxed);
  hooks_.Begin();
  return EndIteration(js_->Run([this] { return js_->CallExec(); }, nullptr), due, now);
}

// After a script was left: everything it had under way ends, as after an exception.
WorkResult Vu::AfterEscape() {
  js::ForgetCalls(js_->isolate, escape_.low(), escape_.high());
  js_->isolate->CancelTerminateExecution();
  js_->stale = true;
  if (js_->realm) {
    auto context = js_->context();
    if (js_->isolate->GetEnteredOrMicrotaskContext() == context) context->Exit();
  }
  js_->rejections.clear();
  for (auto& words : events_.WordsOnTimers()) Log(LogLevel::kWarning, std::move(words));
  events_.Drop();
  hooks_.CleanUp();
  if (*escape_.why() == '\0') {
    parker_.set_cancelled(true);
    cut_.ByWatchdog("");
  } else {
    cut_.ByEngine(escape_.why());
  }
  WorkResult result;
  result.kind = WorkResult::Kind::kInterrupted;
  return result;
}

WorkResult Vu::EndIteration(WorkResult result, std::optional<TimePoint> due, TimePoint now) {
  const TimePoint ended = std::chrono::steady_clock::now();
  hooks_.End();
  if (cut_.TakeOverrun()) {
    Log(LogLevel::kWarning, "VU " + std::to_string(execution_.vu().in_test) + " of scenario " +
                                execution_.scenario()->name +
                                " was ended by the watchdog: its script (" + program_.main_url +
                                ") ran without a pause past its deadline" + cut_.where());
  }
  if (result.kind == WorkResult::Kind::kInterrupted && !cut_.reason().empty()) {
    // Ended for what it did itself: that is its exception, and it goes on with the next iteration.
    result.kind = WorkResult::Kind::kException;
    result.error = "VU " + std::to_string(execution_.vu().in_test) + ": " + cut_.TakeReason() +
                   " in " + program_.main_url + "\n";
  }
  if (result.kind == WorkResult::Kind::kException) LogException(result.error);
  const bool complete = result.kind != WorkResult::Kind::kInterrupted;
  samples_.Emit({now, ended, due, complete});
  tags_.LeaveGroups();
  const auto least = program_.options.min_iteration_duration;
  if (least.count() > 0 && complete) SleepUntil(Later(now, least));
  return result;
}

void Vu::LogException(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> fields;
  const ScenarioInfo* const scenario = execution_.scenario();
  fields.emplace_back("executor", scenario == nullptr ? "" : scenario->executor);
  fields.emplace_back("scenario", scenario == nullptr ? "" : scenario->name);
  if (text.rfind("Uncaught (in promise)", 0) != 0) {
    fields.emplace_back("hint", "script exception");
    fields.emplace_back("source", "stacktrace");
  }
  Log(LogLevel::kError, text, std::move(fields));
}

void Vu::Log(LogLevel level, std::string message,
             std::vector<std::pair<std::string, std::string>> fields) {
  if (program_.log) program_.log({level, std::move(message), std::move(fields), numbers().in_test});
}

void Vu::AbortTest(std::string message) {
  std::string text = "test aborted" + (message.empty() ? "" : ": " + message);
  const Phase phase = execution_.phase();
  if (phase == Phase::kInit || phase == Phase::kIteration) text += js_->Position();
  program_.aborted = true;
  if (program_.abort_test) program_.abort_test(std::move(text));
  parker_.set_cancelled(true);
  EndScript();
}

}  // namespace loadctl::vu
