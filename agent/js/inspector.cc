#include "agent/js/inspector.h"

#include <v8-inspector.h>
#include <v8.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "common/text/json_text.h"
#include "common/text/json_writer.h"
#include "common/text/utf8.h"

namespace loadctl::js {
namespace {

using v8_inspector::StringBuffer;
using v8_inspector::StringView;

constexpr int kGroup = 1;
// Calls of our own have numbers that no client gives.
constexpr int kSetStart = -1, kForgetStart = -2;

std::u16string ToUtf16(std::string_view text) {
  std::u16string out;
  while (!text.empty()) {
    const auto character = text::FirstCharacter(text);
    const char32_t code = character.size == 0 ? U'\uFFFD' : character.code;
    if (code > 0xFFFF) {
      out += static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10));
      out += static_cast<char16_t>(0xDC00 + ((code - 0x10000) & 0x3FF));
    } else {
      out += static_cast<char16_t>(code);
    }
    text.remove_prefix(character.size == 0 ? 1 : character.size);
  }
  return out;
}

StringView View(const std::u16string& text) {
  return {reinterpret_cast<const std::uint16_t*>(text.data()), text.size()};
}

/// V8 writes JSON with plain ASCII in it.
std::string ToText(const StringView& text) {
  std::string out;
  out.reserve(text.length());
  for (std::size_t i = 0; i < text.length(); ++i)
    text::AppendUtf8(text.is8Bit() ? text.characters8()[i] : text.characters16()[i], out);
  return out;
}

/// A member of a JSON object's object: `result` and `breakpointId`. Unquoted; empty if it is not
/// there.
std::string Inner(std::string_view json, std::string_view outer, std::string_view inner) {
  std::string found;
  text::ForEach(json, [&](std::string_view key, std::string_view value) {
    if (text::Unquote(key) == outer) {
      text::ForEach(value, [&](std::string_view name, std::string_view text) {
        if (text::Unquote(name) == inner) found = text::Unquote(text);
        return found.empty();
      });
    }
    return found.empty();
  });
  return found;
}

}  // namespace

struct Inspector::Impl final : v8_inspector::V8InspectorClient, v8_inspector::V8Inspector::Channel {
  Impl(v8::Isolate* of, Options given)
      : isolate(of),
        options(std::move(given)),
        inspector(v8_inspector::V8Inspector::create(of, this)) {}

  enum class Kind { kCome, kGo, kText };
  struct Item {
    Kind kind;
    std::string text;
  };

  void Put(Item item) {
    {
      const std::lock_guard lock(mutex);
      if (closed) return;
      items.push_back(std::move(item));
      if (wake_up) wake_up();
    }
    arrived.notify_all();
    // What a running script is told; one that waits is woken instead, and then asks itself.
    isolate->RequestInterrupt(
        [](v8::Isolate*, void* data) { static_cast<Impl*>(data)->Dispatch(); }, this);
  }

  std::optional<Item> TakeNow() {
    const std::lock_guard lock(mutex);
    return TakeLocked();
  }
  /// Nothing: it was closed.
  std::optional<Item> Await() {
    std::unique_lock lock(mutex);
    arrived.wait(lock, [this] { return closed || !items.empty(); });
    return closed ? std::nullopt : TakeLocked();
  }
  std::optional<Item> TakeLocked() {
    if (items.empty()) return std::nullopt;
    Item item = std::move(items.front());
    items.pop_front();
    return item;
  }

  void Dispatch() {
    if (paused || dispatching) return;  // whoever does so takes them all
    dispatching = true;
    while (auto item = TakeNow()) Do(*item);
    dispatching = false;
  }

  void Do(const Item& item) {
    const v8::HandleScope scope(isolate);
    switch (item.kind) {
      case Kind::kCome:
        session.reset();
        session = Connect();
        return;
      case Kind::kGo:
        session.reset();
        return;
      case Kind::kText:
        if (session) session->dispatchProtocolMessage(View(ToUtf16(item.text)));
        return;
    }
  }

  std::unique_ptr<v8_inspector::V8InspectorSession> Connect() {
#if V8_MAJOR_VERSION >= 11
    return inspector->connect(kGroup, this, StringView(), v8_inspector::V8Inspector::kFullyTrusted);
#else
    return inspector->connect(kGroup, this, StringView());
#endif
  }

  /// A breakpoint at the first line of the script that has code: V8 finds the place when the script
  /// is there. (To pause at the next statement would be in a module of ours.)
  void PauseAtStartOf(const std::string& url) {
    if (!session) return;
    const std::string call =
        R"({"id":-1,"method":"Debugger.setBreakpointByUrl","params":{"lineNumber":0,"url":)" +
        text::JsonString(url) + "}}";
    session->dispatchProtocolMessage(View(ToUtf16(call)));
  }
  void ForgetStart() {
    if (start.empty() || !session) return;
    const std::string call =
        R"({"id":-2,"method":"Debugger.removeBreakpoint","params":{"breakpointId":)" +
        text::JsonString(std::exchange(start, "")) + "}}";
    session->dispatchProtocolMessage(View(ToUtf16(call)));
  }

  // ---- V8InspectorClient

  void runMessageLoopOnPause(int /*group*/) override {
    if (paused) return;
    paused = true;
    quit = false;
    ForgetStart();
    while (!quit) {
      const auto item = Await();
      if (!item) break;
      Do(*item);
    }
    paused = false;
  }
  void quitMessageLoopOnPause() override { quit = true; }
  void runIfWaitingForDebugger(int /*group*/) override { released = true; }
  v8::Local<v8::Context> ensureDefaultContextInGroup(int /*group*/) override {
    return shown.Get(isolate);
  }
  double currentTimeMS() override {
    using Milliseconds = std::chrono::duration<double, std::milli>;
    return Milliseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  }

  // ---- V8Inspector::Channel

  void sendResponse(int call, std::unique_ptr<StringBuffer> message) override {
    if (call == kSetStart) start = Inner(ToText(message->string()), "result", "breakpointId");
    if (call != kSetStart && call != kForgetStart) options.send(ToText(message->string()));
  }
  void sendNotification(std::unique_ptr<StringBuffer> message) override {
    options.send(ToText(message->string()));
  }
  void flushProtocolNotifications() override {}

  v8::Isolate* const isolate;
  const Options options;

  mutable std::mutex mutex;
  std::condition_variable arrived;
  std::deque<Item> items;
  std::function<void()> wake_up;
  bool closed = false;

  // Inside the isolate.
  const std::unique_ptr<v8_inspector::V8Inspector> inspector;
  std::unique_ptr<v8_inspector::V8InspectorSession> session;
  v8::Global<v8::Context> shown;  ///< the last one
  std::string start;              ///< the breakpoint at the script's start
  bool awaited = false, released = false, paused = false, quit = false, dispatching = false;
};

Inspector::Inspector(v8::Isolate* isolate, Options options)
    : impl_(std::make_unique<Impl>(isolate, std::move(options))) {}
Inspector::~Inspector() = default;

void Inspector::Come() { impl_->Put({Impl::Kind::kCome, ""}); }
void Inspector::Go() { impl_->Put({Impl::Kind::kGo, ""}); }
void Inspector::Receive(std::string text) { impl_->Put({Impl::Kind::kText, std::move(text)}); }

void Inspector::Close() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->closed = true;
  }
  impl_->arrived.notify_all();
}

void Inspector::SetWakeUp(std::function<void()> wake_up) {
  const std::lock_guard lock(impl_->mutex);
  impl_->wake_up = std::move(wake_up);
}

void Inspector::Show(v8::Local<v8::Context> context, const std::string& name) {
  const std::u16string wide = ToUtf16(name);
  impl_->inspector->contextCreated(v8_inspector::V8ContextInfo(context, kGroup, View(wide)));
  impl_->shown.Reset(impl_->isolate, context);
}

void Inspector::Hide(v8::Local<v8::Context> context) {
  if (impl_->shown == context) impl_->shown.Reset();
  impl_->inspector->contextDestroyed(context);
}

void Inspector::AwaitClient(const std::string& url) {
  if (std::exchange(impl_->awaited, true)) return;
  impl_->options.waits();
  while (!impl_->released) {
    const auto item = impl_->Await();
    if (!item) return;
    impl_->Do(*item);
  }
  if (impl_->options.pause_at_start) impl_->PauseAtStartOf(url);
}

void Inspector::Dispatch() { impl_->Dispatch(); }

bool Inspector::pending() const {
  const std::lock_guard lock(impl_->mutex);
  return !impl_->items.empty();
}

}  // namespace loadctl::js
