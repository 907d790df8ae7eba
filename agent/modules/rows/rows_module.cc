#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "agent/modules/faces.h"
#include "agent/modules/file_content.h"
#include "agent/modules/registry.h"
#include "agent/modules/row_index.h"
#include "agent/vu/vu.h"
#include "common/plan/segment.h"
#include "common/text/csv.h"

namespace loadctl::modules::rows {
namespace {

using Content = js::Held<const FileContent>;
using Row = RowIndex::Row;

/// What VUs of this agent share under a name: made by the first that asks.
template <typename T, typename Make>
std::shared_ptr<T> Shared(vu::Program& program, const std::string& name, Make make) {
  const std::lock_guard lock(program.shared_mutex);
  auto& place = program.shared[name];
  if (!place) place = make();
  return std::static_pointer_cast<T>(place);
}

// ---- rows that nobody else has

/// Gives each of the agent's places once: those that lie on its stripe, as the iterations of a test
/// are cut. So agents need not speak of it.
struct Counter {
  explicit Counter(const plan::Stripe& share) : period(share.period) {
    std::int64_t at = share.start;
    for (const std::int64_t offset : share.offsets) {
      own.push_back(at);
      at += offset;
    }
  }
  /// The agent's `turn`-th place, from 0; `own` is not empty.
  [[nodiscard]] std::int64_t Place(std::int64_t turn) const {
    const auto size = static_cast<std::int64_t>(own.size());
    return turn / size * period + own[static_cast<std::size_t>(turn % size)];
  }

  /// How many of the first `places` are the agent's.
  [[nodiscard]] std::int64_t Owned(std::int64_t places) const {
    const auto part = std::lower_bound(own.begin(), own.end(), places % period) - own.begin();
    return places / period * static_cast<std::int64_t>(own.size()) + part;
  }

  std::vector<std::int64_t> own;  ///< within a period, ascending
  std::int64_t period;
  std::atomic<std::int64_t> taken{0};
};

js::Held<Counter> CounterOf(vu::Vu& vu, const std::string& name) {
  auto& program = vu.program();
  return js::Held<Counter>(Shared<Counter>(
      program, "rows.counter." + name, [&] { return std::make_shared<Counter>(program.share); }));
}

// claim(counter, rows, wrap) → the row's place, -1 at the end
double Claim(js::Held<Counter> counter, double rows, bool wrap) {
  if (counter->own.empty()) return -1;
  const auto all = static_cast<std::int64_t>(rows);
  const std::int64_t place = counter->Place(counter->taken.fetch_add(1, std::memory_order_relaxed));
  if (place >= all && !wrap) return -1;
  return static_cast<double>(place % all);
}

// ownedOf(counter, rows) → how many of them are this agent's
double OwnedOf(js::Held<Counter> counter, double rows) {
  return static_cast<double>(counter->Owned(static_cast<std::int64_t>(rows)));
}

// ---- rows of a file, made when they are read

struct Options {
  std::string delimiter = ",";
  bool skip_first_line = false;
  bool as_objects = false;
};

Result<std::shared_ptr<RowIndex>> MakeIndex(Content file, std::uint64_t at,
                                            const Options& options) {
  auto index = std::make_shared<RowIndex>(file, options.delimiter[0]);
  const std::string_view all = file->bytes.substr(std::min<std::uint64_t>(at, file->bytes.size()));
  loadctl::text::CsvReader reader(all, options.delimiter[0]);
  if (options.as_objects || options.skip_first_line) {
    LOADCTL_TRY(auto first, reader.Next());
    if (options.as_objects && first) index->set_columns(std::move(first));
  }
  for (;;) {
    const std::uint64_t start = file->bytes.size() - reader.left();
    LOADCTL_TRY(const auto row, reader.Next());
    if (!row) return index;
    index->Add(start);
  }
}

// indexOf(file, position, options)
Result<js::Held<RowIndex>> IndexOf(vu::Vu& vu, Content file, std::uint64_t at, Options options) {
  if (options.delimiter.size() != 1) return Fail("delimiter must be a single character");
  if (options.as_objects && options.skip_first_line)
    return Fail("asObjects and skipFirstLine exclude each other: the first line has the names");
  struct Slot {
    std::once_flag once;
    Result<std::shared_ptr<RowIndex>> made;
  };
  const std::string name = "rows.index." + std::to_string(at) + options.delimiter +
                           (options.as_objects ? "o" : "") + (options.skip_first_line ? "s" : "") +
                           file->path;
  const auto slot = Shared<Slot>(vu.program(), name, [] { return std::make_shared<Slot>(); });
  // VUs that are made meanwhile wait for the one that reads the file.
  std::call_once(slot->once, [&] { slot->made = MakeIndex(file, at, options); });
  if (!slot->made) return Fail(file->path + ": " + slot->made.error().message);
  return js::Held<RowIndex>(*slot->made);
}

double RowsIn(js::Held<RowIndex> index) { return static_cast<double>(index->count()); }
std::optional<Row> ColumnsOf(js::Held<RowIndex> index) { return index->columns(); }
Result<Row> RowAt(js::Held<RowIndex> index, double place) {
  return index->At(static_cast<std::uint64_t>(place));
}

}  // namespace
}  // namespace loadctl::modules::rows

template <>
struct loadctl::js::Members<loadctl::modules::rows::Options> {
  using T = modules::rows::Options;
  static constexpr std::tuple list{Member{"delimiter", &T::delimiter},
                                   Member{"skipFirstLine", &T::skip_first_line},
                                   Member{"asObjects", &T::as_objects}};
};

namespace loadctl::modules::rows {

Module Describe() {
  return {faces::kRows,
          {js::Native<&Claim>("claim"), js::Native<&CounterOf>("counterOf"),
           js::Native<&ColumnsOf>("columnsOf"), js::Native<&IndexOf>("indexOf"),
           js::Native<&OwnedOf>("ownedOf"), js::Native<&RowAt>("rowAt"),
           js::Native<&RowsIn>("rowsIn")}};
}

}  // namespace loadctl::modules::rows
