// V8's side of a VU. Only for agent/vu/*.cc: the one header here that includes V8.
#pragma once

#include <v8.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/js/realm.h"
#include "agent/vu/vu.h"

namespace loadctl::vu {

struct Vu::Js {
  explicit Js(Vu& owner) : vu(owner), isolate(owner.group_->isolate().get()) {}

  /// Calls `start` and runs the VU's event loop until all it began has ended. `value`: what the
  /// call returned or its promise was fulfilled with.
  WorkResult Run(const std::function<v8::MaybeLocal<v8::Value>()>& start,
                 v8::Local<v8::Value>* value);
  /// Makes the context and loads the script.
  Result<void> Load();
  /// Drops the context. Inside the isolate.
  void Close();
  /// Ends the script that runs: the VU's thread, inside the isolate. Run() takes back what the
  /// script has not seen when it ended.
  void Terminate() {
    terminated = true;
    isolate->TerminateExecution();
  }
  /// From V8, when a promise is rejected without a handler, or gets one afterwards.
  void NoteRejection(const v8::PromiseRejectMessage& message);

  [[nodiscard]] v8::Local<v8::Context> context() const { return realm->context(); }
  v8::MaybeLocal<v8::Function> ExportedFunction(const std::string& name);
  /// A fresh __ENV: the run's, and the scenario's over it. Made when it is first read where no file
  /// of the script's names it.
  void ShowEnv();
  v8::Local<v8::Object> MakeEnv();
  void WriteOptionsBack();
  /// Takes the function that the VU's scenario names.
  void TakeExec();
  /// Calls it with what setup() returned.
  v8::MaybeLocal<v8::Value> CallExec();
  /// Lets the script see the iteration's number as __ITER: a property whose value is made when it
  /// is read, since most scripts never do.
  void ShowIteration();
  /// Makes `to_json`, which few VUs need.
  void MakeToJson();
  void SetGlobal(v8::Local<v8::String> name, v8::Local<v8::Value> value);
  /// ` at default (file:///x.js:3:5)` of the script's innermost frame; "" if there is none.
  std::string Position();

  Vu& vu;
  v8::Isolate* isolate;
  std::unique_ptr<v8::MicrotaskQueue> microtasks;
  std::unique_ptr<js::Realm> realm;
  v8::Global<v8::Object> exports;
  v8::Global<v8::Function> exec;
  bool iteration_shown = false;        ///< __ITER is defined
  v8::Global<v8::Value> iter_instead;  ///< what the script has assigned to __ITER meanwhile
  v8::Global<v8::Function> to_json;    ///< JSON.stringify that refuses what Go's JSON refuses
  v8::Global<v8::Function> nothing;    ///< `function () {}`
  std::shared_ptr<const std::string> setup_json;  ///< null: the script has no setup()
  v8::Global<v8::Value> setup_data;
  bool setup_parsed = false;
  bool terminated = false;  ///< Terminate() was called since Run() began
  bool stale = false;   ///< the script was left (Escape): its context is not to be entered again
  std::string no_exec;  ///< why there is no `exec`; empty: the script does not export it
  struct Rejection {
    v8::Global<v8::Promise> promise;
    v8::Global<v8::Value> value;
    v8::Global<v8::Message> message;
  };
  std::vector<Rejection> rejections;
  bool awaits_event = false;  ///< where a debugger may wake it

 private:
  static Js& JsOf(v8::Isolate* isolate) {
    return static_cast<Vu*>(js::Realm::HostOf(isolate->GetCurrentContext()))->js();
  }
  void CompileHelper(const char* source, v8::Global<v8::Function>& into);
  bool Step(v8::TryCatch& caught, WorkResult& result);
  void AwaitEvent();
  bool Settle(v8::TryCatch& caught, WorkResult& result);
  void Blame(const v8::TryCatch& caught, WorkResult& result);
};

}  // namespace loadctl::vu
