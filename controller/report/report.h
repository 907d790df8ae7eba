// Reports on a run for pipelines: JUnit, Markdown, GitHub, JSON. Not the summary that people see in
// the terminal (controller/summary), nor the HTML report (controller/page). Pure functions, any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "loadctl/v1/report.pb.h"

namespace loadctl::report {

enum class Format { kHtml, kJunit, kMarkdown, kGithub, kJson, kBrief, kMetrics };

/// `--report FORMAT=PATH`.
struct Request {
  Format format = Format::kJunit;
  std::string path;
};
/// Fails (kInvalidConfig) with what there is: `--report wants html, junit, md, github, json, brief
/// or metrics, then = and a path, not "x"`.
[[nodiscard]] Result<Request> ParseRequest(std::string_view text);

/// What a report is about.
struct Subject {
  const v1::Outcome& outcome;
  std::optional<Error> failure;  ///< why the exit status is not 0
  std::string script;            ///< as typed
  std::string verdict_json;      ///< the verdict file's object
};

/// A test suite each of the run, thresholds and checks; a case each. What was not judged is
/// skipped.
[[nodiscard]] std::string Junit(const Subject& subject);

/// For a pull request: the verdict, thresholds, failed checks and the main figures.
[[nodiscard]] std::string Markdown(const Subject& subject);

/// Workflow commands of GitHub Actions, a line each: an error for what failed the run and for each
/// threshold that is crossed, a warning for each check that failed.
[[nodiscard]] std::string GithubAnnotations(const Subject& subject);

/// `{verdict, cause, code, ..., summary}`: the verdict's object, and in `summary` what
/// --summary-export writes.
[[nodiscard]] std::string Json(const Subject& subject);

/// `{verdict, code, cause, crossed, figures}` of at most 4,000 bytes: crossed thresholds and the
/// main figures as long as there is room. For what keeps a few words of a process that ended, such
/// as a container's status in Kubernetes (4,096 bytes).
[[nodiscard]] std::string Brief(const Subject& subject);

/// Every value of the summary as OpenMetrics text, for pipelines that compare them (GitLab):
/// `http_req_duration{stat="p(95)"} 12.5`. Names, units and statistics are --summary-export's; a
/// sub-metric has its tags in the label `selector`. Without samples there are no lines.
[[nodiscard]] std::string Metrics(const Subject& subject);

}  // namespace loadctl::report
