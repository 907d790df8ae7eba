// The end-of-test summary for programs: --summary-export and the argument of handleSummary().
// Not for people (text.h). Pure functions, any thread.
#pragma once

#include <string>

#include "controller/summary/summary.h"

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

}  // namespace loadctl::summary
