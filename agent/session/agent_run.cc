#include "agent/session/agent_run.h"

#include <algorithm>
#include <utility>

#include "agent/net/tls/tls_transport.h"
#include "agent/session/redacting.h"
#include "agent/session/sources.h"
#include "agent/vu/clock.h"
#include "agent/worker/preflight.h"
#include "common/base/saturating.h"
#include "common/base/time.h"
#include "common/wire/assignment.h"
#include "common/wire/codes.h"
#include "common/wire/environment.h"

namespace loadctl::session {
namespace {

using namespace std::chrono_literals;
constexpr auto kProgressEvery = 200ms;
constexpr auto kLogsEvery = 100ms;
constexpr std::size_t kMostUnsent = 60;  // messages that wait
// VUs are told of their scenario a little before it starts, and sleep until it does.
constexpr auto kHeadStart = 50ms;

vu::TimePoint At(std::int64_t steady_ns) {
  return vu::TimePoint(std::chrono::nanoseconds(steady_ns));
}

bool MayUseTls(const bundle::Bundle& files, const metrics::TagMap& env) {
  const auto names_it = [](const std::string& text) {
    return text.find("https:") != text.npos || text.find("wss:") != text.npos;
  };
  return std::any_of(env.begin(), env.end(),
                     [&](const auto& one) { return names_it(one.second); }) ||
         std::any_of(files.files().begin(), files.files().end(),
                     [&](const auto& file) { return names_it(file.second); });
}

}  // namespace

AgentRun::AgentRun(vu::Loop& conductor, Callbacks callbacks, std::vector<vu::ModuleDef> modules,
                   std::uint64_t epoch)
    : conductor_(conductor),
      callbacks_(std::move(callbacks)),
      epoch_(epoch),
      modules_(std::move(modules)),
      orders_timer_([this] { FollowOrders(); }),
      tick_([this] { Tick(); }),
      progress_timer_([this] {
        SendProgress();
        conductor_.Arm(progress_timer_, std::chrono::steady_clock::now() + kProgressEvery);
      }),
      log_timer_([this] {
        if (!BackedUp()) FlushLogs();
        conductor_.Arm(log_timer_, std::chrono::steady_clock::now() + kLogsEvery);
      }) {
  for (auto* send : {&callbacks_.send, &callbacks_.tell})
    *send = Redacting(std::move(*send), secrets_.redactor());
  watchdog_ = std::make_unique<worker::Watchdog>(
      [this](std::string who) {
        // Nothing of this process can be trusted to end in order: say why, and go.
        v1::FromAgent message;
        auto* line = message.mutable_logs()->add_lines();
        line->set_level(v1::LogEntry::ERROR_LINE);
        line->set_message(who);
        callbacks_.send(std::move(message));
        std::this_thread::sleep_for(200ms);
        std::fprintf(stderr, "loadctl-agent: %s\n", who.c_str());
        js::EndProcess();
      },
      [this](std::string who) {
        logs_.Add({vu::LogLevel::kWarning, std::move(who), {}, 0});
      });
  conductor_.Arm(log_timer_, std::chrono::steady_clock::now() + kLogsEvery);
}

AgentRun::~AgentRun() {
  for (auto& helper : helpers_) helper.join();
  if (pool_) pool_->Join();
  watchdog_.reset();
  for (auto& worker : workers_) worker->Join();
  for (auto* timer : {&tick_, &progress_timer_, &log_timer_, &orders_timer_})
    conductor_.Disarm(*timer);
  for (auto& [run, timer] : start_timers_) conductor_.Disarm(*timer);
}

void AgentRun::Send(v1::FromAgent message) { callbacks_.send(std::move(message)); }

void AgentRun::Handle(v1::ToAgent message) {
  if (!MayAsk(message)) return;
  switch (message.body_case()) {
    case v1::ToAgent::kPrepare:
      return Prepare(std::move(*message.mutable_prepare()));
    case v1::ToAgent::kBundleChunk:
      return TakeChunk(message.bundle_chunk());
    case v1::ToAgent::kBegin:
      return Begin(At(message.begin().agent_ns()));
    case v1::ToAgent::kCall:
      return Call(message.call());
    case v1::ToAgent::kStart:
      return Start(message.start());
    case v1::ToAgent::kStop:
      return Stop();
    case v1::ToAgent::kPause:
      return Order(message.pause().serial(), At(message.pause().agent_ns()), true);
    case v1::ToAgent::kResume:
      return Order(message.resume().serial(), At(message.resume().agent_ns()), false);
    case v1::ToAgent::kScale:
      return Scale(message.scale());
    case v1::ToAgent::kSecretGiven:
      return TakeSecret(message.secret_given(), secrets_);
    case v1::ToAgent::kFlush:
      conductor_.Disarm(tick_);
      conductor_.Disarm(progress_timer_);
      return Collect(true);
    case v1::ToAgent::kFinish:
      FlushLogs();
      return callbacks_.finished();
    default:
      return;  // clock and welcome are the link's
  }
}

// ---- making the VUs

void AgentRun::Prepare(v1::Prepare prepare) {
  prepare_ = std::move(prepare);
  // Whoever waits for the VUs sees that there are more and more.
  conductor_.Arm(progress_timer_, std::chrono::steady_clock::now() + kProgressEvery);
  if (bundle_ && bundle_hash_ == prepare_.bundle_hash()) return Build();
  packed_.clear();
  protocol_.WantsBundle();
  v1::FromAgent message;
  message.mutable_bundle_wanted();
  Send(std::move(message));
}

void AgentRun::TakeChunk(const v1::BundleChunk& chunk) {
  packed_ += chunk.data();
  if (!chunk.last()) return;
  auto unpacked = bundle::Bundle::Unpack(packed_, prepare_.bundle_hash());
  packed_.clear();
  packed_.shrink_to_fit();
  if (!unpacked) return OnBuilt(tl::unexpected(unpacked.error()));
  bundle_ = std::make_shared<const bundle::Bundle>(std::move(*unpacked));
  bundle_hash_ = prepare_.bundle_hash();
  Build();
}

Result<void> AgentRun::FillProgram() {
  LOADCTL_TRY(auto prepared, wire::ReadPrepare(prepare_));
  program_.options = std::move(prepared.options);
  program_.written_options = plan::ShownOptions(program_.options, plan::OptionsView::kWritten);
  told_ = prepared.metrics;
  program_.metrics = std::move(prepared.metrics);
  assignments_ = std::move(prepared.assignments);
  program_.main_url = prepare_.main_url();
  LOADCTL_TRY(program_.secrets, TakeSecrets(prepare_, secrets_, callbacks_.send));
  program_.code = &code_;
  program_.offload = [this](std::function<void()> work) { offload_.Run(std::move(work)); };
  program_.modules = modules_;
  const auto env = wire::TakeEnvironment(prepare_.env());
  program_.env = {env.begin(), env.end()};
  vu::NoteNames(program_, bundle_->files());
  program_.load_file = [files = bundle_](const std::string& url) -> Result<std::string_view> {
    if (const std::string* content = files->Find(url)) return std::string_view(*content);
    if (const std::string* why = files->FindMissing(url)) return Fail(ErrorCode::kScript, *why);
    return Fail(ErrorCode::kScript,
                "open() can't be used with files that weren't previously opened during "
                "initialization (__VU==0), path: \"" +
                    (url.rfind("file://", 0) == 0 ? url.substr(7) : url) + "\"");
  };
  program_.sources = SourcesOf(bundle_, program_.load_file);
  program_.log = [this](vu::LogLine line) { logs_.Add(std::move(line)); };
  const auto stopped = [this](bool abort) {
    return [this, abort](std::string text) {
      // A script may say so in each iteration; the controller needs to hear it once.
      if (stop_told_[abort ? 1 : 0].exchange(true)) return;
      v1::FromAgent message;
      message.mutable_test_stopped()->set_abort(abort);
      message.mutable_test_stopped()->set_message(std::move(text));
      conductor_.Post([this, message]() mutable {
        FlushLogs();
        Send(std::move(message));
      });
    };
  };
  program_.abort_test = stopped(true);
  program_.fail_test = stopped(false);
  return {};
}

/// This agent's part of a rate for the whole run. A run limited to a segment has the whole rate for
/// itself, as k6 with that segment.
Result<double> AgentRun::ShareOfRate() const {
  const plan::Stripe stripe = share().Share();
  const double part =
      static_cast<double>(stripe.offsets.size()) / static_cast<double>(stripe.period);
  if (program_.options.execution_segment.empty()) return part;
  LOADCTL_TRY(const plan::Segment whole, plan::ParseSegment(program_.options.execution_segment));
  const auto value = [](const plan::Rational& number) {
    return static_cast<double>(number.numerator) / static_cast<double>(number.denominator);
  };
  return part / (value(whole.to) - value(whole.from));
}

Result<void> AgentRun::MakeWorkers() {
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  const unsigned count = prepare_.workers() != 0
                             ? prepare_.workers()
                             : std::max(1u, cores / std::max(1u, prepare_.agents()));
  // A thread and an event loop each, whoever asks.
  const unsigned most = std::max(64u, 8 * cores);
  if (count > most) {
    return Fail(ErrorCode::kInvalidConfig,
                std::to_string(count) + " workers are asked for, and this machine with " +
                    std::to_string(cores) + " cores takes " + std::to_string(most) + " at most");
  }
  net::DnsOptions dns;
  const auto& wanted = program_.options.dns;
  LOADCTL_TRY(const auto ttl, wanted.Ttl());
  dns.ttl = ttl.value_or(std::chrono::nanoseconds(-1));
  dns.select = wanted.Select() == plan::DnsSelect::kFirst ? net::DnsOptions::Select::kFirst
               : wanted.Select() == plan::DnsSelect::kRoundRobin
                   ? net::DnsOptions::Select::kRoundRobin
                   : net::DnsOptions::Select::kRandom;
  dns.policy = static_cast<net::DnsOptions::Policy>(wanted.Policy());
  dns_ = std::make_unique<net::DnsService>(dns);
  if (program_.options.rps > 0) {
    LOADCTL_TRY(const double share, ShareOfRate());
    pace_ = std::make_unique<net::RequestPace>(static_cast<double>(program_.options.rps) * share);
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    LOADCTL_TRY(auto worker, worker::Worker::Make(i, program_, *dns_, pace_.get()));
    program_.stats.push_back(&worker->stats());
    watchdog_->WatchAlways(worker->loop().slot());
    workers_.push_back(std::move(worker));
  }
  own_ = std::make_unique<metrics::Recorder>(program_.metrics, count);
  if (prepare_.samples()) KeepRawSamples();
  if (prepare_.parts())
    for (const auto& worker : workers_) worker->recorder().KeepParts();
  init_options_.threads = count;
  if (prepare_.max_heap() != 0) init_options_.limits.old_generation = prepare_.max_heap();
  return {};
}

void AgentRun::Build() {
  helpers_.emplace_back([this] {
    const auto build = [this]() -> Result<std::vector<worker::MadeVu>> {
      LOADCTL_CHECK_OK(FillProgram());
      LOADCTL_CHECK_OK(MakeWorkers());
      const auto needs = plan::RequirementsOf(program_.options.scenarios, share());
      const auto numbers = plan::AssignVus(share(), needs.planned_vus);
      init_options_.vus_per_isolate = worker::ChooseVusPerIsolate(
          numbers.size(), prepare_.vus_per_isolate() == 0
                              ? std::nullopt
                              : std::optional<std::size_t>(prepare_.vus_per_isolate()));
      worker::Demand demand{numbers.size(), init_options_.vus_per_isolate, workers_.size()};
      const worker::Limits limits = worker::ReadLimits();
      LOADCTL_TRY(const auto warnings, worker::Preflight(demand, limits));
      demand.vus = static_cast<std::uint64_t>(std::max<std::int64_t>(needs.max_vus, 0));
      for (auto& worker : workers_)
        worker->loop().task_turns().most = worker::TasksAtOnce(demand, limits);
      for (const auto& warning : warnings) logs_.Add({vu::LogLevel::kWarning, warning, {}, 0});
      auto made = worker::MakeVus(numbers, workers_, program_, init_options_, *watchdog_,
                                  [this] { return stopping_.load(); });
      for (auto& worker : workers_) worker->Start();
      return made;
    };
    conductor_.Post([this, made = build()]() mutable { OnBuilt(std::move(made)); });
    // While the controller hears of it. A script that shows no need pays at its first connection.
    if (MayUseTls(*bundle_, program_.env)) net::TlsContext::ReadSystemRoots();
  });
}

void AgentRun::OnBuilt(Result<std::vector<worker::MadeVu>> made) {
  built_ = true;
  FlushLogs();
  v1::FromAgent message;
  auto* ready = message.mutable_ready();
  if (!made) {
    *ready->mutable_failure() = wire::ToProto(made.error());
  } else {
    protocol_.IsReady();
    ready->set_vus(made->size());
    const auto most = plan::RequirementsOf(program_.options.scenarios, share()).max_vus;
    pool_ = std::make_unique<AgentPool>(
        AgentPool::Parts{conductor_, program_, workers_, *watchdog_, init_options_, share()}, *made,
        most);
    for (const auto& scenario : program_.options.scenarios) {
      scenarios_.push_back(executor::MakeScenarioRun(scenario, share(),
                                                     {*pool_, program_, [this] { CheckDone(); }}));
    }
  }
  Send(std::move(message));
}

// ---- the run's clock

void AgentRun::Begin(vu::TimePoint start) {
  run_start_ = start;
  program_.run_start_ns = vu::SteadyNs(start);
  conductor_.Arm(tick_, run_start_ + 1s);
  conductor_.Arm(progress_timer_, std::chrono::steady_clock::now() + kProgressEvery);
  if (samples_) samples_->Start();
}

// On a wire that is too slow, samples stay in the recorders: the next delta covers several seconds.
// Coarser in time, nothing lost, and memory stays. Lines of logs are dropped and counted instead.
bool AgentRun::BackedUp() const { return callbacks_.backlog() >= kMostUnsent; }

void AgentRun::Tick() {
  if (!BackedUp()) Collect(false);
  const auto now = std::chrono::steady_clock::now();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now - run_start_);
  conductor_.Arm(tick_, run_start_ + seconds + 1s);
}

// ---- setup(), teardown(), handleSummary()

v1::FromAgent AgentRun::Failed(v1::Call::Function function, const Error& error) {
  v1::FromAgent message;
  message.mutable_call_done()->set_function(function);
  *message.mutable_call_done()->mutable_failure() = wire::ToProto(error);
  return message;
}

void AgentRun::Call(const v1::Call& call) {
  watchdog_->Resume();
  helpers_.emplace_back([this, call] {
    vu::Loop loop;
    auto group = std::make_shared<vu::Group>(init_options_.limits, vu::Sharing::kOneVu);
    auto made = std::make_unique<vu::Vu>(plan::VuNumbers{}, std::move(group), program_, loop);
    vu::RunSlot* slot = &loop.slot();
    watchdog_->Watch(std::span(&slot, 1));
    auto ready = made->Init(std::chrono::steady_clock::now() + init_options_.timeout);
    watchdog_->Forget(std::span(&slot, 1));
    if (!ready) {
      made->End();
      loop.RunUntil([&] { return made->state() == vu::Vu::State::kEnded; });
      return conductor_.Post(
          [this, message = Failed(call.function(), ready.error())] { Send(message); });
    }
    vu::Vu* raw = made.release();
    workers_[0]->Post([this, call, raw] { RunCall(std::unique_ptr<vu::Vu>(raw), call); });
  });
}

// On worker 0, which keeps the VU to the end of the run.
void AgentRun::RunCall(std::unique_ptr<vu::Vu> made, v1::Call call) {
  vu::Vu& vu = workers_[0]->Adopt(std::move(made));
  auto message = std::make_shared<v1::FromAgent>();
  const auto timeout = std::chrono::nanoseconds(call.timeout_ns());
  const auto work = [call, message, timeout](vu::Vu& self) {
    const auto function = call.function();
    const bool summary = function == v1::Call::HANDLE_SUMMARY;
    self.SetPhase(summary                       ? vu::Phase::kSummary
                  : function == v1::Call::SETUP ? vu::Phase::kSetup
                                                : vu::Phase::kTeardown);
    const char* name = summary                       ? "handleSummary"
                       : function == v1::Call::SETUP ? "setup"
                                                     : "teardown";
    vu::WorkResult result;
    std::vector<std::pair<std::string, std::string>> files;
    if (summary) {
      result = self.CallForFiles(name, call.argument_json(), files);
    } else if (call.has_argument()) {
      result = self.CallForJson(name, {call.argument_json()});
    } else {
      result = self.CallForJson(name, {});
    }
    auto* done = message->mutable_call_done();
    done->set_function(function);
    if (result.kind == vu::WorkResult::Kind::kComplete) {
      done->set_has_result(summary ? result.error.empty() : result.json.has_value());
      if (result.json) done->set_result_json(*result.json);
      for (auto& [path, content] : files) {
        auto* file = done->add_files();
        file->set_path(path);
        file->set_content(content);
      }
      return;
    }
    auto* failure = done->mutable_failure();
    if (result.kind == vu::WorkResult::Kind::kBadResult) {
      *failure = wire::ToProto({ErrorCode::kGeneric, result.error});
      return;
    }
    if (result.kind == vu::WorkResult::Kind::kException) {
      *failure = wire::ToProto({ErrorCode::kScript, result.error});
      return;
    }
    failure->set_code(summary                       ? v1::Failure::GENERIC
                      : function == v1::Call::SETUP ? v1::Failure::SETUP_TIMEOUT
                                                    : v1::Failure::TEARDOWN_TIMEOUT);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout).count();
    failure->set_message(std::string(name) + "() execution timed out after " +
                         std::to_string(seconds) + " seconds");
  };
  vu.Assign(work, Later(std::chrono::steady_clock::now(), timeout), [this, message] {
    conductor_.Post([this, message] {
      FlushLogs();
      Send(std::move(*message));
    });
  });
}

// ---- scenarios

void AgentRun::Start(const v1::Start& start) {
  if (stopping_) return;
  started_ = true;
  if (start.has_setup_data()) setup_json_ = std::make_shared<const std::string>(start.setup_json());
  named_start_ = At(start.agent_ns());
  for (auto& worker : workers_) {
    worker->Post([raw = worker.get()] {
      raw->loop_lag().Start(raw->vus() > 1 ? worker::LoopLag::Vus::kSeveral
                                           : worker::LoopLag::Vus::kOne);
      raw->cpu_watch().Start();
    });
  }
  for (auto& run : scenarios_) {
    run->Begin(named_start_);
    if (run->done()) continue;
    auto timer = std::make_unique<vu::Timer>([this, raw = run.get()] {
      if (!paused_) raw->Launch(setup_json_);
    });
    start_timers_.emplace_back(run.get(), std::move(timer));
  }
  ArmStarts();
  CheckDone();
}

void AgentRun::ArmStarts() {
  for (auto& [run, timer] : start_timers_) conductor_.Arm(*timer, run->SteadyStart() - kHeadStart);
}

void AgentRun::Stop() {
  if (stopping_.exchange(true)) return;
  watchdog_->EndAll();
  if (!built_) return;  // the helper that makes the VUs looks at stopping_ itself
  for (auto& [run, timer] : start_timers_) conductor_.Disarm(*timer);
  for (auto& run : scenarios_) run->Stop();
  for (auto& worker : workers_) worker->Post([raw = worker.get()] { raw->InterruptAll(); });
  CheckDone();
}

void AgentRun::Abandon() {
  Stop();
  callbacks_.finished();
}

// ---- deltas, progress, logs

void AgentRun::Collect(bool final) {
  collecting_.final_wanted = collecting_.final_wanted || final;
  if (collecting_.on_its_way)
    return;  // a worker is busy with a script: its next delta covers this second too
  collecting_.on_its_way = true;
  struct Gathering {
    std::mutex mutex;
    metrics::Recorder::Collected all;
    metrics::TrendSink loop_lag;
    worker::CpuUse cpu;
    std::uint64_t samples_dropped = 0;
    std::size_t missing;
  };
  auto gathering = std::make_shared<Gathering>();
  gathering->missing = workers_.size();
  const bool last = collecting_.final_wanted;
  // Now, not when the last worker has answered: one may be busy with a script for a while.
  std::int64_t active = 0;
  for (const auto* stats : program_.stats) active += stats->active.load();
  for (auto& worker : workers_) {
    worker->Post([this, gathering, last, active, raw = worker.get()] {
      raw->cpu_watch().Mark();
      const std::lock_guard lock(gathering->mutex);
      raw->recorder().CollectInto(gathering->all);
      if (last) gathering->loop_lag.Merge(raw->loop_lag().lateness());
      if (last) {
        worker::CpuUse use = raw->cpu_watch().use();
        use.stalled = raw->loop_lag().stalled();
        gathering->cpu.Add(use);
      }
      if (auto* samples = raw->recorder().raw(); last && samples != nullptr) {
        samples->Flush();
        gathering->samples_dropped += samples->dropped();
      }
      if (--gathering->missing > 0) return;
      conductor_.Post([this, gathering, last, active] {
        collecting_.on_its_way = false;
        health_.loop_lag = std::move(gathering->loop_lag);
        health_.cpu = gathering->cpu;
        if (samples_) samples_->NoteDropped(gathering->samples_dropped);
        SendDelta(std::move(gathering->all), active, last);
        if (!last && collecting_.final_wanted) Collect(true);
      });
    });
  }
}

void AgentRun::SendDelta(metrics::Recorder::Collected collected, std::int64_t active, bool final) {
  metrics::Delta delta;
  if (!final) CountVus(active, collected);
  Redact(collected, secrets_.redactor());
  delta.agent = agent_;
  delta.epoch = epoch_;
  delta.sequence = ++sequence_;
  delta.final = final;
  const auto now = std::chrono::steady_clock::now();
  const std::int64_t ending = std::max<std::int64_t>(
      std::chrono::floor<std::chrono::seconds>(now - run_start_).count() - 1, next_interval_);
  delta.first_interval = next_interval_;
  delta.interval = ending;
  next_interval_ = ending + 1;
  for (std::size_t i = 0; i < collected.sinks.size(); ++i) {
    if (metrics::IsEmpty(collected.sinks[i])) continue;
    const auto& series = program_.metrics.series()[i];
    const auto& metric = program_.metrics.metric(series.metric);
    delta.series.push_back(
        {metric.name, series.suffix, metric.contains, std::move(collected.sinks[i])});
  }
  for (auto& [key, sink] : collected.parts) {
    const auto& metric = program_.metrics.metric(key.first);
    delta.series.push_back({metric.name, key.second, metric.contains, std::move(sink)});
  }
  for (auto& check : collected.checks) {
    const auto rank =
        check_ranks_.try_emplace({check.group, check.name}, check_ranks_.size() + 1).first->second;
    check.first_seen = rank;
    delta.checks.push_back(std::move(check));
  }
  delta.groups = std::move(collected.groups);
  v1::FromAgent message;
  message.mutable_delta()->set_assignment(assignments_.at(0).id);
  message.mutable_delta()->set_encoded(metrics::EncodeDelta(delta, &told_));
  Send(std::move(message));
  if (!final) return;
  FlushLogs();
  if (!samples_) return SendFlushed();
  samples_->Finish([this] { SendFlushed(); });
}

void AgentRun::SendProgress() {
  v1::FromAgent message;
  PutProgress(*message.mutable_progress());
  callbacks_.tell(std::move(message));
}

void AgentRun::PutProgress(v1::Progress& progress) const {
  progress.set_initialized_vus(program_.vus_initialized.load());
  if (!built_) return;  // the rest is not there yet
  const auto now = std::chrono::steady_clock::now();
  std::int64_t active = 0;
  for (const auto* stats : program_.stats) active += stats->active.load();
  progress.set_active_vus(active);
  std::int64_t complete = 0, interrupted = 0;
  for (const auto& run : scenarios_) {
    const auto counts = run->counts();
    complete += counts.complete;
    interrupted += counts.interrupted;
    auto* scenario = progress.add_scenarios();
    scenario->set_name(run->scenario().name);
    scenario->set_state(static_cast<v1::ScenarioProgress::State>(run->State(now)));
    scenario->set_started(counts.started);
    scenario->set_complete(counts.complete);
    scenario->set_active_vus(counts.active);
    scenario->set_vus(counts.vus);
    scenario->set_lasted_ns(run->lasted().count());
  }
  progress.set_complete(complete);
  progress.set_interrupted(interrupted);
}

void AgentRun::FlushLogs() {
  auto taken = logs_.Take();
  if (taken.lines.empty() && taken.suppressed == 0) return;
  v1::FromAgent message;
  auto* logs = message.mutable_logs();
  logs->set_suppressed(taken.suppressed);
  for (auto& line : taken.lines) {
    auto* to = logs->add_lines();
    to->set_level(static_cast<v1::LogEntry::Level>(line.level));
    to->set_message(std::move(line.message));
    for (auto& [name, value] : line.fields) {
      to->add_fields(name);
      to->add_fields(value);
    }
    to->set_vu(line.vu);
  }
  Send(std::move(message));
}

}  // namespace loadctl::session
