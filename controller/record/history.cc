#include "controller/record/history.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "common/text/json_value.h"
#include "common/text/utf8.h"
#include "common/wire/codes.h"
#include "controller/record/reader.h"
#include "controller/summary/summary.h"

namespace loadctl::record {
namespace {
namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::string_view kRecord = ".record", kFacts = ".json";
constexpr std::size_t kMostFacts = std::size_t{64} * 1024;  // bytes
constexpr std::size_t kMostCause = 4096, kMostScript = 4096;

/// `20261129T193000Z-0123456789ab`, by which names sort as times do.
std::string StemOf(std::int64_t unix_ns, const std::string& id) {
  const std::time_t seconds = unix_ns / 1'000'000'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
  return std::string(text) + "-" + id;
}

/// The id in such a name; empty: it is none.
std::string IdIn(std::string_view stem) {
  constexpr std::size_t kTime = 16, kId = 12;
  const auto is = [](std::string_view text, std::string_view of) {
    return text.find_first_not_of(of) == std::string_view::npos;
  };
  const bool good = stem.size() == kTime + 1 + kId && stem[kTime] == '-' &&
                    is(stem.substr(0, kTime), "0123456789TZ") &&
                    is(stem.substr(kTime + 1), "0123456789abcdef");
  return good ? std::string(stem.substr(kTime + 1)) : "";
}

void Figures(const v1::Summary& summary, KeptRun& run) {
  for (const auto& metric : summary.metrics()) {
    if (metric.name() == "iterations" && metric.has_counter())
      run.iterations = metric.counter().count();
    if (metric.name() == "http_reqs" && metric.has_counter()) {
      run.requests = metric.counter().count();
      run.requests_per_second = metric.counter().rate();
    }
    if (metric.name() == "http_req_failed" && metric.has_rate())
      run.requests_failed = metric.rate().rate();
    if (metric.name() != "http_req_duration" || !metric.has_trend()) continue;
    for (const auto& stat : metric.trend().stats())
      if (stat.name() == "p(95)") run.duration_p95_ms = stat.value();
  }
}

std::string FactsOf(const KeptRun& run) {
  text::JsonWriter out(2);
  out.Object([&] {
    out.Key("run").String(run.id);
    out.Key("script").String(run.script);
    out.Key("began_unix_ms").Number(run.began_unix_ns / 1'000'000);
    out.Key("seconds").Number(static_cast<double>(run.lasted.count()) / 1e9);
    out.Key("agents").Number(std::int64_t{run.agents});
    WriteEnd(run, out);
  });
  return out.Take() + "\n";
}

/// Either the whole file or none.
bool WriteWhole(const std::string& path, const std::string& text) {
  const std::string other = path + ".part";
  {
    std::ofstream file(other, std::ios::binary | std::ios::trunc);
    file << text;
    if (!file.flush()) return false;
  }
  std::error_code error;
  fs::rename(other, path, error);
  return !error;
}

std::optional<double> NumberIn(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_double()) return value->get_double();
  if (value->is_int64()) return static_cast<double>(value->get_int64());
  return std::nullopt;
}

std::string TextIn(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::int64_t WholeIn(const json::object& object, const char* key, double most) {
  const double value = NumberIn(object, key).value_or(0);
  return std::isfinite(value) ? static_cast<std::int64_t>(std::clamp(value, 0.0, most)) : 0;
}

/// What the short file says, which somebody may have changed. False: there is none.
bool ReadFacts(const std::string& path, KeptRun& run) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  std::string text(kMostFacts + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  boost::system::error_code error;
  const json::value value = text::ReadJson(text, error);
  const json::object* facts = error || text.size() > kMostFacts ? nullptr : value.if_object();
  if (facts == nullptr) return false;
  run.state = KeptRun::State::kEnded;
  run.script = TextIn(*facts, "script");
  run.began_unix_ns = WholeIn(*facts, "began_unix_ms", 9e12) * 1'000'000;
  run.lasted = std::chrono::nanoseconds(
      static_cast<std::int64_t>(1e9 * static_cast<double>(WholeIn(*facts, "seconds", 1e9))));
  run.agents = static_cast<std::uint32_t>(WholeIn(*facts, "agents", 1e6));
  run.code = static_cast<int>(WholeIn(*facts, "code", 255));
  const json::value* complete = facts->if_contains("complete");
  run.complete = complete == nullptr || !complete->is_bool() || complete->get_bool();
  run.cause = TextIn(*facts, "cause");
  run.iterations = NumberIn(*facts, "iterations");
  run.requests = NumberIn(*facts, "requests");
  run.requests_per_second = NumberIn(*facts, "requests_per_second");
  run.requests_failed = NumberIn(*facts, "requests_failed");
  run.duration_p95_ms = NumberIn(*facts, "duration_p95_ms");
  return true;
}

/// What the record's first event says. False: it is no record.
bool ReadBeginning(KeptRun& run) {
  std::ifstream file(run.file, std::ios::binary);
  auto reader = Reader::Make(file);
  if (!reader) return false;
  const auto event = reader->Next();
  if (!event || !event->has_planned()) return false;
  run.script = event->planned().script();
  run.began_unix_ns = event->unix_ns();
  run.agents = event->planned().agents();
  return true;
}

/// Whether a program still writes to it: writers hold a lock.
bool IsWritten(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool locked = flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close(file);
  return locked;
}

/// The stems of runs' records, the newest first.
Result<std::vector<std::string>> StemsOf(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> stems;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!name.ends_with(kRecord)) continue;
    std::string stem = name.substr(0, name.size() - kRecord.size());
    if (!IdIn(stem).empty()) stems.push_back(std::move(stem));
  }
  if (error) return Fail("cannot read the history '" + folder + "': " + error.message());
  std::sort(stems.begin(), stems.end(), std::greater<>());
  return stems;
}

std::optional<KeptRun> ReadRun(const std::string& folder, const std::string& stem) {
  KeptRun run;
  run.id = IdIn(stem);
  const std::string path = folder + "/" + stem;
  run.file = path + std::string(kRecord);
  if (ReadFacts(path + std::string(kFacts), run)) return run;
  if (!ReadBeginning(run)) return std::nullopt;
  if (IsWritten(run.file)) run.state = KeptRun::State::kRunning;
  return run;
}

}  // namespace

void WriteEnd(const KeptRun& run, text::JsonWriter& out) {
  const auto number = [&](const char* key, const std::optional<double>& value) {
    out.Key(key);
    value ? out.Number(*value) : out.Null();
  };
  out.Key("code").Number(std::int64_t{run.code});
  out.Key("complete").Bool(run.complete);
  out.Key("cause").String(run.cause);
  number("iterations", run.iterations);
  number("requests", run.requests);
  number("requests_per_second", run.requests_per_second);
  number("requests_failed", run.requests_failed);
  number("duration_p95_ms", run.duration_p95_ms);
}

Result<std::unique_ptr<HistoryWriter>> HistoryWriter::Make(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return Fail("cannot make the history '" + folder + "': " + error.message());
  // The right to is not enough: the folder may be on a disk that is mounted for reading.
  if (access(folder.c_str(), W_OK | X_OK) != 0)
    return Fail("cannot write to the history '" + folder + "': " + std::strerror(errno));
  return std::unique_ptr<HistoryWriter>(new HistoryWriter(folder));
}

void HistoryWriter::On(const v1::RunEvent& event) {
  if (event.has_planned()) Begin(event);
  if (!writer_) return;
  // Samples are of the outputs of whoever began the run.
  if (!event.has_samples()) writer_->On(event);
  if (event.has_outcome()) End(event.outcome());
}

void HistoryWriter::Begin(const v1::RunEvent& planned) {
  problem_.clear();
  writer_.reset();
  run_ = KeptRun();
  run_.id = planned.planned().run_id();
  run_.script = text::CutToBytes(planned.planned().script(), kMostScript);
  run_.began_unix_ns = planned.unix_ns();
  run_.agents = planned.planned().agents();
  const std::string stem = StemOf(run_.began_unix_ns, run_.id);
  if (IdIn(stem).empty()) {
    problem_ = "cannot keep a run without an id in the history";
    return;
  }
  run_.file = folder_ + "/" + stem + std::string(kRecord);
  auto writer = Writer::Create(run_.file);
  if (!writer) {
    problem_ = writer.error().message;
    return;
  }
  writer_ = std::move(*writer);
}

void HistoryWriter::End(const v1::Outcome& outcome) {
  problem_ = writer_->problem();
  const auto& summary = outcome.summary();
  run_.lasted = wire::SpanOf(summary.duration_ns());
  run_.complete = outcome.has_summary() && summary.complete();
  if (outcome.has_error()) {
    run_.code = wire::ExitStatusOf(outcome.error());
    run_.cause = text::CutToBytes(outcome.error().message(), kMostCause);
  }
  Figures(summary, run_);
  std::string facts = run_.file;
  facts.replace(facts.size() - kRecord.size(), kRecord.size(), kFacts);
  if (!WriteWhole(facts, FactsOf(run_)) && problem_.empty())
    problem_ = "cannot write to the history '" + folder_ + "': " + std::strerror(errno);
  writer_.reset();
}

Result<std::vector<KeptRun>> ListHistory(const std::string& folder, std::size_t most) {
  LOADCTL_TRY(const auto stems, StemsOf(folder));
  std::vector<KeptRun> runs;
  for (const std::string& stem : stems) {
    if (runs.size() >= most) break;
    if (auto run = ReadRun(folder, stem)) runs.push_back(std::move(*run));
  }
  return runs;
}

Result<KeptRun> FindInHistory(const std::string& folder, const std::string& id) {
  LOADCTL_TRY(const auto stems, StemsOf(folder));
  std::string found;
  for (const std::string& stem : stems) {
    if (id.empty() || !IdIn(stem).starts_with(id)) continue;
    if (!found.empty()) return Fail("several runs of the history begin with '" + id + "'");
    found = stem;
  }
  if (!found.empty())
    if (auto run = ReadRun(folder, found)) return *run;
  return Fail("the history '" + folder + "' has no run '" + id + "'");
}

}  // namespace loadctl::record
