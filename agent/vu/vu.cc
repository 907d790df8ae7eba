#include "agent/vu/vu.h"

#include <utility>

#include "agent/js/call_info.h"
#include "agent/vu/clock.h"
#include "agent/vu/fiber.h"
#include "agent/vu/vu_js.h"
#include "agent/vu/vu_parts.h"
#include "common/base/check.h"

namespace loadctl::vu {
namespace {

// 1 MiB is 13,000 plain JavaScript frames; untouched pages cost nothing.
constexpr std::size_t kStackSize = 1u << 20;
// After deep recursion, more of the stack than this is given back.
constexpr std::size_t kStackKept = 64 * 1024;

double Milliseconds(std::chrono::nanoseconds duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

}  // namespace

Vu::Vu(plan::VuNumbers numbers, std::shared_ptr<Group> group, Program& program, Loop& init_loop)
    : numbers_(numbers),
      group_(std::move(group)),
      program_(program),
      parker_(*this, *group_),
      deadline_timer_([this] { OnDeadline(); }),
      place_tags_(metrics::PlaceTags::Of(program.options.system_tags)) {
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
  recorder_ = &recorder;
  net_ = net;
  stats_ = &stats;
}

// ---- the worker, outside the fiber

void Vu::Assign(std::function<void(Vu&)> work, TimePoint deadline, std::function<void()> done) {
  SetDeadline(deadline);
  Assign(std::move(work), std::move(done));
}

void Vu::Assign(std::function<void(Vu&)> work, std::function<void()> done) {
  LOADCTL_CHECK(state_ == State::kIdle, "a VU does one piece of work at a time");
  state_ = State::kBusy;
  work_ = std::move(work);
  work_done_ = std::move(done);
  work_serial_.fetch_add(1);
  parker_.set_cancelled(false);
  cut_reason_.clear();
  over_heap_ = false;
  FollowDeadline();
  parker_.Unpark();
}

void Vu::SetDeadline(TimePoint deadline) {
  deadline_ns_.store(SteadyNs(deadline), std::memory_order_relaxed);
}

void Vu::OnDeadline() {
  // It may have been moved while the timer's call was on its way.
  if (SteadyNow() < deadline_ns()) return FollowDeadline();
  Interrupt();
}

void Vu::FollowDeadline() {
  if (state_ != State::kBusy) return;
  const TimePoint deadline{std::chrono::nanoseconds(deadline_ns())};
  if (deadline == TimePoint::max()) return loop().Disarm(deadline_timer_);
  loop().Arm(deadline_timer_, deadline);
}

void Vu::Interrupt() {
  if (state_ != State::kBusy && state_ != State::kInit) return;
  parker_.set_cancelled(true);
  for (auto& spawned : tasks_) spawned->task->Cancel();
  parker_.Unpark();
}

void Vu::End() {
  LOADCTL_CHECK(state_ != State::kBusy && state_ != State::kInit, "a VU at work was ended");
  if (state_ == State::kEnded || state_ == State::kNew) return;
  ending_ = true;
  parker_.Unpark();
}

void Vu::OrderInterrupt(std::uint64_t serial) {
  struct Order {
    Vu* vu;
    std::uint64_t serial;
  };
  group_->isolate().get()->RequestInterrupt(
      [](v8::Isolate* isolate, void* data) {
        const std::unique_ptr<Order> order(static_cast<Order*>(data));
        Vu& vu = *order->vu;
        // The script may have gone on to other work, or another VU of the isolate may run.
        if (vu.group_->running != &vu || vu.work_serial() != order->serial) return;
        vu.parker_.set_cancelled(true);
        vu.overrun_ = true;
        isolate->TerminateExecution();
      },
      new Order{this, serial});
}

void Vu::OnHeapLimit() {
  over_heap_ = true;
  cut_reason_ = "heap limit of " + std::to_string(group_->limits().old_generation >> 20) +
                " MB exceeded (see --max-heap)";
  group_->isolate().get()->TerminateExecution();
}

// ---- the fiber

void Vu::Main(TimePoint deadline) {
  parker_.Inside(*fiber_, [this, deadline] {
    const v8::HandleScope scope(js_->isolate);
    if (deadline != TimePoint::max()) loop().Arm(deadline_timer_, deadline);
    init_result_ = js_->Load();
    loop().Disarm(deadline_timer_);
    state_ = init_result_ ? State::kIdle : State::kFailed;
    while (!ending_) {
      parker_.Park();
      if (!work_) continue;
      work_(*this);
      EndWork();
    }
    js_->Close();
  });
  state_ = State::kEnded;
}

void Vu::EndWork() {
  loop().Disarm(deadline_timer_);
  SetDeadline(TimePoint::max());
  work_ = nullptr;
  parker_.set_cancelled(false);
  fiber_->TrimStack(kStackKept);
  state_ = State::kIdle;
  // Called from the event loop: it may assign new work, or end the VU.
  if (work_done_) loop().Post(std::exchange(work_done_, nullptr));
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

void Vu::CountActive(int by) {
  if (stats_ != nullptr) CountAlone(stats_->active, by);
}

void Vu::YieldIfBusy() {
  RunEngineTasks();
  if (parker_.TakeParks() > 0) return;
  parker_.Yield();
}

void Vu::SetPhase(Phase phase) {
  phase_ = phase;
  base_group_ = phase == Phase::kSetup ? "::setup" : phase == Phase::kTeardown ? "::teardown" : "";
  group_path_ = base_group_;
}

void Vu::EnterScenario(std::shared_ptr<const ScenarioInfo> scenario,
                       std::shared_ptr<const std::string> setup_json) {
  const v8::HandleScope scope(js_->isolate);
  const v8::Context::Scope context_scope(js_->context());
  SetPhase(Phase::kIteration);
  const bool other = scenario_ != scenario;
  if (other) {
    next_scenario_iteration_ = 0;
    vu_tags_.clear();
    fewer_tags_.reset();
    metadata_.clear();
    if (place_tags_.vu) metadata_["vu"] = std::to_string(numbers_.in_test);
  }
  scenario_ = std::move(scenario);
  setup_json_ = std::move(setup_json);
  if (other) TakeExec();
}

void Vu::TakeExec() {
  js_->exec.Reset();
  v8::Local<v8::Function> function;
  if (js_->ExportedFunction(scenario_->exec).ToLocal(&function))
    js_->exec.Reset(js_->isolate, function);
  js_->ShowEnv();
}

WorkResult Vu::RunIteration(IterationNumbers numbers, std::optional<TimePoint> due, TimePoint now) {
  WorkResult result = RunInContext(numbers, due, now);
  heap_cuts_ = over_heap_ ? heap_cuts_ + 1 : 0;
  // Alone in its isolate it harms nobody else, and its next iteration may make room by itself.
  const int most = group_->sharing() == Sharing::kSeveralVus ? 0 : 1;
  if (std::exchange(over_heap_, false) && heap_cuts_ > most && group_->FullAfterCollection())
    BeginAnew();
  return result;
}

void Vu::WarmUp() {
  if (js_->nothing.IsEmpty()) return;
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
void Vu::BeginAnew() {
  Log(LogLevel::kWarning, "VU " + std::to_string(numbers_.in_test) +
                              ": what its script keeps fills the heap: it is dropped, and the init "
                              "code runs again");
  for (auto* hooks : {&clean_ups_, &begins_, &ends_}) hooks->clear();
  js_->Close();
  const v8::HandleScope scope(js_->isolate);
  const Phase phase = std::exchange(phase_, Phase::kInit);
  auto* const recorder = std::exchange(recorder_, nullptr);
  auto* const net = std::exchange(net_, nullptr);
  const auto loaded = js_->Load();
  phase_ = phase;
  recorder_ = recorder;
  net_ = net;
  over_heap_ = false;
  dead_ = loaded ? "" : "its init code failed when it ran again: " + loaded.error().message;
  const v8::Context::Scope context_scope(js_->context());
  TakeExec();
}

WorkResult Vu::RunInContext(IterationNumbers numbers, std::optional<TimePoint> due, TimePoint now) {
  const v8::HandleScope scope(js_->isolate);
  const v8::Context::Scope context_scope(js_->context());
  iteration_ = next_iteration_++;
  scenario_iteration_ = next_scenario_iteration_++;
  iteration_numbers_ = numbers;
  if (place_tags_.iter) metadata_["iter"] = std::to_string(iteration_);
  js_->ShowIteration();
  for (auto& begin : begins_) begin();
  WorkResult result = js_->Run(
      [this]() -> v8::MaybeLocal<v8::Value> {
        auto context = js_->context();
        if (js_->exec.IsEmpty()) {
          js_->isolate->ThrowException(js::MakeGoError(
              js_->isolate,
              dead_.empty() ? "function '" + scenario_->exec + "' not found in exports" : dead_));
          return {};
        }
        if (!js_->setup_parsed) {
          v8::Local<v8::Value> data = v8::Undefined(js_->isolate);
          v8::Local<v8::String> text;
          if (setup_json_ && js::MakeString(js_->isolate, *setup_json_).ToLocal(&text) &&
              !v8::JSON::Parse(context, text).ToLocal(&data))
            return {};
          js_->setup_data.Reset(js_->isolate, data);
          js_->setup_parsed = true;
        }
        v8::Local<v8::Value> data = js_->setup_data.Get(js_->isolate);
        return js_->exec.Get(js_->isolate)
            ->Call(context, v8::Undefined(js_->isolate), setup_json_ ? 1 : 0, &data);
      },
      nullptr);
  const TimePoint ended = std::chrono::steady_clock::now();
  for (auto& end : ends_) end();
  if (std::exchange(overrun_, false)) {
    Log(LogLevel::kWarning, "VU " + std::to_string(numbers_.in_test) + " of scenario " +
                                scenario_->name + " was ended by the watchdog: its script (" +
                                program_.main_url + ") ran without a pause past its deadline");
  }
  if (result.kind == WorkResult::Kind::kInterrupted && !cut_reason_.empty()) {
    // Ended for what it did itself: that is its exception, and it goes on with the next iteration.
    result.kind = WorkResult::Kind::kException;
    result.error = "VU " + std::to_string(numbers_.in_test) + ": " + cut_reason_ + " in " +
                   program_.main_url + "\n";
    cut_reason_.clear();
  }
  if (result.kind == WorkResult::Kind::kException) LogException(result.error);
  EmitIteration(now, ended, due, result.kind != WorkResult::Kind::kInterrupted);
  group_path_ = base_group_;
  const auto least = program_.options.min_iteration_duration;
  if (least.count() > 0 && result.kind != WorkResult::Kind::kInterrupted) SleepUntil(now + least);
  return result;
}

void Vu::EmitIteration(TimePoint began, TimePoint ended, std::optional<TimePoint> due,
                       bool complete) {
  const std::int64_t time = WallNs(ended);
  EmitData(time);
  if (due) {
    // Late or not, complete or not: it started.
    recorder_->Add(metrics::Builtin::kStartLag, Milliseconds(began - *due), WallNs(began),
                   Tags({}, nullptr));
  }
  if (!complete) {
    CountAlone(stats_->interrupted, 1);
    return;
  }
  CountAlone(stats_->complete, 1);
  group_path_ = base_group_;
  const metrics::SampleTags tags = Tags({}, nullptr);
  recorder_->Add(metrics::Builtin::kIterationDuration, Milliseconds(ended - began), time, tags);
  recorder_->Add(metrics::Builtin::kIterations, 1, time, tags);
  if (due && program_.options.iteration_latency)
    recorder_->Add(metrics::Builtin::kIterationLatency, Milliseconds(ended - *due), time, tags);
}

void Vu::EmitData(std::int64_t time) {
  const metrics::SampleTags tags = Tags({}, nullptr);
  recorder_->Add(metrics::Builtin::kDataSent, static_cast<double>(std::exchange(data_sent_, 0)),
                 time, tags);
  recorder_->Add(metrics::Builtin::kDataReceived,
                 static_cast<double>(std::exchange(data_received_, 0)), time, tags);
}

void Vu::LogException(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> fields;
  fields.emplace_back("executor", scenario_ ? scenario_->executor : "");
  fields.emplace_back("scenario", scenario_ ? scenario_->name : "");
  if (text.rfind("Uncaught (in promise)", 0) != 0) {
    fields.emplace_back("hint", "script exception");
    fields.emplace_back("source", "stacktrace");
  }
  Log(LogLevel::kError, text, std::move(fields));
}

metrics::SampleTags Vu::Tags(std::span<const metrics::SystemTag> system,
                             const metrics::TagList* call) const {
  metrics::SampleTags tags;
  tags.system = system;
  tags.call = call;
  tags.vu = &vu_tags_;
  tags.metadata = &metadata_;
  if (place_tags_.group && phase_ != Phase::kSummary) tags.group = group_path_;
  if (scenario_) {
    if (place_tags_.scenario) tags.scenario = scenario_->name;
    tags.scenario_tags = &scenario_->tags;
  }
  tags.run_tags = &program_.options.tags;
  if (fewer_tags_) {
    if (scenario_) tags.scenario_tags = &fewer_tags_->of_scenario;
    tags.run_tags = &fewer_tags_->of_run;
    if (!fewer_tags_->scenario) tags.scenario.reset();
    if (!fewer_tags_->group) tags.group.reset();
  }
  return tags;
}

void Vu::DeleteTag(const std::string& name) {
  std::erase_if(vu_tags_, [&](const auto& tag) { return tag.first == name; });
  if (!fewer_tags_) {
    fewer_tags_ = std::make_unique<FewerTags>();
    fewer_tags_->of_run = program_.options.tags;
    if (scenario_) fewer_tags_->of_scenario = scenario_->tags;
  }
  fewer_tags_->of_run.erase(name);
  fewer_tags_->of_scenario.erase(name);
  if (name == "scenario") fewer_tags_->scenario = false;
  if (name == "group") fewer_tags_->group = false;
}

void Vu::CountData(std::uint64_t sent, std::uint64_t received) {
  data_sent_ += sent;
  data_received_ += received;
}

void Vu::Log(LogLevel level, std::string message,
             std::vector<std::pair<std::string, std::string>> fields) {
  if (program_.log) program_.log({level, std::move(message), std::move(fields), numbers_.in_test});
}

void Vu::AbortTest(std::string message) {
  std::string text = "test aborted" + (message.empty() ? "" : ": " + message);
  if (phase_ == Phase::kInit || phase_ == Phase::kIteration) text += js_->Position();
  program_.aborted = true;
  if (program_.abort_test) program_.abort_test(std::move(text));
  parker_.set_cancelled(true);
  EndScript();
}

}  // namespace loadctl::vu
