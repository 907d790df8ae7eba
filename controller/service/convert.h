// Between what a run is and shows, and the messages of clients.proto that carry it to a client.
// Not for sending them (client_service.h, client.h). Pure functions, any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "common/base/error.h"
#include "common/base/run_id.h"
#include "controller/bundle/inspection.h"
#include "controller/plan/plan.h"
#include "controller/rest/command.h"
#include "controller/run/inputs.h"
#include "loadctl/v1/clients.pb.h"

namespace loadctl::service {

/// What a submission asks for, made from what the client found out. The bundle travels apart.
[[nodiscard]] v1::Submission ToProto(const controller::RunInputs& inputs,
                                     const std::string& bundle_hash);

/// A submission, checked, with everything RunInputs refers to.
struct SubmittedRun {
  plan::Plan plan;
  controller::Inspection inspection;
  int agents = 1;
  std::uint32_t workers = 0;
  std::uint32_t vus_per_isolate = 0;
  std::uint64_t max_heap = 0;
  plan::VuIsolation vu_isolation = plan::VuIsolation::kContext;
  summary::DisplayState display;
  std::string script;  ///< as the client typed it
  bool samples = false;
  bool parts = false;
  bool cpu_profile = false;
  std::chrono::nanoseconds max_busy{0};
  RunId run;                                          ///< the controller's to give
  std::shared_ptr<controller::SecretSupply> secrets;  ///< null: there are none; nobody is asked yet

  /// Refers to this.
  [[nodiscard]] controller::RunInputs Inputs() const;
};

/// Fails (kInvalidConfig) naming the field: a bundle that does not have its hash, options that are
/// no plan, numbers out of range.
[[nodiscard]] Result<SubmittedRun> FromProto(const v1::Submission& submission,
                                             const std::string& packed);

/// What is asked of the client's REST API. From the wire it comes checked; what is not sound has
/// its answer already.
[[nodiscard]] v1::ApiRequest ToProto(std::uint64_t serial, const rest::Command& command);
[[nodiscard]] std::variant<rest::Command, rest::Response> FromProto(const v1::ApiRequest& request);
/// Nothing: it was done, and the client's own view of the run is the answer.
[[nodiscard]] v1::ToClient ToProto(std::uint64_t serial, std::optional<rest::Response> response);
[[nodiscard]] std::optional<rest::Response> FromProto(const v1::ApiResponse& response);

}  // namespace loadctl::service
