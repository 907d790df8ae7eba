#include "agent/session/agent_run.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>

#include "agent/net/tls/tls_transport.h"
#include "agent/session/http_records.h"
#include "agent/worker/preflight.h"
#include "common/text/name_filter.h"
#include "common/wire/codes.h"
#include "common/wire/health.h"
#include "common/wire/secrets.h"

namespace loadctl::session {
namespace {

using namespace std::chrono_literals;
constexpr auto kProgressEvery = 200ms;
constexpr std::size_t kPartBytes = std::size_t{256} << 10;  // of a CPU profile

vu::TimePoint At(std::int64_t steady_ns) {
  return vu::TimePoint(std::chrono::nanoseconds(steady_ns));
}

/// Whether somebody asks for the tag `phase`: by a warm-up, as a system tag, or in a threshold.
bool TagsPhase(const wire::Prepared& prepared) {
  if (prepared.options.warmup.count() > 0 || prepared.options.system_tags.contains("phase"))
    return true;
  const auto names = [](const metrics::TagCondition& one) {
    constexpr std::array<std::string_view, 4> kPhases = {"setup", "warmup", "steady", "teardown"};
    return one.key == "phase" &&
           std::find(kPhases.begin(), kPhases.end(), one.value) != kPhases.end();
  };
  return std::any_of(
      prepared.metrics.series().begin(), prepared.metrics.series().end(), [&](const auto& series) {
        return std::any_of(series.conditions.begin(), series.conditions.end(), names);
      });
}

/// By this many an agent says how many it could carry: a large test's, many to an isolate.
constexpr std::size_t kManyVus = 10'000;

/// Nothing of this process can be trusted to end in order: says why, and goes.
[[noreturn]] void GiveUpProcess(AgentLink& link, const std::string& who) {
  v1::FromAgent message;
  auto* line = message.mutable_logs()->add_lines();
  line->set_level(v1::LogEntry::ERROR_LINE);
  line->set_message(who);
  link.Send(std::move(message));
  std::this_thread::sleep_for(200ms);
  std::fprintf(stderr, "loadctl-agent: %s\n", who.c_str());
  js::EndProcess();
}

/// Metrics that k6 does not have, and that no threshold asks for: outputs have what k6's have; and
/// those that --out-metrics leaves out.
std::vector<metrics::MetricId> NotAskedFor(const metrics::MetricSet& set,
                                           const plan::Options& options) {
  std::vector<metrics::MetricId> ids;
  const auto wanted = text::NameFilter::Make(options.out_metrics);
  for (std::size_t i = 0; i < set.metrics().size(); ++i) {
    const std::string& name = set.metrics()[i].name;
    if (wanted && !wanted->Wants(name)) {
      ids.push_back(static_cast<metrics::MetricId>(i));
      continue;
    }
    if (name.rfind(metrics::kOwnPrefix, 0) != 0) continue;
    bool asked = options.connection_metrics && name.rfind("loadctl_connections_", 0) == 0;
    for (const auto& one : options.thresholds)
      asked = asked || one.metric == name || one.metric.rfind(name + "{", 0) == 0;
    if (!asked) ids.push_back(static_cast<metrics::MetricId>(i));
  }
  return ids;
}

}  // namespace

AgentRun::AgentRun(Parts parts)
    : conductor_(parts.conductor),
      clock_(parts.clock),
      link_(parts.link, secrets_.redactor()),
      finished_(std::move(parts.finished)),
      identity_{1, parts.epoch},
      scripts_(std::move(parts.modules)),
      logs_(clock_, link_),
      watchdog_([this](const std::string& who) { GiveUpProcess(link_, who); },
                [this](std::string who) {
                  if (debugger() != nullptr) return;  // it is paused
                  logs_.Add({vu::LogLevel::kWarning, std::move(who), {}, 0});
                }),
      orders_(clock_, [this](const PauseOrder& order) { Follow(order); }),
      progress_(clock_, kProgressEvery, [this] { SendProgress(); }),
      seconds_(clock_, 1s, [this] { Collect(); }) {}

AgentRun::~AgentRun() {
  if (builder_.joinable()) builder_.join();
}

void AgentRun::Handle(v1::ToAgent message) {
  if (const std::string why = protocol_.WhyWrong(message, clock_.Now()); !why.empty()) {
    std::fprintf(stderr, "loadctl-agent: the controller is not followed: %s\n", why.c_str());
    return Abandon();
  }
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
      return orders_.Give({message.pause().serial(), At(message.pause().agent_ns()), true});
    case v1::ToAgent::kResume:
      return orders_.Give({message.resume().serial(), At(message.resume().agent_ns()), false});
    case v1::ToAgent::kScale:
      return Scale(message.scale());
    case v1::ToAgent::kFlush:
      return Flush();
    case v1::ToAgent::kDebugger:
      if (debugger() != nullptr) debugger()->Take(message.debugger());
      return;
    case v1::ToAgent::kSecretGiven:
      return TakeSecret(message.secret_given(), secrets_);
    case v1::ToAgent::kFinish:
      logs_.Flush();
      return finished_();
    default:
      return;  // clock and welcome are the link's
  }
}

void AgentRun::Warn(const std::string& line) {
  logs_.Add({vu::LogLevel::kWarning, line, {}, 0});
  logs_.Flush();
}

// ---- making the VUs

void AgentRun::Prepare(v1::Prepare prepare) {
  auto prepared = wire::ReadPrepare(prepare);
  wire::ForgetSecrets(*prepare.mutable_secrets());
  if (!prepared) return OnBuilt(tl::unexpected(prepared.error()));
  prepared_ = std::move(*prepared);
  // Whoever waits for the VUs sees that there are more and more.
  progress_.Start();
  protocol_.WantsBundle();
  v1::FromAgent message;
  message.mutable_bundle_wanted();
  link_.Send(std::move(message));
}

void AgentRun::TakeChunk(const v1::BundleChunk& chunk) {
  const auto whole = scripts_.Take(chunk, prepared_.bundle_hash);
  if (!whole) return OnBuilt(tl::unexpected(whole.error()));
  if (*whole) Build();
}

void AgentRun::Build() {
  const AssignmentRun::Host host{conductor_,
                                 clock_,
                                 link_,
                                 identity_,
                                 secrets_.redactor(),
                                 watchdog_,
                                 [this] { CheckDone(); }};
  watchdog_.LimitBusy(prepared_.max_busy);
  for (auto& assignment : prepared_.assignments)
    assignments_.push_back(std::make_unique<AssignmentRun>(std::move(assignment), host));
  if (prepared_.debugging) {
    js::HeapLimits limits;
    if (prepared_.max_heap != 0) limits.old_generation = prepared_.max_heap;
    assignments_.front()->Debug(
        std::make_unique<DebuggerLine>(limits, *prepared_.debugging, link_));
  }
  builder_ = std::thread([this] {
    const auto build = [&]() -> Result<void> {
      FillPrograms();
      LOADCTL_TRY(const worker::InitOptions init, MakeWorkers());
      return MakeVus(init);
    };
    conductor_.Post([this, built = build()] { OnBuilt(built); });
    // While the controller hears of it. A script that shows no need pays at its first connection.
    if (scripts_.MayUseTls(assignments_.front()->program().env)) net::TlsContext::ReadSystemRoots();
  });
}

void AgentRun::FillPrograms() {
  const auto stopped = [this](bool abort) {
    auto told = std::make_shared<std::atomic<bool>>(false);
    return [this, abort, told](std::string text) {
      // A script may say so in each iteration; the controller needs to hear it once.
      if (told->exchange(true)) return;
      v1::FromAgent message;
      message.mutable_test_stopped()->set_abort(abort);
      message.mutable_test_stopped()->set_message(std::move(text));
      conductor_.Post([this, message]() mutable {
        logs_.Flush();
        link_.Send(std::move(message));
      });
    };
  };
  const auto abort = stopped(true), fail = stopped(false);
  std::function<void(vu::HttpRecord)> record;
  if (!prepared_.options.har.empty()) record = SendHttpRecords(link_);
  TakeSecrets(std::move(prepared_.secrets), secrets_,
              [this](v1::FromAgent message) { link_.Send(std::move(message)); });
  for (auto& assignment : assignments_) {
    vu::Program& program = assignment->program();
    scripts_.Fill(program);
    program.main_url = prepared_.main_url;
    program.options = prepared_.options;
    program.written_options = plan::ShownOptions(program.options, plan::OptionsView::kWritten);
    program.metrics = prepared_.metrics;
    program.tags_phase = TagsPhase(prepared_);
    program.env = {prepared_.env.begin(), prepared_.env.end()};
    program.log = [this](vu::LogLine line) { logs_.Add(std::move(line)); };
    if (record) program.record_http = record;
    program.abort_test = abort;
    program.fail_test = fail;
    program.secrets = &secrets_;
  }
}

Result<worker::InitOptions> AgentRun::MakeWorkers() {
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  const unsigned count = prepared_.workers != 0
                             ? prepared_.workers
                             : std::max(1u, cores / std::max(1u, prepared_.agents));
  const auto all = static_cast<std::uint32_t>(count * assignments_.size());
  // A thread and an event loop each, whoever asks.
  const unsigned most = std::max(64u, 8 * cores);
  if (all > most) {
    return Fail(ErrorCode::kInvalidConfig,
                std::to_string(all) + " workers are asked for, and this machine with " +
                    std::to_string(cores) + " cores takes " + std::to_string(most) + " at most");
  }
  for (std::uint32_t first = 0; auto& assignment : assignments_) {
    LOADCTL_CHECK_OK(assignment->MakeWorkers(first, count));
    first += count;
  }
  if (prepared_.samples) KeepRawSamples();
  if (prepared_.parts)
    for (const auto& assignment : assignments_)
      for (const auto& worker : assignment->workers()) worker->recorder().KeepParts();
  worker::InitOptions init;
  init.threads = count;
  init.isolation = prepared_.vu_isolation;
  init.profiled = prepared_.cpu_profile;
  if (prepared_.max_heap != 0) init.limits.old_generation = prepared_.max_heap;
  return init;
}

std::size_t AgentRun::ChosenVusPerIsolate(std::size_t vus) const {
  return worker::ChooseVusPerIsolate(
      vus, prepared_.vus_per_isolate == 0 ? std::nullopt
                                          : std::optional<std::size_t>(prepared_.vus_per_isolate));
}

Result<void> AgentRun::MakeVus(worker::InitOptions init) {
  worker::Demand planned, most;
  planned.workers = most.workers = 0;
  for (const auto& assignment : assignments_) {
    const auto needs = assignment->needs();
    planned.vus += static_cast<std::uint64_t>(std::max<std::int64_t>(needs.planned_vus, 0));
    most.vus += static_cast<std::uint64_t>(std::max<std::int64_t>(needs.max_vus, 0));
    planned.workers += assignment->workers().size();
  }
  init.vus_per_isolate = ChosenVusPerIsolate(planned.vus);
  most.workers = planned.workers;
  most.vus_per_isolate = planned.vus_per_isolate = init.vus_per_isolate;
  const worker::Limits limits = worker::ReadLimits();
  LOADCTL_TRY(const auto warnings, worker::Preflight(planned, limits));
  for (const auto& assignment : assignments_)
    for (const auto& worker : assignment->workers())
      worker->loop().task_turns().most = worker::TasksAtOnce(most, limits);
  for (const auto& warning : warnings) logs_.Add({vu::LogLevel::kWarning, warning, {}, 0});
  for (const auto& assignment : assignments_) {
    LOADCTL_CHECK_OK(assignment->MakeVus(init, [this] { return stopping_.load(); }));
    init.profiled = false;
  }
  return {};
}

void AgentRun::KeepRawSamples() {
  samples_ = std::make_unique<SampleSender>(conductor_, link_);
  for (const auto& assignment : assignments_) {
    const vu::Program& program = assignment->program();
    const metrics::RawSamples::Options raw{&samples_->queue(), program.metrics.metrics().size(),
                                           NotAskedFor(program.metrics, program.options),
                                           &secrets_.redactor()};
    for (const auto& owner : assignment->workers()) {
      worker::Worker* worker = owner.get();
      worker->recorder().KeepRaw(raw);
      samples_->Add([worker] { worker->Post([worker] { worker->recorder().raw()->Flush(); }); });
    }
  }
}

void AgentRun::OnBuilt(const Result<void>& built) {
  logs_.Flush();
  v1::FromAgent message;
  auto* ready = message.mutable_ready();
  if (!built) {
    *ready->mutable_failure() = wire::ToProto(built.error());
  } else {
    stage_ = Stage::kReady;
    protocol_.IsReady();
    for (auto& assignment : assignments_) {
      assignment->TakeVus();
      ready->set_vus(ready->vus() + assignment->planned_vus());
      ready->set_workers(ready->workers() +
                         static_cast<std::uint32_t>(assignment->workers().size()));
    }
    AssignmentRun& first = *assignments_.front();
    calls_ = std::make_unique<Calls>(Calls::Parts{conductor_, watchdog_, first.init_options(),
                                                  first.program(), *first.workers().front()});
  }
  link_.Send(std::move(message));
}

// ---- the run

void AgentRun::Begin(vu::TimePoint start) {
  for (auto& assignment : assignments_) assignment->Begin(start);
  seconds_.StartFrom(start);
  progress_.Start();
  if (samples_) samples_->Start();
}

void AgentRun::Call(const v1::Call& call) {
  watchdog_.Resume();
  calls_->Call(call, [this](v1::FromAgent message) {
    logs_.Flush();
    link_.Send(std::move(message));
  });
}

void AgentRun::Start(const v1::Start& start) {
  if (stopping_) return;
  stage_ = Stage::kStarted;
  std::shared_ptr<const std::string> setup_json;
  if (start.has_setup_data()) setup_json = std::make_shared<const std::string>(start.setup_json());
  for (auto& assignment : assignments_) assignment->Start(At(start.agent_ns()), setup_json);
  CheckDone();
}

DebuggerLine* AgentRun::debugger() {
  return assignments_.empty() ? nullptr : assignments_.front()->debugger();
}

void AgentRun::Stop() {
  if (stopping_.exchange(true)) return;
  if (debugger() != nullptr) debugger()->Close();
  watchdog_.EndAll();
  if (stage_ == Stage::kNew) return;  // the helper that makes the VUs looks at stopping_ itself
  for (auto& assignment : assignments_) assignment->Stop();
  CheckDone();
}

void AgentRun::Abandon() {
  Stop();
  finished_();
}

void AgentRun::CheckDone() {
  if (stage_ != Stage::kStarted) return;
  for (const auto& assignment : assignments_)
    if (!assignment->done()) return;
  stage_ = Stage::kDone;
  for (auto& assignment : assignments_) assignment->StopWatching();
  SendProgress();
  logs_.Flush();
  v1::FromAgent message;
  for (const auto& assignment : assignments_) assignment->AddTo(*message.mutable_run_done());
  link_.Send(std::move(message));
}

// ---- what a user asks of a running test

void AgentRun::Follow(const PauseOrder& order) {
  for (auto& assignment : assignments_)
    order.pause ? assignment->Pause(order.at) : assignment->Resume(order.at);
  SendControlled(order.serial);
}

void AgentRun::Scale(const v1::Scale& scale) {
  auto missing = std::make_shared<std::size_t>(assignments_.size());
  for (auto& assignment : assignments_) {
    assignment->Scale(scale, [this, missing, serial = scale.serial()] {
      if (--*missing == 0) SendControlled(serial);
    });
  }
}

void AgentRun::SendControlled(std::uint64_t serial) {
  v1::FromAgent message;
  message.mutable_controlled()->set_serial(serial);
  AddTo(*message.mutable_controlled()->mutable_progress());
  link_.Send(std::move(message));
}

// ---- what is told of it

void AgentRun::SendProgress() {
  v1::FromAgent message;
  AddTo(*message.mutable_progress());
  link_.Tell(std::move(message));
}

void AgentRun::AddTo(v1::Progress& progress) const {
  for (const auto& assignment : assignments_) assignment->AddTo(progress);
}

void AgentRun::Collect() {
  if (link_.BackedUp()) return;
  const auto health_every = static_cast<std::uint64_t>(wire::HealthEvery(prepared_.agents).count());
  for (auto& assignment : assignments_) assignment->deltas().Collect(health_every);
}

void AgentRun::Flush() {
  seconds_.Stop();
  progress_.Stop();
  auto all = std::make_shared<GeneratorHealth>();
  auto missing = std::make_shared<std::size_t>(assignments_.size());
  for (auto& assignment : assignments_) {
    assignment->deltas().Finish([this, all, missing](const GeneratorHealth& health) {
      all->Add(health);
      if (--*missing > 0) return;
      logs_.Flush();
      const auto last = [this, all] {
        assignments_.front()->TakeProfile([this, all](std::string json) {
          SendProfile(std::move(json));
          SendFlushed(*all);
        });
      };
      if (!samples_) return last();
      samples_->NoteDropped(all->samples_dropped);
      samples_->Finish(last);
    });
  }
}

void AgentRun::SendProfile(std::string json) {
  if (!prepared_.cpu_profile) return;
  if (!secrets_.redactor().empty()) secrets_.redactor().RedactJson(json);
  if (json.size() > wire::kMaxProfileBytes) {
    logs_.Add({vu::LogLevel::kWarning,
               "the CPU profile is larger than 64 MiB, and is not kept: " +
                   std::to_string(json.size() >> 20) + " MiB",
               {},
               0});
    logs_.Flush();
    return;
  }
  for (std::size_t at = 0; at < json.size(); at += kPartBytes) {
    v1::FromAgent message;
    message.mutable_cpu_profile()->set_part(json.substr(at, kPartBytes));
    message.mutable_cpu_profile()->set_last(json.size() - at <= kPartBytes);
    link_.Send(std::move(message));
  }
}

void AgentRun::SendFlushed(const GeneratorHealth& health) {
  v1::FromAgent message;
  auto* flushed = message.mutable_flushed();
  std::uint64_t deltas = 0;
  for (const auto& assignment : assignments_) deltas += assignment->deltas().sent();
  flushed->set_deltas(deltas);
  v1::Health& told = *flushed->mutable_health();
  told = ToProto(health);
  const worker::Limits limits = worker::ReadLimits();
  worker::Demand many{.vus = 0, .vus_per_isolate = 0, .workers = 0};
  for (const auto& assignment : assignments_) many.workers += assignment->workers().size();
  many.vus_per_isolate = ChosenVusPerIsolate(kManyVus);
  told.set_memory_available_bytes(static_cast<std::int64_t>(limits.available_memory));
  told.set_workers(static_cast<std::uint32_t>(many.workers));
  told.set_most_vus(worker::MostVus(many, limits));
  link_.Send(std::move(message));
}

}  // namespace loadctl::session
