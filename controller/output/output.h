// What an output is: takes the samples of a run, in portions, and puts them somewhere.
// Not for how they get here (outputs.h). docs/howto/add-an-output.md shows how to write one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/plan/options.h"
#include "controller/output/sample.h"

namespace loadctl::output {

enum class Severity { kDebug, kInfo, kWarning, kError };
using Fields = std::vector<std::pair<std::string, std::string>>;
/// A line for the user's log. Any thread.
using Log = std::function<void(Severity, const std::string& message, const Fields& fields)>;

/// What outputs are made from.
struct Context {
  const plan::Options* options = nullptr;  ///< outlives the outputs
  std::map<std::string, std::string, std::less<>> environment;
  /// JSON texts of the configuration file's `collectors`, by output type.
  std::map<std::string, std::string, std::less<>> collectors;
  std::string version;  ///< this program's
  Log log;
  std::function<void(std::string_view bytes)> write_stdout;  ///< any thread
};

class Output {
 public:
  virtual ~Output() = default;

  /// k6's words for the header: `json (out.json)`.
  [[nodiscard]] virtual std::string Description() const = 0;
  [[nodiscard]] virtual std::chrono::nanoseconds FlushPeriod() const = 0;

  /// Opens what it writes to; a failure ends the run before it begins. Main thread.
  [[nodiscard]] virtual Result<void> Start() = 0;

  // What follows is called on a thread of the output's own, which may block: a bounded queue is
  // before it, and what that cannot take is counted as lost.

  /// What came since the last time, in the order of its time; may be empty. Once a FlushPeriod(),
  /// and at the end.
  virtual void Flush(std::span<const Sample> samples) = 0;
  /// After the last Flush(): closes what was opened.
  virtual void Stop() = 0;

  /// How many samples could not be put where they belong so far. The output's thread; after Stop()
  /// any.
  [[nodiscard]] virtual std::uint64_t lost() const = 0;
};

/// What an output is made for: `--out TYPE=ARGUMENT`.
struct Request {
  std::string type, argument;
};

/// Makes an output of a type; fails with k6's texts.
using Maker = Result<std::unique_ptr<Output>> (*)(const Request& request, const Context& context);

}  // namespace loadctl::output
