#include "controller/cli/compat.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>
#include <utility>
#include <vector>

#include "common/text/plural.h"
#include "controller/cli/sources.h"
#include "controller/plan/shortfalls.h"

namespace loadctl::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxScripts = 10'000;

/// One script's findings.
struct Row {
  enum class State { kRuns, kDiffers, kMissing, kFails, kModule };
  std::string script;
  State state = State::kRuns;
  std::vector<std::string> runs;
  plan::Shortfalls shortfalls;
  std::string reason;  ///< why it fails
  std::string url;
  std::vector<std::string> uses;  ///< URLs of the files that it imports or opens
};

const char* Word(Row::State state) {
  switch (state) {
    case Row::State::kRuns:
      return "runs";
    case Row::State::kDiffers:
      return "differs";
    case Row::State::kMissing:
      return "not yet";
    case Row::State::kFails:
      return "fails";
    case Row::State::kModule:
      return "module";
  }
  return "";
}

bool IsScript(const fs::path& path) {
  const std::string extension = path.extension().string();
  for (const char* known : {".js", ".ts", ".mjs", ".mts", ".cts", ".tsx"}) {
    if (extension == known) return true;
  }
  return false;
}

/// The scripts below a folder; of a file, that file.
Result<std::vector<fs::path>> FindScripts(const std::string& folder) {
  std::error_code error;
  if (fs::is_regular_file(folder, error)) return std::vector<fs::path>{folder};
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error);
  if (error) return Fail("reading folder " + folder + ": " + error.message());
  std::vector<fs::path> out;
  while (at != fs::recursive_directory_iterator()) {
    const std::string name = at->path().filename().string();
    std::error_code ignored;
    if (at->is_directory(ignored)) {
      if (name == "node_modules" || name.starts_with('.')) at.disable_recursion_pending();
    } else if (IsScript(at->path())) {
      out.push_back(at->path());
    }
    if (out.size() > kMaxScripts) {
      return Fail("folder " + folder + " has more than " + std::to_string(kMaxScripts) +
                  " scripts");
    }
    at.increment(error);
    if (error) return Fail("reading folder " + folder + ": " + error.message());
  }
  if (out.empty()) return Fail("there is no script (*.js, *.ts and their kin) below " + folder);
  std::sort(out.begin(), out.end());
  return out;
}

/// The message on one line: a list of problems whole, an exception without its stack.
std::string OneLine(std::string text) {
  constexpr std::string_view kItem = "\n\t- ";
  for (auto at = text.find(kItem); at != std::string::npos; at = text.find(kItem, at))
    text.replace(at, kItem.size(), " ");
  return text.substr(0, text.find('\n'));
}

/// `default: constant-vus`, then what else is called.
std::vector<std::string> WhatRuns(const plan::Plan& plan, const controller::Inspection& found) {
  std::vector<std::string> out;
  for (const auto& scenario : plan.options.scenarios) {
    out.push_back(plan::ExecFunction(scenario) + " (" +
                  std::string(plan::ExecutorName(scenario.executor)) + ")");
  }
  for (const char* name : {"setup", "teardown", "handleSummary"}) {
    if (std::find(found.functions.begin(), found.functions.end(), name) != found.functions.end())
      out.emplace_back(name);
  }
  return out;
}

/// What the sources import.
void LookAtImports(const controller::Inspection& found, Row& row) {
  std::vector<std::string_view> sources;
  for (const auto& [url, content] : found.bundle.files()) {
    if (IsScript(url)) sources.emplace_back(content);
    if (url != row.url) row.uses.push_back(url);
  }
  for (const auto& shared : found.bundle.shared_files()) row.uses.push_back(shared.first);
  plan::AddImportShortfalls(sources, row.shortfalls);
}

/// A script that did not load: what it and the files that it imports ask for.
void LookAtSources(const std::string& path, Row& row) {
  std::vector<std::string> texts;
  for (Source& source : SourcesOf(path)) {
    if (source.url != row.url) row.uses.push_back(source.url);
    texts.push_back(std::move(source.text));
  }
  plan::AddImportShortfalls(std::vector<std::string_view>(texts.begin(), texts.end()),
                            row.shortfalls);
}

/// Not a test: it has nothing that a run would call, or only functions for those that import it.
bool IsModule(const LoadedTest& test) {
  const auto& functions = test.inspection.functions;
  return functions.empty() ||
         (test.inspection.options_json.empty() &&
          std::find(functions.begin(), functions.end(), "default") == functions.end());
}

void LookAtPlan(const TestLoader& loader, const LoadedTest& test, Row& row) {
  auto options = plan::FindOptionShortfalls(loader.Inputs(test));
  if (!options) {
    row.reason = OneLine(options.error().message);
    return;
  }
  row.shortfalls = std::move(*options);
  const auto plan = loader.MakePlan(test);
  if (plan) {
    row.runs = WhatRuns(*plan, test.inspection);
    if (const auto good = CheckThresholds(*plan, test.inspection); !good)
      row.reason = OneLine(good.error().message);
  } else if (row.shortfalls.missing.empty()) {
    row.reason = OneLine(plan.error().message);
  }
}

void Print(const std::vector<Row>& rows) {
  std::size_t width = 6;
  for (const Row& row : rows) width = std::max(width, row.script.size());
  const auto line = [](const std::string& indent, const char* label,
                       const std::vector<std::string>& items) {
    for (std::size_t i = 0; i < items.size(); ++i)
      std::printf("%s%-9s %s\n", indent.c_str(), i == 0 ? label : "", items[i].c_str());
  };
  for (const Row& row : rows) {
    std::printf("%-*s  %-7s", static_cast<int>(width), row.script.c_str(), Word(row.state));
    for (std::size_t i = 0; i < row.runs.size(); ++i)
      std::printf("%s%s", i == 0 ? "  " : ", ", row.runs[i].c_str());
    std::printf("\n");
    const std::string indent(width + 2, ' ');
    line(indent, "differs", row.shortfalls.differs);
    line(indent, "not yet", row.shortfalls.missing);
    if (!row.reason.empty()) line(indent, "because", {row.reason});
  }
}

Row LookAt(const std::string& path, const std::string& agent_program, plan::CommandLine line,
           const plan::Environment& environment, const plan::RuntimeOptions& runtime,
           terminal::Logger& logger) {
  Row row;
  row.url = controller::MainUrl(path);
  line.command = plan::Command::kRun;
  line.allow_unsupported = true;
  line.script = path;
  // As in the inspection: without the system's environment, unless it is asked for.
  line.runtime.try_emplace("include-system-env-vars", "false");
  TestLoader loader(line, environment, runtime, logger);
  const auto test = loader.Load(agent_program);
  if (!test) row.reason = OneLine(test.error().message);
  if (test && IsModule(*test)) {
    row.state = Row::State::kModule;
    return row;
  }
  if (test) {
    LookAtPlan(loader, *test, row);
    LookAtImports(test->inspection, row);
  } else {
    LookAtSources(path, row);
  }
  // Said already, by name; but a module that there is not is nobody's to bring.
  if (!row.shortfalls.missing.empty() && row.reason.find("there is no module") == std::string::npos)
    row.reason.clear();
  row.state = !row.shortfalls.missing.empty()  ? Row::State::kMissing
              : !row.reason.empty()            ? Row::State::kFails
              : row.shortfalls.differs.empty() ? Row::State::kRuns
                                               : Row::State::kDiffers;
  return row;
}

/// What fails alone, but is there for others, is a module of theirs: they tell what of it matters.
void CallModules(std::vector<Row>& rows) {
  std::set<std::string> used;
  for (const Row& row : rows) used.insert(row.uses.begin(), row.uses.end());
  for (Row& row : rows) {
    if (row.state != Row::State::kFails || !used.contains(row.url)) continue;
    row.state = Row::State::kModule;
    row.reason.clear();
  }
}

}  // namespace

int ShowCompatibility(const std::string& folder, const std::string& agent_program,
                      const plan::CommandLine& line, const plan::Environment& environment,
                      const plan::RuntimeOptions& runtime, terminal::Logger& logger) {
  const auto scripts = FindScripts(folder);
  if (!scripts) return LogError(logger, scripts.error());
  terminal::LogOptions none;
  none.output = "none";  // what the scripts' init code says is not asked for
  const auto silent = terminal::Logger::Open(std::move(none));
  if (!silent) return LogError(logger, silent.error());
  std::vector<Row> rows;
  for (const fs::path& path : *scripts) {
    rows.push_back(LookAt(path.string(), agent_program, line, environment, runtime, **silent));
    rows.back().script = path == folder ? path.string() : path.lexically_relative(folder).string();
  }
  CallModules(rows);
  Print(rows);
  const auto count = [&](Row::State state) {
    return std::count_if(rows.begin(), rows.end(),
                         [&](const Row& row) { return row.state == state; });
  };
  const auto missing = count(Row::State::kMissing), fails = count(Row::State::kFails);
  std::printf("\n%s: run: %td, run with differences: %td, not yet: %td, fail: %td, modules: %td\n",
              text::Count(static_cast<std::int64_t>(rows.size()), "script").c_str(),
              count(Row::State::kRuns), count(Row::State::kDiffers), missing, fails,
              count(Row::State::kModule));
  std::printf(
      "What is called at run time only is not seen here: `loadctl help compat` has it all.\n");
  return missing + fails == 0 ? 0 : ExitStatus(ErrorCode::kInvalidConfig);
}

}  // namespace loadctl::cli
