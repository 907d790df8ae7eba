// V8's inspector of one isolate: what debuggers (Chrome DevTools, VS Code) speak to in the Chrome
// DevTools Protocol. It pauses scripts by not letting their thread go on.
// Not for the way to a debugger (agent/session, controller/debugger).
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace v8 {
class Context;
class Isolate;
template <class T>
class Local;
}  // namespace v8

namespace loadctl::js {

class Inspector final {
 public:
  struct Options {
    /// Gets what V8 says to the client. Any thread that is inside the isolate.
    std::function<void(std::string text)> send;
    /// The script waits for a client.
    std::function<void()> waits;
    /// Pauses at the first line of a script that waited for a client.
    bool pause_at_start = true;
  };
  /// The isolate outlives it.
  Inspector(v8::Isolate* isolate, Options options);
  ~Inspector();
  Inspector(const Inspector&) = delete;
  Inspector& operator=(const Inspector&) = delete;

  // ---- any thread

  /// A client has come; one that was there before is gone.
  void Come();
  void Go();
  void Receive(std::string text);
  /// No client comes any more: nothing waits for one, and nothing pauses.
  void Close();
  /// Called, with a lock held, when Dispatch() has something to do; null: nobody wants to know.
  void SetWakeUp(std::function<void()> wake_up);

  // ---- inside the isolate, one VU at a time

  /// Shows a context to clients.
  void Show(v8::Local<v8::Context> context, const std::string& name);
  void Hide(v8::Local<v8::Context> context);
  /// Blocks until a client has said that it is ready, and lets it pause at the first line of `url`.
  /// Only once.
  void AwaitClient(const std::string& url);
  /// Does what clients have asked for, if no script runs or is paused.
  void Dispatch();
  /// Whether Dispatch() would have something to do.
  [[nodiscard]] bool pending() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace loadctl::js
