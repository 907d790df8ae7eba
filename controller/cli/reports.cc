#include "controller/cli/reports.h"

#include <algorithm>
#include <utility>

namespace loadctl::cli {

void Reports::On(const v1::RunEvent& event) {
  if (!event.has_outcome() || requests_.empty()) return;
  const report::Subject subject = subject_(event.outcome());
  for (const report::Request& request : requests_) Write(request, subject);
}

bool Reports::WantHtml() const {
  return std::any_of(requests_.begin(), requests_.end(), [](const report::Request& request) {
    return request.format == report::Format::kHtml;
  });
}

void Reports::Write(const report::Request& request, const report::Subject& subject) {
  std::string problem;
  switch (request.format) {
    case report::Format::kHtml:
      problem = WriteFile(request.path, html_());
      break;
    case report::Format::kJunit:
      problem = WriteFile(request.path, report::Junit(subject));
      break;
    case report::Format::kMarkdown:
      problem = WriteFile(request.path, report::Markdown(subject));
      break;
    case report::Format::kJson:
      problem = WriteFile(request.path, report::Json(subject));
      break;
    case report::Format::kBrief:
      problem = WriteFile(request.path, report::Brief(subject));
      break;
    case report::Format::kMetrics:
      problem = WriteFile(request.path, report::Metrics(subject));
      break;
    case report::Format::kGithub: {
      screen_.Print(report::GithubAnnotations(subject));
      problem = AppendFile(request.path, report::Markdown(subject));
      break;
    }
  }
  if (problem.empty()) return;
  written_ = false;
  screen_.logger().Error("failed to save the report: " + problem);
}

}  // namespace loadctl::cli
