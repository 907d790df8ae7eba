// What a script needs and says before anything runs: its files, options, exports and metrics.
// An agent process evaluates the script; this side serves it files. Main thread, blocking.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/bundle/bundle.h"
#include "common/bundle/shared_files.h"
#include "common/secrets/keeper.h"
#include "controller/fleet/processes.h"
#include "loadctl/v1/inspect.pb.h"

namespace loadctl::controller {

struct Inspection {
  bundle::Bundle bundle;
  std::string main_url;
  std::string options_json;  ///< empty: none exported
  std::vector<std::string> functions;
  std::vector<std::string> not_functions;  ///< of setup, teardown, handleSummary
  std::vector<v1::Metric> metrics;
  bool is_archive = false;                         ///< then the options are those of its metadata
  std::map<std::string, std::string> archive_env;  ///< of an archive: lies under __ENV
  std::string compatibility_mode;                  ///< of an archive
  /// What agents that are started on this machine are given; may be null.
  std::shared_ptr<bundle::SharedFiles> shared;
  /// The process that evaluated the script, if it may go on as an agent.
  std::optional<fleet::SpareAgent> agent;
};

struct InspectionInputs {
  std::string agent_program;
  /// What becomes of the process that evaluates.
  fleet::SpareAgent::Future future = fleet::SpareAgent::Future::kNone;
  std::string script;                      ///< as typed: a path, or `-` for standard input
  std::string type;                        ///< `js`, `archive`, or found out from the content
  std::map<std::string, std::string> env;  ///< __ENV
  std::vector<secrets::Source> secrets;    ///< what init code may read
  /// Has the others, of sources that are asked: blocking.
  std::function<Result<std::string>(const std::string& source, const std::string& key)> secret;
  std::string import_map;      ///< a file; empty: none
  bool remote_imports = true;  ///< false: https imports fail
  std::uint64_t max_heap = 0;
  std::chrono::nanoseconds timeout = std::chrono::seconds(60);
  std::function<void(const v1::LogLine&)> log;  ///< console lines of the init code
};

/// The URL under which a script named so is loaded: `file:///dir/x.js`, `file:///-`.
[[nodiscard]] std::string MainUrl(const std::string& script);

/// The text of a script that need not load. Fails (kGeneric) if it is not there.
[[nodiscard]] Result<std::string> ReadScript(const std::string& script);

/// Evaluates the script's init code once. Fails with k6's texts: 255 for a script that is not
/// there, 107 for what its code does wrong.
[[nodiscard]] Result<Inspection> Inspect(const InspectionInputs& inputs);

}  // namespace loadctl::controller
