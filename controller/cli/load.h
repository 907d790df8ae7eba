// A test from its script or archive to a plan: what `run`, `archive` and `inspect` begin with.
// Not for running it (run.cc). Main thread, blocking.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "controller/bundle/inspection.h"
#include "controller/plan/plan.h"
#include "controller/run/inputs.h"
#include "controller/secretsource/sources.h"
#include "controller/terminal/log.h"

namespace loadctl::cli {

/// gRPC's threads reserve stacks and heaps of their own.
inline constexpr std::uint64_t kLeastAddressSpace = std::uint64_t{2} << 30;

[[nodiscard]] plan::Environment SystemEnvironment();

/// Logs the error; the exit status it stands for.
int LogError(terminal::Logger& logger, const Error& error,
             const std::optional<std::string>& hint = std::nullopt);

/// As LogError(), before logging could be set up as asked for: in the default way.
/// `arguments`: a command line, which may be what is wrong; its --log-format is honoured all the
/// same.
int EarlyError(const Error& error, std::span<const std::string> arguments = {});
/// The last value of a flag (`--verdict-file`) in a command line that could not be read; "" if it
/// is not given.
[[nodiscard]] std::string LastValueIn(std::span<const std::string> arguments,
                                      std::string_view flag);

/// What was loaded.
struct LoadedTest {
  controller::Inspection inspection;
  std::optional<plan::ConfigFile> config;  ///< nullopt: there is none, and none was asked for
};

/// A run by what the command line says of its agents, with an id of its own. It refers to plan and
/// inspection.
[[nodiscard]] controller::RunInputs InputsOf(const plan::CommandLine& line, const plan::Plan& plan,
                                             const controller::Inspection& inspection, int agents);

/// Whether the thresholds are on metrics that there are. Fails (kInvalidConfig) with k6's texts.
[[nodiscard]] Result<void> CheckThresholds(const plan::Plan& plan,
                                           const controller::Inspection& inspection);

/// Why there is no test, in k6's words for a log line.
struct Refusal {
  Error error;
  std::optional<std::string> hint;
};

/// Loads the test that a command line names.
class TestLoader {
 public:
  /// All must outlive the loader.
  TestLoader(const plan::CommandLine& line, const plan::Environment& environment,
             const plan::RuntimeOptions& runtime, terminal::Logger& logger)
      : line_(line), environment_(environment), runtime_(runtime), logger_(logger) {}

  /// Opens the sources of secrets, which from then on no line of the log shows. Before Load();
  /// fails with k6's texts, which are not for Explain().
  [[nodiscard]] Result<void> OpenSecrets();
  /// Null: not opened.
  [[nodiscard]] const std::shared_ptr<secretsource::Sources>& secrets() const { return secrets_; }

  /// What agents and the script get of them; null if there are none. This must outlive the run.
  [[nodiscard]] std::shared_ptr<controller::SecretSupply> SupplyOfSecrets() const;

  /// Reads and evaluates the script, and reads the configuration file. Fails with k6's texts; what
  /// fails, here or in MakePlan(), is to be given to Explain() or Refuse().
  [[nodiscard]] Result<LoadedTest> Load(const std::string& agent_program);

  /// What the plan is made of. It refers to this loader and to the test.
  [[nodiscard]] plan::PlanInputs Inputs(const LoadedTest& test) const;
  [[nodiscard]] Result<plan::Plan> MakePlan(const LoadedTest& test) const;

  /// Puts the error as k6 does: what was being loaded, and whether the script threw.
  [[nodiscard]] Refusal Explain(const Error& error) const;
  /// Logs that; the exit status.
  int Refuse(const Error& error) const;

 private:
  [[nodiscard]] Error NotLoaded(const Error& given) const;

  const plan::CommandLine& line_;
  const plan::Environment& environment_;
  const plan::RuntimeOptions& runtime_;
  terminal::Logger& logger_;
  std::shared_ptr<secretsource::Sources> secrets_;
};

/// What a command that looks at a test and does not run it has at hand.
struct Loading {
  const plan::CommandLine& line;
  const plan::Environment& environment;
  const plan::RuntimeOptions& runtime;
  terminal::Logger& logger;
  const std::string& agent_program;
  TestLoader& loader;
};

/// Reads the command line, shows the help if that was asked for, sets up logging, finds the agent's
/// program, and hands all to `work`. What goes wrong is logged; the exit status.
int WithLoader(plan::Command command, std::span<const std::string> arguments,
               const std::function<int(const Loading&)>& work);

}  // namespace loadctl::cli
