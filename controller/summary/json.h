// The end-of-test summary for programs: --summary-export and the argument of handleSummary().
// Not for people (text.h). Pure functions, any thread.
#pragma once

#include <string>

#include "common/text/json_writer.h"
#include "controller/summary/summary.h"
#include "controller/summary/text.h"

namespace loadctl::summary {

/// Where the run shows its results; handleSummary() sees it as `options.noColor` and `state`.
struct DisplayState {
  bool no_color = false;  ///< --no-color, NO_COLOR or K6_NO_COLOR
  bool stdout_is_tty = false;
  bool stderr_is_tty = false;
};

/// Text of the --summary-export file: k6's keys and values, indented by 4, without a last newline.
///
/// Groups and checks are objects keyed by name; a metric is its values (a rate's `rate` is called
/// `value`) and `thresholds: {"EXPR": true}` where true means FAILED, or null where the run was not
/// judged. One object more than k6, `loadctl`: `{complete, agents, ledger: [...], lost: [...],
/// thresholds_within_error: [...], skew_ms}`, times in milliseconds. A setup_data_json that is no
/// JSON is left out. NaN and infinities are null. Cannot fail.
[[nodiscard]] std::string SummaryExportJson(const Summary& summary);

/// The argument of handleSummary() as compact JSON: k6's first form, with `options`, `state`,
/// `setup_data`.
///
/// Groups and checks are arrays in order of first use; a metric is `{type, contains, values,
/// thresholds}` with `thresholds: {"EXPR": {"ok": bool}}` only where defined. `setup_data` is
/// absent if there is none. Cannot fail; the other remarks of SummaryExportJson() hold.
[[nodiscard]] std::string HandleSummaryData(const Summary& summary, const DisplayState& display);

/// Members that tell how an agent does or did, by the names of the export's ledger; `lag` may be
/// null: none of its iterations had a plan.
void WriteHealth(text::JsonWriter& out, const v1::Health& health, const StartLag* lag);

/// What the machine-readable summary says beside the figures.
struct RunFacts {
  std::string script;        ///< its text
  std::string version;       ///< of this program, as `k6_version`
  std::string generated_at;  ///< RFC 3339
};
/// Generated now, by the wall clock.
[[nodiscard]] RunFacts FactsNow(std::string script, std::string version);

/// k6's `--new-machine-readable-summary`: the argument of handleSummary(), or with an indentation
/// the --summary-export file. Metrics are those that the summary's text of this detail shows, in
/// its order; k6 has them in none.
[[nodiscard]] std::string MachineReadableJson(const Summary& summary, Detail detail,
                                              const RunFacts& facts, int indent);

}  // namespace loadctl::summary
