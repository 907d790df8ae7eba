#include "controller/service/convert.h"

#include <algorithm>
#include <utility>

#include "common/plan/segment.h"
#include "common/wire/assignment.h"
#include "common/wire/codes.h"
#include "common/wire/environment.h"
#include "common/wire/secrets.h"
#include "controller/rest/render.h"
#include "controller/rest/routes.h"

namespace loadctl::service {
namespace {

constexpr std::uint32_t kMaxAgents = 10000;

}  // namespace

// ---- submission

v1::Submission ToProto(const controller::RunInputs& inputs, const std::string& bundle_hash) {
  v1::Submission to;
  to.set_bundle_hash(bundle_hash);
  to.set_main_url(inputs.inspection.main_url);
  to.set_options_json(plan::OptionsToJson(inputs.plan.options));
  wire::PutEnvironment(inputs.plan.runtime.env, *to.mutable_env());
  for (const auto& function : inputs.inspection.functions) to.add_functions(function);
  for (const auto& metric : inputs.inspection.metrics) *to.add_metrics() = metric;
  to.set_agents(static_cast<std::uint32_t>(inputs.agents));
  to.set_workers(inputs.workers);
  to.set_vus_per_isolate(inputs.vus_per_isolate);
  to.set_max_heap(inputs.max_heap);
  to.set_vu_isolation(static_cast<v1::VuIsolation>(inputs.vu_isolation));
  to.set_no_summary(inputs.plan.runtime.summary_mode == plan::SummaryMode::kDisabled);
  to.set_full_summary(inputs.plan.runtime.summary_mode == plan::SummaryMode::kFull);
  to.set_machine_readable(inputs.plan.runtime.machine_readable);
  to.set_no_color(inputs.display.no_color);
  to.set_stdout_is_tty(inputs.display.stdout_is_tty);
  to.set_stderr_is_tty(inputs.display.stderr_is_tty);
  to.set_script(inputs.script);
  to.set_paused(inputs.plan.paused);
  to.set_linger(inputs.plan.linger);
  to.set_samples(inputs.samples);
  to.set_parts(inputs.parts);
  to.set_cpu_profile(inputs.cpu_profile);
  to.set_max_busy_ns(inputs.max_busy.count());
  if (inputs.secrets) *to.mutable_secrets() = wire::WriteSecrets(inputs.secrets->sources);
  return to;
}

namespace {

Result<std::shared_ptr<controller::SecretSupply>> ReadSecrets(const v1::Secrets& from) {
  if (from.sources().empty()) return nullptr;
  auto supply = std::make_shared<controller::SecretSupply>();
  LOADCTL_TRY(supply->sources, wire::ReadSecrets(from));
  secrets::TellValues(supply->sources, *supply->redactor);
  return supply;
}

}  // namespace

Result<SubmittedRun> FromProto(const v1::Submission& from, const std::string& packed) {
  SubmittedRun run;
  const auto bad = [](const std::string& what) {
    return Fail(ErrorCode::kInvalidConfig, "the submission's " + what);
  };
  if (from.agents() < 1 || from.agents() > kMaxAgents)
    return bad("number of agents is not 1..10000");
  if (from.workers() > wire::kMaxWorkers) return bad("number of workers is more than 1024");
  if (from.vus_per_isolate() > wire::kMaxVusPerIsolate)
    return bad("number of VUs an isolate is more than 10000");
  if (from.max_heap() != 0 &&
      (from.max_heap() < wire::kLeastHeap || from.max_heap() > wire::kMaxHeap))
    return bad("heap is not 4 MB to 1 TB");
  auto bundle = bundle::Bundle::Unpack(packed, from.bundle_hash());
  if (!bundle) return bad("bundle: " + bundle.error().message);
  run.inspection.bundle = std::move(*bundle);
  run.inspection.main_url = from.main_url();
  if (run.inspection.bundle.Find(from.main_url()) == nullptr) return bad("main script is missing");
  run.inspection.functions = {from.functions().begin(), from.functions().end()};
  metrics::MetricSet declared;
  for (const auto& metric : from.metrics()) {
    if (const auto known = wire::DeclareMetric(metric, declared); !known)
      return bad(known.error().message);
    run.inspection.metrics.push_back(metric);
  }
  auto options = plan::OptionsFromJson(from.options_json());
  if (!options) return bad("options: " + options.error().message);
  run.plan.options = std::move(*options);
  if (run.plan.options.scenarios.empty()) return bad("options have no scenarios");
  if (const auto sound = plan::CheckScenarios(run.plan.options.scenarios); !sound)
    return bad("options: " + sound.error().message);
  const auto tuple = plan::TupleOf(run.plan.options);
  if (!tuple) return bad("options: " + tuple.error().message);
  run.plan.requirements = plan::RequirementsOf(run.plan.options.scenarios, *tuple);
  run.plan.runtime.env = wire::TakeEnvironment(from.env());
  if (from.full_summary()) run.plan.runtime.summary_mode = plan::SummaryMode::kFull;
  run.plan.runtime.machine_readable = from.machine_readable();
  if (from.no_summary()) run.plan.runtime.summary_mode = plan::SummaryMode::kDisabled;
  run.plan.paused = from.paused();
  run.plan.linger = from.linger();
  run.samples = from.samples();
  run.parts = from.parts();
  run.cpu_profile = from.cpu_profile();
  if (from.max_busy_ns() < 0) return bad("limit of computing is less than no time");
  run.max_busy = std::chrono::nanoseconds(from.max_busy_ns());
  run.agents = static_cast<int>(from.agents());
  run.workers = from.workers();
  run.vus_per_isolate = from.vus_per_isolate();
  run.max_heap = from.max_heap();
  if (!v1::VuIsolation_IsValid(from.vu_isolation())) return bad("isolation of VUs is unknown");
  run.vu_isolation = static_cast<plan::VuIsolation>(from.vu_isolation());
  run.display = {from.no_color(), from.stdout_is_tty(), from.stderr_is_tty()};
  run.script = from.script();
  auto secrets = ReadSecrets(from.secrets());
  if (!secrets) return bad("secrets: " + secrets.error().message);
  run.secrets = std::move(*secrets);
  return run;
}

controller::RunInputs SubmittedRun::Inputs() const {
  controller::RunInputs inputs{plan,     inspection, agents, workers, vus_per_isolate,
                               max_heap, display,    script};
  inputs.vu_isolation = vu_isolation;
  inputs.samples = samples;
  inputs.run = this->run;
  inputs.parts = parts;
  inputs.cpu_profile = cpu_profile;
  inputs.max_busy = max_busy;
  inputs.secrets = secrets;
  return inputs;
}

// ---- the REST API

v1::ApiRequest ToProto(std::uint64_t serial, const rest::Command& command) {
  v1::ApiRequest to;
  to.set_serial(serial);
  to.set_kind(static_cast<v1::ApiRequest::Kind>(command.kind));
  to.set_text(command.text);
  to.set_stopped(command.change.stopped);
  if (command.change.paused) to.set_paused(*command.change.paused);
  if (command.change.vus) to.set_vus(*command.change.vus);
  if (command.change.vus_max) to.set_vus_max(*command.change.vus_max);
  return to;
}

std::variant<rest::Command, rest::Response> FromProto(const v1::ApiRequest& from) {
  rest::Command command;
  if (!v1::ApiRequest::Kind_IsValid(from.kind()))
    return rest::ErrorResponse(400, "Invalid data", "the controller does not know this request");
  command.kind = static_cast<rest::Command::Kind>(from.kind());
  command.text = from.text();
  // Whatever the client has checked: it must be JSON.
  if (command.kind == rest::Command::Kind::kSetSetupData)
    return rest::Route("PUT", "/v1/setup", command.text);
  command.change.stopped = from.stopped();
  if (from.has_paused()) command.change.paused = from.paused();
  if (from.has_vus()) command.change.vus = from.vus();
  if (from.has_vus_max()) command.change.vus_max = from.vus_max();
  return command;
}

v1::ToClient ToProto(std::uint64_t serial, std::optional<rest::Response> response) {
  v1::ToClient to;
  auto* answer = to.mutable_api_response();
  answer->set_serial(serial);
  answer->set_done(!response.has_value());
  if (!response) return to;
  answer->set_status(static_cast<std::uint32_t>(response->status));
  answer->set_type(std::move(response->type));
  answer->set_body(std::move(response->body));
  return to;
}

std::optional<rest::Response> FromProto(const v1::ApiResponse& from) {
  if (from.done()) return std::nullopt;
  return rest::Response{
      from.status() >= 200 && from.status() <= 599 ? static_cast<int>(from.status()) : 502,
      from.type(), from.body()};
}

}  // namespace loadctl::service
