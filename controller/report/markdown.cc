// Markdown as GitHub and GitLab show it, and GitHub's workflow commands.
#include "controller/report/comparison.h"
#include "controller/report/findings.h"

namespace loadctl::report {
namespace {

/// Text within a line, such as a cell of a table: nothing in it is markup, and it is one line. What
/// is markup only where a line begins, as dots and dashes of lists, stays readable as it is.
std::string Cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' || c == '\r') {
      out += ' ';
      continue;
    }
    if (std::string_view("\\`*_{}[]<>#!|~&").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// The same, as code.
std::string Code(std::string_view text) {
  if (text.find_first_of("`|\n\r") != std::string_view::npos) return Cell(text);
  return "`" + std::string(text) + "`";
}

/// Data of a workflow command, by GitHub's rules; in a property `:` and `,` count, too.
std::string Command(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%') {
      out += "%25";
    } else if (c == '\r') {
      out += "%0D";
    } else if (c == '\n') {
      out += "%0A";
    } else if (property && c == ':') {
      out += "%3A";
    } else if (property && c == ',') {
      out += "%2C";
    } else {
      out += c;
    }
  }
  return out;
}

std::string Annotation(const char* level, const std::string& title, const std::string& message) {
  return std::string("::") + level + " title=" + Command(title, true) +
         "::" + Command(message, false) + "\n";
}

}  // namespace

std::string Markdown(const Subject& subject) {
  std::string out = "## " + std::string(subject.failure ? "❌ " : "✅ ") + Cell(subject.script) +
                    ": " + Cell(VerdictOf(subject)) + "\n";
  const auto& outcome = subject.outcome;
  if (outcome.has_summary() && !outcome.summary().complete())
    out += "\n**The run is incomplete: its figures are not all here.**\n";
  const auto thresholds = ThresholdsOf(outcome);
  if (!thresholds.empty()) {
    out += "\n| | Threshold | Limit | Value |\n|---|---|---|---|\n";
    for (const ThresholdCase& one : thresholds) {
      out += std::string("| ") +
             (!one.judged ? "➖"
              : one.ok    ? "✅"
                          : "❌") +
             " | " + Code(one.metric) + " | " + Code(one.expression) + " | " + Cell(one.value) +
             (one.within_error ? " (within the error of the measurement)" : "") + " |\n";
    }
  }
  const auto checks = ChecksOf(outcome);
  std::int64_t passed = 0;
  std::string failed;
  for (const CheckCase& one : checks) {
    passed += one.fails == 0 ? 1 : 0;
    if (one.fails == 0) continue;
    failed += "| ❌ | " + Cell(one.name) + " | " + std::to_string(one.fails) + " of " +
              std::to_string(one.passes + one.fails) + " |\n";
  }
  if (!checks.empty())
    out += "\nChecks: " + std::to_string(passed) + " of " + std::to_string(checks.size()) +
           " passed always.\n";
  if (!failed.empty()) out += "\n| | Check | Failed |\n|---|---|---|\n" + failed;
  const auto figures = FiguresOf(outcome);
  if (!figures.empty()) {
    out += "\n| Metric | Values |\n|---|---|\n";
    for (const Figure& one : figures)
      out += "| " + Code(one.metric) + " | " + Cell(one.values) + " |\n";
  }
  return out;
}

std::string GithubAnnotations(const Subject& subject) {
  std::string out;
  if (subject.failure) out += Annotation("error", subject.script, subject.failure->message);
  for (const ThresholdCase& one : ThresholdsOf(subject.outcome)) {
    if (one.judged && !one.ok)
      out += Annotation("error", "threshold " + one.metric, one.expression + ": " + one.value);
  }
  for (const CheckCase& one : ChecksOf(subject.outcome)) {
    if (one.fails > 0)
      out += Annotation(
          "warning", "check " + one.name,
          std::to_string(one.fails) + " of " + std::to_string(one.passes + one.fails) + " failed");
  }
  return out;
}

std::string Markdown(const Comparison& comparison) {
  std::string out = "## " + std::string(comparison.worse ? "❌ " : "✅ ") + Cell(comparison.run) +
                    (comparison.worse ? " is not as good as " : " is as good as ") +
                    Cell(comparison.base) + "\n";
  for (const std::string& one : comparison.incomplete)
    out += "\n**" + Cell(one) + " is incomplete, and proves nothing.**\n";
  out += "\n| | Metric | Stat | Base | Run | Change | Limit |\n|---|---|---|--:|--:|--:|--:|\n";
  for (const ComparedRow& row : comparison.rows) {
    const bool holds = row.verdict == ComparedRow::Verdict::kHolds;
    const char* mark = row.verdict == ComparedRow::Verdict::kNone ? "" : holds ? "✅" : "❌";
    out += "| " + std::string(mark) + " | " + Code(row.metric) + " | " + Code(row.stat) + " | " +
           Cell(row.base) + " | " + Cell(row.run) + " | " + Cell(row.change) + " | " +
           Cell(row.limit) + " |\n";
  }
  return out;
}

std::string GithubAnnotations(const Comparison& comparison) {
  std::string out;
  for (const std::string& one : comparison.incomplete)
    out += Annotation("error", one, "the run is incomplete, and proves nothing");
  for (const ComparedRow& row : comparison.rows) {
    if (row.verdict == ComparedRow::Verdict::kWorse ||
        row.verdict == ComparedRow::Verdict::kMissing)
      out += Annotation("error", row.metric + " " + NameOf(row.verdict), Said(row));
  }
  return out;
}

}  // namespace loadctl::report
