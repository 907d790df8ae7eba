// The HTML of the live page, of reports and of tables: documents that need nothing from
// elsewhere. Their script and style come from web/ at build time. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace loadctl::page {

/// A report: the page with a run's figures in it (Watch::Snapshot()).
[[nodiscard]] std::string Report(const std::string& snapshot);

/// What a live page offers beside the run that it shows.
struct Offers {
  std::string runs;      ///< where its link to a list of runs leads; empty: it has none
  bool control = false;  ///< it steers the run, by `control` beside it
};
/// The live page, which asks for `data.json` and `events` beside it.
[[nodiscard]] std::string Live(const Offers& offers = {});

/// What a table has in a place: text as it is, which may be anybody's.
struct Cell {
  enum class Tone { kNone, kRunning, kGood, kBad, kWaiting };
  std::string text;
  std::string link = {};    ///< where it leads; empty: nowhere
  Tone tone = Tone::kNone;  ///< of a badge, if it is one
};
struct Head {
  std::string_view text;
  bool number = false;  ///< its column is aligned to the right
};

/// A page that is a table; without script but for charts.
struct TablePage {
  std::string_view title;
  Cell state = {};  ///< below the title; may be empty
  std::vector<Head> heads;
  std::vector<std::vector<Cell>> rows;
  std::string note = {};  ///< below the table; may be empty
  /// Two runs to be drawn below, as JSON of web/compare.ts without `<`; empty: none.
  std::string compared = {};
};
[[nodiscard]] std::string Page(const TablePage& page);

}  // namespace loadctl::page
