// Asks a controller for its runs: submits one, lists them, watches and stops one.
// Not for a client that stays with its run (client.h). Main thread, blocking.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "common/base/error.h"
#include "common/wire/dial.h"
#include "loadctl/v1/runs.pb.h"

namespace loadctl::service {

/// All fail (kGeneric) in plain words: not reached, not trusted, or what the controller says.
class RunsClient final {
 public:
  /// `options.patience`: how long a broken stream is dialled again; 0 = 10 s.
  explicit RunsClient(wire::DialOptions options);
  ~RunsClient();
  RunsClient(const RunsClient&) = delete;
  RunsClient& operator=(const RunsClient&) = delete;

  Result<v1::RunInfo> Submit(const v1::Submission& submission, const std::string& packed);
  Result<v1::RunList> List();
  Result<v1::AgentList> ListAgents();
  Result<v1::RunInfo> Get(const std::string& run_id);
  Result<v1::RunInfo> Stop(const std::string& run_id, const std::string& signal);

  /// Gives every event to `take`, from the beginning, until the outcome, also over broken streams;
  /// `leave` is asked now and then whether to go before that.
  Result<void> Watch(const std::string& run_id,
                     const std::function<void(const v1::RunEvent&)>& take,
                     const std::function<bool()>& leave);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace loadctl::service
