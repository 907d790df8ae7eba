// A VU's event loop: promises, timers and spawned tasks of the script, until none is left.
#include <string>
#include <utility>

#include "agent/js/call_info.h"
#include "agent/vu/vu_js.h"

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

// Meanwhile a debugger may ask for something.
void Vu::Js::AwaitEvent() {
  js::Inspector* const inspector = vu.group_->inspector();
  if (inspector == nullptr) return vu.parker_.Park();
  awaits_event = true;
  inspector->SetWakeUp([this, loop = &vu.loop()] {
    loop->Post([this] {
      if (awaits_event) vu.parker_.Unpark();
    });
  });
  if (!inspector->pending()) vu.parker_.Park();
  awaits_event = false;
  inspector->SetWakeUp(nullptr);
  inspector->Dispatch();
}

// Runs the next event. False: there is none to wait for, or the work is over.
bool Vu::Js::Step(v8::TryCatch& caught, WorkResult& result) {
  Events& events = vu.events();
  if (!events.ready()) {
    if (vu.group_->isolate().HasForegroundTasks()) {
      vu.group_->isolate().RunForegroundTasks();
      return true;
    }
    if (!events.awaited()) {
      // A promise that nothing under way can settle, unless V8 itself is at it (WebAssembly).
      if (!isolate->HasPendingBackgroundTasks()) return false;
      vu.SleepUntil(std::chrono::steady_clock::now() + std::chrono::milliseconds(1));
      return true;
    }
    AwaitEvent();
    return true;
  }
  const v8::HandleScope scope(isolate);
  const Completion event = events.Take();
  if (event.settle) {
    event.settle();
    return true;
  }
  auto function =
      static_cast<v8::Global<v8::Function>*>(events.dispatcher(event.dispatcher))->Get(isolate);
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
  // Asking V8 costs a lock; but a debugger may end scripts, too.
  if (terminated || vu.group_->inspector() != nullptr) isolate->CancelTerminateExecution();
  terminated = false;
  v8::Local<v8::Value> returned;
  if (!start().ToLocal(&returned)) {
    Blame(caught, result);
  } else if (Settle(caught, result)) {
    v8::Local<v8::Promise> promise;
    if (returned->IsPromise()) promise = returned.As<v8::Promise>();
    const auto waiting = [&] {
      return vu.events().awaited() ||
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
    if (vu.execution().phase() == Phase::kIteration ||
        result.kind == WorkResult::Kind::kInterrupted) {
      for (auto& words : vu.events().WordsOnTimers()) vu.Log(LogLevel::kWarning, std::move(words));
    }
    vu.events().Drop();
    vu.hooks().CleanUp();
  }
  rejections.clear();
  return result;
}

}  // namespace loadctl::vu
