// Reports on a comparison of two runs, in the formats of those on one (report.h) but for HTML.
// Not for comparing (controller/cli/compare.cc). Pure functions, any thread.
#pragma once

#include <string>
#include <vector>

namespace loadctl::report {

struct ComparedRow {
  enum class Verdict { kNone, kHolds, kWorse, kMissing };
  std::string metric, stat;              ///< `http_req_duration`, `p(95)`
  std::string base, run, change, limit;  ///< in words: `12.3ms`, `13ms`, `+5.7%`; may be empty
  Verdict verdict = Verdict::kNone;      ///< kNone: it has no tolerance
};
/// `ok`, `WORSE`, `MISSING`; empty for kNone.
[[nodiscard]] const char* NameOf(ComparedRow::Verdict verdict);

struct Comparison {
  std::string base, run;  ///< names of the records
  std::vector<ComparedRow> rows;
  std::vector<std::string> incomplete;  ///< of those two, which prove nothing
  bool worse = false;                   ///< the exit status is not 0
};

/// A case for each row with a tolerance, and one for each run: whether it is complete.
[[nodiscard]] std::string Junit(const Comparison& comparison);
/// For a pull request: the verdict and the rows.
[[nodiscard]] std::string Markdown(const Comparison& comparison);
/// Workflow commands of GitHub Actions: an error for each row that is worse.
[[nodiscard]] std::string GithubAnnotations(const Comparison& comparison);

/// `12ms, was 10ms (+20%); allowed +5%`.
[[nodiscard]] std::string Said(const ComparedRow& row);

}  // namespace loadctl::report
