#include "agent/session/assignment_run.h"

#include <algorithm>
#include <chrono>
#include <future>

#include "agent/vu/clock.h"
#include "common/base/saturating.h"
#include "common/plan/planned_iterations.h"

namespace loadctl::session {
namespace {

// VUs are told of their scenario a little before it starts, and sleep until it does.
constexpr std::chrono::milliseconds kHeadStart{50};
constexpr std::chrono::hours kWhileDebugged{24};  // init code may pause, too

/// The entry of the scenario with that name, which is made if it is not there: assignments of one
/// run have the same scenarios.
template <class Message>
auto& EntryOf(Message& message, const std::string& name) {
  for (auto& one : *message.mutable_scenarios())
    if (one.name() == name) return one;
  auto* made = message.add_scenarios();
  made->set_name(name);
  return *made;
}

/// `to`: a RunDone or a ScenarioCounts.
template <class Message>
void AddCounts(const executor::ScenarioCounts& counts, Message& to) {
  to.set_started(SaturatingAdd(to.started(), counts.started));
  to.set_dropped(SaturatingAdd(to.dropped(), counts.dropped));
  to.set_complete(SaturatingAdd(to.complete(), counts.complete));
  to.set_interrupted(SaturatingAdd(to.interrupted(), counts.interrupted));
  to.set_exceptions(SaturatingAdd(to.exceptions(), counts.exceptions));
}

Result<net::DnsOptions> DnsOptionsOf(const plan::Options& options) {
  net::DnsOptions dns;
  const auto& wanted = options.dns;
  LOADCTL_TRY(const auto ttl, wanted.Ttl());
  dns.ttl = ttl.value_or(std::chrono::nanoseconds(-1));
  dns.select = wanted.Select() == plan::DnsSelect::kFirst ? net::DnsOptions::Select::kFirst
               : wanted.Select() == plan::DnsSelect::kRoundRobin
                   ? net::DnsOptions::Select::kRoundRobin
                   : net::DnsOptions::Select::kRandom;
  dns.policy = static_cast<net::DnsOptions::Policy>(wanted.Policy());
  return dns;
}

}  // namespace

AssignmentRun::AssignmentRun(wire::Assignment assignment, Host host)
    : assignment_(std::move(assignment)), host_(std::move(host)) {}

AssignmentRun::~AssignmentRun() {
  for (auto& [run, timer] : start_timers_) host_.clock.Disarm(*timer);
  if (pool_) pool_->Join();
  for (auto& worker : workers_) {
    vu::RunSlot* const slot = &worker->loop().slot();
    host_.watchdog.Forget(std::span(&slot, 1));
    worker->Join();
  }
}

// ---- making it

/// This assignment's part of a rate for the whole run. A run limited to a segment has the whole
/// rate for itself, as k6 with that segment.
Result<double> AssignmentRun::ShareOfRate() const {
  const plan::Stripe stripe = assignment_.share.Share();
  const double part =
      static_cast<double>(stripe.offsets.size()) / static_cast<double>(stripe.period);
  if (program_.options.execution_segment.empty()) return part;
  LOADCTL_TRY(const plan::Segment whole, plan::ParseSegment(program_.options.execution_segment));
  const auto value = [](const plan::Rational& number) {
    return static_cast<double>(number.numerator) / static_cast<double>(number.denominator);
  };
  return part / (value(whole.to) - value(whole.from));
}

Result<void> AssignmentRun::MakeWorkers(std::uint32_t first, std::uint32_t count) {
  LOADCTL_TRY(const net::DnsOptions dns, DnsOptionsOf(program_.options));
  dns_ = std::make_unique<net::DnsService>(dns);
  if (program_.options.rps > 0) {
    LOADCTL_TRY(const double share, ShareOfRate());
    pace_ = std::make_unique<net::RequestPace>(static_cast<double>(program_.options.rps) * share);
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    LOADCTL_TRY(auto worker, worker::Worker::Make(first + i, program_, *dns_, pace_.get()));
    worker->stats().worker = i;
    program_.stats.push_back(&worker->stats());
    host_.watchdog.WatchAlways(worker->loop().slot());
    workers_.push_back(std::move(worker));
  }
  // Scripts have declared nothing yet: what is there is what the controller has told of.
  deltas_ =
      std::make_unique<Deltas>(assignment_.id,
                               Deltas::Sources{host_.conductor, host_.clock, host_.link,
                                               host_.identity, host_.redactor, program_, workers_},
                               program_.metrics);
  return {};
}

plan::ExecutionRequirements AssignmentRun::needs() const {
  return plan::RequirementsOf(program_.options.scenarios, assignment_.share);
}

Result<void> AssignmentRun::MakeVus(const worker::InitOptions& init,
                                    const std::function<bool()>& stopped) {
  program_.share = plan::DataShare(program_.options.scenarios, assignment_.share);
  init_ = init;
  if (debugger_) {
    init_.debugged = debugger_->group();
    init_.timeout = kWhileDebugged;
  }
  const auto numbers = plan::AssignVus(assignment_.share, needs().planned_vus);
  auto made = worker::MakeVus(numbers, workers_, program_, init_, host_.watchdog, stopped);
  for (auto& worker : workers_) worker->Start();
  if (!made) return tl::unexpected(made.error());
  made_ = std::move(*made);
  if (init.profiled && !made_.empty()) BeginProfile();
  return {};
}

void AssignmentRun::BeginProfile() {
  std::promise<void> begun;
  const worker::MadeVu first = made_.front();
  first.worker->Post([&] {
    first.vu->Assign([this](vu::Vu& self) { profile_ = vu::BeginCpuProfile(self); },
                     vu::TimePoint::max(), [&] { begun.set_value(); });
  });
  begun.get_future().wait();
}

void AssignmentRun::TakeProfile(std::function<void(std::string json)> done) {
  if (!profile_) return done("");
  const worker::MadeVu first = made_.front();
  first.worker->Post([this, first, done = std::move(done)] {
    auto json = std::make_shared<std::string>();
    const auto tell = [this, json, done] {
      host_.conductor.Post([json, done] { done(std::move(*json)); });
    };
    if (first.vu->state() != vu::Vu::State::kIdle) return tell();
    first.vu->Assign([this, json](vu::Vu& self) { *json = vu::EndCpuProfile(self, *profile_); },
                     vu::TimePoint::max(), tell);
  });
}

void AssignmentRun::TakeVus() {
  pool_ = std::make_unique<AgentPool>(AgentPool::Parts{host_.conductor, program_, workers_,
                                                       host_.watchdog, init_, assignment_.share},
                                      made_, needs().max_vus);
  for (const auto& scenario : program_.options.scenarios) {
    scenarios_.push_back(
        executor::MakeScenarioRun(scenario, assignment_.share, {*pool_, program_, host_.ended}));
  }
}

// ---- running it

void AssignmentRun::Begin(vu::TimePoint start) {
  program_.run_start_ns = vu::SteadyNs(start);
  deltas_->Begin(start);
}

void AssignmentRun::Start(vu::TimePoint start, std::shared_ptr<const std::string> setup_json) {
  setup_json_ = std::move(setup_json);
  for (auto& worker : workers_) {
    if (debugger_) break;  // what stands still is not the generator's fault
    worker->Post([raw = worker.get()] {
      raw->loop_lag().Start(raw->vus() > 1 ? worker::LoopLag::Vus::kSeveral
                                           : worker::LoopLag::Vus::kOne);
      raw->cpu_watch().Start();
    });
  }
  for (auto& run : scenarios_) {
    run->Begin(start);
    if (run->done()) continue;
    auto timer = std::make_unique<vu::Timer>([this, raw = run.get()] {
      if (!paused_) raw->Launch(setup_json_);
    });
    start_timers_.emplace_back(run.get(), std::move(timer));
  }
  ArmStarts();
}

void AssignmentRun::ArmStarts() {
  for (auto& [run, timer] : start_timers_) host_.clock.Arm(*timer, run->SteadyStart() - kHeadStart);
}

void AssignmentRun::Stop() {
  stopped_ = true;
  for (auto& [run, timer] : start_timers_) host_.clock.Disarm(*timer);
  for (auto& run : scenarios_) run->Stop();
  for (auto& worker : workers_) worker->Post([raw = worker.get()] { raw->InterruptAll(); });
}

void AssignmentRun::Pause(vu::TimePoint at) {
  paused_ = true;
  for (auto& run : scenarios_) run->Pause(at);
}

void AssignmentRun::Resume(vu::TimePoint at) {
  paused_ = false;
  for (auto& run : scenarios_) run->Resume(at);
  if (!stopped_) ArmStarts();
}

void AssignmentRun::Scale(const v1::Scale& scale, std::function<void()> done) {
  const auto run = std::find_if(scenarios_.begin(), scenarios_.end(), [&](const auto& one) {
    return one->scenario().name == scale.scenario();
  });
  if (run == scenarios_.end()) return done();
  const std::int64_t most = assignment_.share.Scale(scale.max_vus());
  pool_->Allow(std::max<std::int64_t>(most - (*run)->most(), 0));
  (*run)->Scale(assignment_.share.Scale(scale.vus()), most, std::move(done));
}

bool AssignmentRun::done() const {
  return std::all_of(scenarios_.begin(), scenarios_.end(),
                     [](const auto& run) { return run->done(); });
}

void AssignmentRun::StopWatching() {
  for (auto& worker : workers_) {
    worker->Post([raw = worker.get()] {
      raw->loop_lag().Stop();
      raw->cpu_watch().Stop();
    });
  }
}

// ---- telling of it

void AssignmentRun::AddTo(v1::Progress& progress) const {
  progress.set_initialized_vus(progress.initialized_vus() + program_.vus_initialized.load());
  if (!pool_) return;  // the rest is not there yet
  std::int64_t active = progress.active_vus();
  for (const auto* stats : program_.stats) active += stats->active.load();
  progress.set_active_vus(active);
  for (const auto& run : scenarios_) {
    const auto counts = run->counts();
    progress.set_complete(progress.complete() + counts.complete);
    progress.set_interrupted(progress.interrupted() + counts.interrupted);
    const auto state = static_cast<v1::ScenarioProgress::State>(run->State(host_.clock.Now()));
    const int known = progress.scenarios_size();
    auto& to = EntryOf(progress, run->scenario().name);
    // It is where the slowest is.
    to.set_state(progress.scenarios_size() > known ? state : std::min(state, to.state()));
    to.set_started(to.started() + counts.started);
    to.set_complete(to.complete() + counts.complete);
    to.set_active_vus(to.active_vus() + counts.active);
    to.set_vus(to.vus() + counts.vus);
    to.set_lasted_ns(std::max<std::int64_t>(to.lasted_ns(), run->lasted().count()));
  }
}

void AssignmentRun::AddTo(v1::RunDone& done) const {
  for (const auto& run : scenarios_) {
    const auto counts = run->counts();
    auto& entry = EntryOf(done, run->scenario().name);
    AddCounts(counts, entry);
    entry.set_vu_time_us(SaturatingAdd(entry.vu_time_us(), counts.vu_time_us));
    AddCounts(counts, done);
    // Where the plan knows how many there were to be, the ledger is held against that; but for a
    // test that was stopped, if only by a script of this agent so far.
    const auto known = stopped_ || program_.aborted ? std::nullopt : run->PlannedIterations();
    done.set_planned(SaturatingAdd(done.planned(),
                                   known.value_or(SaturatingAdd(counts.started, counts.dropped))));
    if (counts.first_start_ns == 0) continue;
    const std::int64_t skew = counts.first_start_ns - vu::SteadyNs(run->start());
    done.set_first_start_skew_ns(done.any_started() ? std::min(done.first_start_skew_ns(), skew)
                                                    : skew);
    done.set_any_started(true);
  }
}

}  // namespace loadctl::session
