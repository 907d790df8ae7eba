#include "controller/service/run_store.h"

#include <algorithm>
#include <utility>

#include "common/wire/codes.h"
#include "controller/events/queue.h"
#include "controller/service/client.h"

namespace loadctl::service {
namespace {

constexpr std::size_t kMostGiven = std::size_t{4} << 20;  // bytes of events at a time

std::int64_t UnixNow() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

// ---- a run

StoredRun::StoredRun(RunId id, Request request, fleet::SharedQuotas quotas)
    : id_(std::move(id)),
      owner_(request.actor.name),
      quotas_(std::move(quotas)),
      request_(std::move(request)) {
  info_.set_run_id(id_.text);
  info_.set_script(request_.submission.script());
  info_.set_client(request_.client);
  info_.set_agents(request_.submission.agents());
  info_.set_submitted_unix_ns(UnixNow());
}

v1::RunInfo StoredRun::Info() const {
  const std::lock_guard lock(mutex_);
  return info_;
}

bool StoredRun::ended() const {
  const std::lock_guard lock(mutex_);
  return info_.state() == v1::RunInfo::ENDED;
}

Request StoredRun::Begin() {
  const std::lock_guard lock(mutex_);
  info_.set_state(v1::RunInfo::RUNNING);
  return std::move(request_);
}

void StoredRun::On(const v1::RunEvent& event) {
  if (event.has_samples() || event.has_exchange() || event.has_cpu_profile()) return;
  const std::lock_guard lock(mutex_);
  if (event.has_progress() && !events_.empty() && events_.back().has_progress()) {
    bytes_ -= events_.back().ByteSizeLong();
    events_.pop_back();
  }
  if (event.has_agent() && event.agent().has_health()) {
    health_[event.agent().agent()] = event;
  } else {
    events_.push_back(event);
    bytes_ += event.ByteSizeLong();
    DropOldest();
  }
  if (event.has_outcome()) {
    info_.set_state(v1::RunInfo::ENDED);
    info_.set_ended_unix_ns(UnixNow());
    if (event.outcome().has_error()) *info_.mutable_error() = event.outcome().error();
  }
  wake_.notify_all();
}

void StoredRun::Abandon(const Error& error) {
  v1::RunEvent event;
  {
    const std::lock_guard lock(mutex_);
    event.set_number(events_.empty() ? 1 : events_.back().number() + 1);
  }
  *event.mutable_outcome()->mutable_error() = wire::ToProto(error);
  On(event);
}

void StoredRun::DropOldest() {
  auto at = events_.begin();
  quotas_->Use(fleet::Quota::kRunBytes, static_cast<std::int64_t>(bytes_));
  while (bytes_ > quotas_->size(fleet::Quota::kRunBytes) && at != events_.end()) {
    if (!events::CountMissed(*at, dropped_)) {
      ++at;
      continue;
    }
    quotas_->Reach(fleet::Quota::kRunBytes);
    bytes_ -= at->ByteSizeLong();
    dropped_to_ = std::max(dropped_to_, at->number());
    at = events_.erase(at);
  }
}

std::vector<v1::RunEvent> StoredRun::After(std::uint64_t number,
                                           std::chrono::steady_clock::time_point deadline) const {
  std::unique_lock lock(mutex_);
  const auto first = [&] {
    return std::find_if(events_.begin(), events_.end(),
                        [&](const auto& event) { return event.number() > number; });
  };
  const auto is_new = [&](const auto& entry) { return entry.second.number() > number; };
  wake_.wait_until(lock, deadline, [&] {
    return first() != events_.end() || std::any_of(health_.begin(), health_.end(), is_new);
  });
  std::vector<v1::RunEvent> given;
  std::size_t bytes = 0;
  if (number < dropped_to_ && events::Any(dropped_))
    *given.emplace_back().mutable_missed() = dropped_;
  auto at = first();
  for (; at != events_.end() && bytes < kMostGiven; ++at) {
    given.push_back(*at);
    bytes += at->ByteSizeLong();
  }
  // In its place among those given: whoever asks again names the number of the last.
  const std::uint64_t before = at == events_.end() ? UINT64_MAX : at->number();
  for (const auto& entry : health_)
    if (is_new(entry) && entry.second.number() < before) given.push_back(entry.second);
  std::stable_sort(given.begin(), given.end(),
                   [](const auto& a, const auto& b) { return a.number() < b.number(); });
  return given;
}

// ---- all of them

std::optional<std::string> RunStore::WhyBusyLocked() const {
  if (runs_.empty() || runs_.back()->ended()) return std::nullopt;
  return std::string(kBusyWords) + runs_.back()->Info().client() + ": it does one at a time";
}

std::optional<std::string> RunStore::WhyBusy() const {
  const std::lock_guard lock(mutex_);
  return WhyBusyLocked();
}

std::shared_ptr<StoredRun> RunStore::Keep(Request request) {
  while (runs_.size() > quotas_->size(fleet::Quota::kRuns)) {
    quotas_->Reach(fleet::Quota::kRuns);
    runs_.pop_front();
  }
  quotas_->Use(fleet::Quota::kRuns, static_cast<std::int64_t>(runs_.size()));
  stop_wanted_.reset();
  return runs_.emplace_back(
      std::make_shared<StoredRun>(RunId::Random(), std::move(request), quotas_));
}

Result<std::shared_ptr<StoredRun>> RunStore::Submit(Request request) {
  const std::lock_guard lock(mutex_);
  if (const auto why = WhyBusyLocked()) return Fail(*why);
  auto run = Keep(std::move(request));
  wake_.notify_all();
  return run;
}

std::shared_ptr<StoredRun> RunStore::Add(Request request) {
  const std::lock_guard lock(mutex_);
  return Keep(std::move(request));
}

std::shared_ptr<StoredRun> RunStore::Next(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  const auto waits = [this] {
    return !runs_.empty() && runs_.back()->Info().state() == v1::RunInfo::WAITING;
  };
  if (!wake_.wait_until(lock, deadline, waits)) return nullptr;
  return runs_.back();
}

std::vector<std::shared_ptr<const StoredRun>> RunStore::Runs() const {
  const std::lock_guard lock(mutex_);
  return {runs_.rbegin(), runs_.rend()};
}

Result<std::shared_ptr<StoredRun>> RunStore::Find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<StoredRun> found;
  for (const auto& run : runs_) {
    if (id.empty() || !run->id().text.starts_with(id)) continue;
    if (found != nullptr) return Fail("several runs begin with " + id);
    found = run;
  }
  if (found == nullptr) return Fail("no run " + id + " is known here");
  return found;
}

void RunStore::OnStop(std::function<void(const std::string&)> stop) {
  const std::lock_guard lock(mutex_);
  stop_ = std::move(stop);
  if (stop_ && stop_wanted_) stop_(*std::exchange(stop_wanted_, std::nullopt));
}

Result<void> RunStore::Stop(const StoredRun& run, const std::string& signal) {
  const std::lock_guard lock(mutex_);
  if (run.ended() || runs_.empty() || runs_.back().get() != &run)
    return Fail("the run " + run.id().text + " has ended");
  const std::string name = signal == "terminated" ? signal : "interrupt";
  if (stop_) {
    stop_(name);
  } else {
    stop_wanted_ = name;
  }
  return {};
}

}  // namespace loadctl::service
