#include "controller/cli/past_runs.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include "controller/cli/table.h"
#include "controller/record/reader.h"
#include "controller/summary/humanize.h"

namespace loadctl::cli {
namespace {

constexpr std::string_view kRuns = "/runs/";
constexpr std::size_t kMostListed = 200;

page::Cell StateOf(const record::KeptRun& run) {
  using Tone = page::Cell::Tone;
  if (run.state == record::KeptRun::State::kRunning) return {"running", "", Tone::kRunning};
  if (run.state == record::KeptRun::State::kCut) return {"cut", "", Tone::kWaiting};
  if (!run.complete) return {"incomplete", "", Tone::kBad};
  if (run.code == 0) return {"passed", "", Tone::kGood};
  return {"exit " + std::to_string(run.code), "", Tone::kBad};
}

std::vector<page::Cell> RowOf(const record::KeptRun& run) {
  const auto value = [](const std::optional<double>& number, metrics::ValueType contains) {
    return page::Cell{number ? summary::HumanizeValue(*number, contains, "") : "–"};
  };
  const double seconds = std::round(static_cast<double>(run.lasted.count()) / 1e9);
  const bool ended = run.state == record::KeptRun::State::kEnded;
  return {{run.script.empty() ? run.id : run.script, std::string(kRuns) + run.id + "/"},
          StateOf(run),
          {LocalTime(run.began_unix_ns)},
          {ended ? summary::HumanizeTime(seconds * 1000, "") : "–"},
          value(run.requests, metrics::ValueType::kDefault),
          value(run.duration_p95_ms, metrics::ValueType::kTime),
          {run.requests_failed ? summary::HumanizeRate(*run.requests_failed) : "–"},
          {run.id}};
}

}  // namespace

web::Response ListOf(std::string_view title, RunRows rows, std::string note) {
  page::TablePage list;
  list.title = title;
  list.heads = {{"Script"},         {"State"},       {"Began", true},  {"Lasted", true},
                {"Requests", true}, {"p(95)", true}, {"Failed", true}, {"Run"}};
  list.rows = std::move(rows);
  list.note = std::move(note);
  return {200, "text/html; charset=utf-8", page::Page(list)};
}

bool SplitRunPath(const std::string& path, std::string& id, std::string& rest) {
  if (!path.starts_with(kRuns)) return false;
  const auto slash = path.find('/', kRuns.size());
  if (slash == std::string::npos) return false;
  id = path.substr(kRuns.size(), slash - kRuns.size());
  rest = path.substr(slash);
  return !id.empty();
}

web::Response NotFound() { return {404, "text/plain; charset=utf-8", "404 page not found\n"}; }

PastRuns::PastRuns(std::string folder) : folder_(std::move(folder)), thread_([this] { Run(); }) {}

PastRuns::~PastRuns() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

RunRows PastRuns::Rows(const std::set<std::string>& without) const {
  const auto runs = record::ListHistory(folder_, kMostListed);
  if (!runs) return {{{runs.error().message}, {"cannot be read", "", page::Cell::Tone::kBad}}};
  RunRows rows;
  for (const auto& run : *runs)
    if (!without.contains(run.id)) rows.push_back(RowOf(run));
  return rows;
}

std::string PastRuns::Note() const {
  return "The newest " + std::to_string(kMostListed) + " of " + folder_ +
         " are shown; `loadctl compare` and `loadctl report` read its records.";
}

void PastRuns::Answer(const web::Request& request, const web::Server::Reply& reply) {
  if (request.method != "GET" && request.method != "HEAD")
    return reply({405, "text/plain; charset=utf-8", "405 Method Not Allowed\n"});
  if (request.path == kRuns) {
    return Later([this] { return ListOf("Past runs", Rows({}), Note()); }, reply);
  }
  web::Request inside = request;
  std::string id;
  if (!SplitRunPath(request.path, id, inside.path)) return reply(NotFound());
  Later([this, id, inside] { return PageOf(id, inside); }, reply);
}

void PastRuns::Later(std::function<web::Response()> answer, const web::Server::Reply& reply) {
  {
    const std::lock_guard lock(mutex_);
    if (asked_.size() < kMostWaiting) {
      asked_.push_back({std::move(answer), reply});
      wake_.notify_all();
      return;
    }
  }
  reply({503, "text/plain; charset=utf-8", "too many pages are asked for at a time\n"});
}

void PastRuns::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return ending_ || !asked_.empty(); });
    if (ending_) return;
    const Asked asked = std::move(asked_.front());
    asked_.pop_front();
    lock.unlock();
    asked.reply(asked.answer());
    lock.lock();
  }
}

web::Response PastRuns::PageOf(const std::string& id, const web::Request& inside) {
  const auto found =
      std::find_if(kept_.begin(), kept_.end(), [&](const auto& one) { return one.first == id; });
  std::shared_ptr<page::Site> site;
  if (found != kept_.end()) {
    site = found->second;
    kept_.erase(found);
  } else {
    site = Read(id);
  }
  if (!site) return NotFound();
  // One that is still being written is read anew each time.
  if (site->watch().ended()) kept_.emplace_front(id, site);
  if (kept_.size() > kMostKept) kept_.pop_back();
  return site->Answer(inside);
}

std::shared_ptr<page::Site> PastRuns::Read(const std::string& id) const {
  const auto run = record::FindInHistory(folder_, id);
  if (!run) return nullptr;
  std::ifstream file(run->file, std::ios::binary);
  auto reader = record::Reader::Make(file);
  if (!reader) return nullptr;
  auto site = std::make_shared<page::Site>();
  site->Offer({std::string(kRuns), false});
  bool ended = false;
  while (const auto event = reader->Next()) {
    site->On(*event);
    ended = ended || event->has_outcome();
  }
  if (ended || run->state == record::KeptRun::State::kRunning) return site;
  // What is there of a run that was killed.
  v1::RunEvent cut;
  cut.mutable_outcome()->mutable_error()->set_code(v1::Failure::AGENT_LOST);
  cut.mutable_outcome()->mutable_error()->set_message("the record ends before the run did");
  site->On(cut);
  return site;
}

}  // namespace loadctl::cli
