// A VU's event loop: promises, timers and spawned tasks of the script, until none is left.
#include <algorithm>
#include <string>
#include <utility>

#include "agent/js/call_info.h"
#include "agent/vu/fiber.h"
#include "agent/vu/task.h"
#include "agent/vu/vu_js.h"
#include "agent/vu/vu_parts.h"

namespace loadctl::vu {

void Vu::Js::NoteRejection(const v8::PromiseRejectMessage& message) {
  auto promise = message.GetPromise();
  if (message.GetEvent() == v8::kPromiseRejectWithNoHandler) {
    Rejection rejection;
    rejection.promise.Reset(isolate, promise);
    rejection.value.Reset(isolate, message.GetValue());
    rejection.message.Reset(isolate, v8::Exception::CreateMessage(isolate, message.GetValue()));
    rejections.push_back(std::move(rejection));
  } else if (message.GetEvent() == v8::kPromiseHandlerAddedAfterReject) {
    std::erase_if(rejections, [&](const Rejection& r) { return r.promise == promise; });
  }
}

void Vu::Js::Blame(const v8::TryCatch& caught, WorkResult& result) {
  if (caught.HasTerminated() || isolate->IsExecutionTerminating() || vu.interrupted()) {
    result.kind = WorkResult::Kind::kInterrupted;
    return;
  }
  result.kind = WorkResult::Kind::kException;
  result.error = realm->Describe(caught).text;
}

// One macrotask's end: microtasks, then rejections nobody handles. False: the work is over.
bool Vu::Js::Settle(v8::TryCatch& caught, WorkResult& result) {
  microtasks->PerformCheckpoint(isolate);
  if (caught.HasTerminated() || isolate->IsExecutionTerminating() || vu.interrupted()) {
    result.kind = WorkResult::Kind::kInterrupted;
    return false;
  }
  if (!rejections.empty()) {
    auto& first = rejections.front();
    result.kind = WorkResult::Kind::kException;
    result.error = "Uncaught (in promise) " +
                   realm->DescribeValue(first.value.Get(isolate), first.message.Get(isolate));
    rejections.clear();
    return false;
  }
  return true;
}

// Runs the next event. False: there is none to wait for, or the work is over.
bool Vu::Js::Step(v8::TryCatch& caught, WorkResult& result) {
  if (vu.completions_.empty()) {
    if (vu.group_->isolate().HasForegroundTasks()) {
      vu.group_->isolate().RunForegroundTasks();
      return true;
    }
    if (vu.outstanding_ == 0) {
      // A promise that nothing under way can settle, unless V8 itself is at it (WebAssembly).
      if (!isolate->HasPendingBackgroundTasks()) return false;
      vu.SleepUntil(std::chrono::steady_clock::now() + std::chrono::milliseconds(1));
      return true;
    }
    vu.parker_.Park();
    return true;
  }
  const v8::HandleScope scope(isolate);
  const Completion event = std::move(vu.completions_.front());
  vu.completions_.pop_front();
  --vu.outstanding_;
  if (event.settle) {
    event.settle();
    return true;
  }
  auto function = dispatchers[static_cast<std::size_t>(event.dispatcher)]->Get(isolate);
  v8::Local<v8::Value> id = v8::Number::New(isolate, event.id);
  v8::Local<v8::Value> ignored;
  if (!function->Call(context(), v8::Undefined(isolate), 1, &id).ToLocal(&ignored)) {
    Blame(caught, result);
    return false;
  }
  return true;
}

WorkResult Vu::Js::Run(const std::function<v8::MaybeLocal<v8::Value>()>& start,
                       v8::Local<v8::Value>* value) {
  WorkResult result;
  v8::TryCatch caught(isolate);
  isolate->CancelTerminateExecution();
  v8::Local<v8::Value> returned;
  if (!start().ToLocal(&returned)) {
    Blame(caught, result);
  } else if (Settle(caught, result)) {
    v8::Local<v8::Promise> promise;
    if (returned->IsPromise()) promise = returned.As<v8::Promise>();
    const auto waiting = [&] {
      return vu.outstanding_ > 0 || !vu.completions_.empty() ||
             (!promise.IsEmpty() && promise->State() == v8::Promise::kPending);
    };
    while (waiting() && Step(caught, result) && Settle(caught, result)) {
    }
    if (result.kind == WorkResult::Kind::kComplete && value != nullptr) {
      if (promise.IsEmpty()) {
        *value = returned;
      } else if (promise->State() == v8::Promise::kFulfilled) {
        *value = promise->Result();
      }  // else nothing is left that could settle it: as undefined
    }
  }
  if (isolate->IsExecutionTerminating()) isolate->CancelTerminateExecution();
  if (result.kind != WorkResult::Kind::kComplete) {
    // As k6: a phase that ends the run by its exception says no more than that.
    if (vu.phase_ == Phase::kIteration || result.kind == WorkResult::Kind::kInterrupted)
      vu.WarnOfTimers();
    vu.DropPending();
  }
  rejections.clear();
  return result;
}

int Vu::AddDispatcher(std::shared_ptr<void> function) {
  js_->dispatchers.push_back(std::static_pointer_cast<v8::Global<v8::Function>>(function));
  return static_cast<int>(js_->dispatchers.size()) - 1;
}

int Vu::StartTimer(int dispatcher, double id, std::chrono::nanoseconds delay, const char* name) {
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
  loop().Arm(*entry->timer, std::chrono::steady_clock::now() + delay);
  ++outstanding_;
  timers_.push_back(std::move(entry));
  return raw->handle;
}

void Vu::StopTimer(int handle) {
  for (auto it = timers_.begin(); it != timers_.end(); ++it) {
    if ((*it)->handle != handle) continue;
    loop().Disarm(*(*it)->timer);
    timers_.erase(it);
    --outstanding_;
    return;
  }
}

void Vu::Spawn(std::function<void(net::Parker&)> body, int dispatcher, double id) {
  auto spawned = std::make_unique<SpawnedTask>();
  SpawnedTask* raw = spawned.get();
  ++(dispatcher < 0 ? joined_ : outstanding_);
  spawned->task = std::make_unique<Task>(loop(), std::move(body), [this, raw, dispatcher, id] {
    if (dispatcher < 0) {
      --joined_;
    } else if (!raw->dropped) {
      completions_.push_back({dispatcher, id, nullptr});
    }
    const auto over = TakeTask(raw);
    parker_.Unpark();
  });
  spawned->place = tasks_.size();
  tasks_.push_back(std::move(spawned));
}

std::unique_ptr<Vu::SpawnedTask> Vu::TakeTask(SpawnedTask* task) {
  const std::size_t place = task->place;
  auto taken = std::exchange(tasks_[place], std::move(tasks_.back()));
  tasks_.pop_back();
  if (place < tasks_.size()) tasks_[place]->place = place;
  return taken;
}

void Vu::Spawn(std::function<void(net::Parker&)> body, std::function<void()> settle) {
  auto spawned = std::make_unique<SpawnedTask>();
  SpawnedTask* raw = spawned.get();
  ++outstanding_;
  spawned->task = std::make_unique<Task>(loop(), std::move(body),
                                         [this, raw, settle = std::move(settle)]() mutable {
                                           if (!raw->dropped)
                                             completions_.push_back({-1, 0, std::move(settle)});
                                           const auto over = TakeTask(raw);
                                           parker_.Unpark();
                                         });
  spawned->place = tasks_.size();
  tasks_.push_back(std::move(spawned));
}

void Vu::Offload(std::function<void()> body, std::function<void()> settle) {
  Spawn(
      [this, body = std::move(body)](net::Parker& parker) {
        if (!program_.offload) return body();
        bool done = false;
        program_.offload([&] {
          body();
          loop().Post([&] {
            done = true;
            parker.Unpark();
          });
        });
        while (!done) parker.Park();  // even if it is cut: what computes cannot be
      },
      std::move(settle));
}

void Vu::JoinSpawned() {
  while (joined_ > 0) parker_.Park();
}

void Vu::WarnOfTimers() {
  for (const auto& entry : timers_) {
    if (entry->name == nullptr) continue;
    Log(LogLevel::kWarning, std::string(entry->name) + " " +
                                std::to_string(static_cast<std::int64_t>(entry->id)) +
                                " was stopped because the VU iteration was interrupted");
  }
}

// After a cut or an exception: nothing of the work may reach the next one.
void Vu::DropPending() {
  for (auto& entry : timers_) loop().Disarm(*entry->timer);
  timers_.clear();
  for (auto& spawned : tasks_) {
    spawned->dropped = true;
    spawned->task->Cancel();
  }
  while (!tasks_.empty()) parker_.Park();
  completions_.clear();
  outstanding_ = 0;
  for (auto& clean_up : clean_ups_) clean_up();
}

}  // namespace loadctl::vu
