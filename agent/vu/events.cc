#include "agent/vu/events.h"

#include <cstdint>
#include <utility>

#include "agent/vu/loop.h"
#include "agent/vu/task.h"

namespace loadctl::vu {

struct Events::TimerEntry {
  int handle = 0;
  const char* name = nullptr;
  double id = 0;
  std::unique_ptr<Timer> timer;
};

struct Events::SpawnedTask {
  std::unique_ptr<Task> task;
  std::size_t place = 0;  ///< in Events::tasks_
  bool dropped = false;
};

Events::Events(JsParker& parker, const Program& program) : parker_(parker), program_(program) {}
Events::~Events() = default;

int Events::AddDispatcher(std::shared_ptr<void> function) {
  dispatchers_.push_back(std::move(function));
  return static_cast<int>(dispatchers_.size()) - 1;
}

int Events::StartTimer(int dispatcher, double id, std::chrono::nanoseconds delay,
                       const char* name) {
  auto entry = std::make_unique<TimerEntry>();
  entry->name = name;
  entry->id = id;
  TimerEntry* raw = entry.get();
  entry->handle = next_timer_++;
  entry->timer = std::make_unique<Timer>([this, raw, dispatcher, id] {
    completions_.push_back({dispatcher, id, nullptr});
    parker_.Unpark();
    // Last, and from a copy: this destroys the function that runs here.
    std::vector<std::unique_ptr<TimerEntry>>& timers = timers_;
    const TimerEntry* const over = raw;
    std::erase_if(timers, [over](const auto& other) { return other.get() == over; });
  });
  parker_.loop().Arm(*entry->timer, std::chrono::steady_clock::now() + delay);
  ++outstanding_;
  timers_.push_back(std::move(entry));
  return raw->handle;
}

void Events::StopTimer(int handle) {
  for (auto it = timers_.begin(); it != timers_.end(); ++it) {
    if ((*it)->handle != handle) continue;
    parker_.loop().Disarm(*(*it)->timer);
    timers_.erase(it);
    --outstanding_;
    return;
  }
}

/// `done(dropped)` is called from the event loop.
template <class Done>
void Events::Begin(std::function<void(net::Parker&)> body, Done done) {
  auto spawned = std::make_unique<SpawnedTask>();
  SpawnedTask* raw = spawned.get();
  spawned->task = std::make_unique<Task>(parker_.loop(), std::move(body),
                                         [this, raw, done = std::move(done)]() mutable {
                                           done(raw->dropped);
                                           const auto over = TakeTask(raw);
                                           parker_.Unpark();
                                         });
  spawned->place = tasks_.size();
  tasks_.push_back(std::move(spawned));
}

void Events::Spawn(std::function<void(net::Parker&)> body, int dispatcher, double id) {
  ++(dispatcher < 0 ? joined_ : outstanding_);
  Begin(std::move(body), [this, dispatcher, id](bool dropped) {
    if (dispatcher < 0) {
      --joined_;
    } else if (!dropped) {
      completions_.push_back({dispatcher, id, nullptr});
    }
  });
}

void Events::Spawn(std::function<void(net::Parker&)> body, std::function<void()> settle) {
  ++outstanding_;
  Begin(std::move(body), [this, settle = std::move(settle)](bool dropped) mutable {
    if (!dropped) completions_.push_back({-1, 0, std::move(settle)});
  });
}

std::unique_ptr<Events::SpawnedTask> Events::TakeTask(const SpawnedTask* task) {
  const std::size_t place = task->place;
  auto taken = std::exchange(tasks_[place], std::move(tasks_.back()));
  tasks_.pop_back();
  if (place < tasks_.size()) tasks_[place]->place = place;
  return taken;
}

void Events::Offload(std::function<void()> body, std::function<void()> settle) {
  Spawn(
      [this, body = std::move(body)](net::Parker& parker) {
        if (!program_.offload) return body();
        bool done = false;
        program_.offload([&] {
          body();
          parker_.loop().Post([&] {
            done = true;
            parker.Unpark();
          });
        });
        while (!done) parker.Park();  // even if it is cut: what computes cannot be
      },
      std::move(settle));
}

void Events::JoinSpawned() {
  while (joined_ > 0) parker_.Park();
}

Completion Events::Take() {
  Completion event = std::move(completions_.front());
  completions_.pop_front();
  --outstanding_;
  return event;
}

std::vector<std::string> Events::WordsOnTimers() const {
  std::vector<std::string> words;
  for (const auto& entry : timers_) {
    if (entry->name == nullptr) continue;
    words.push_back(std::string(entry->name) + " " +
                    std::to_string(static_cast<std::int64_t>(entry->id)) +
                    " was stopped because the VU iteration was interrupted");
  }
  return words;
}

void Events::Cancel() {
  for (auto& spawned : tasks_) spawned->task->Cancel();
}

void Events::Drop() {
  for (auto& entry : timers_) parker_.loop().Disarm(*entry->timer);
  timers_.clear();
  for (auto& spawned : tasks_) {
    spawned->dropped = true;
    spawned->task->Cancel();
  }
  while (!tasks_.empty()) parker_.Park();
  completions_.clear();
  outstanding_ = 0;
}

}  // namespace loadctl::vu
