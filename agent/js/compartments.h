// Compartments: VUs that share one V8 context, each with module instances, a microtask queue and
// globals of its own. What they share is frozen (agent/modules/lockdown).
// Not for whose turn it is (vu/suspend.h), nor for modules (realm.h). Inside the isolate.
#pragma once

#include <v8.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/js/host.h"

namespace loadctl::js {

class Realm;
class SharedContext;
class Snapshot;

/// What one VU has of a context that several share.
struct Compartment {
  SharedContext* in = nullptr;  ///< null: the context is the VU's own
  v8::MicrotaskQueue* microtasks = nullptr;
  Host* host = nullptr;
  Realm* realm = nullptr;
  std::int32_t place = 0;            ///< among those that share: perVu() of faces
  v8::Global<v8::Object> globals{};  ///< what it sees of globalThis beside the language's own
};

/// True where a context's microtask queue can be another: found out once, in an isolate of its own,
/// 3 ms. Any thread.
[[nodiscard]] bool CanShareContexts();

/// V8's notes of which hidden classes the prototypes of the language have while nobody has changed
/// them: by these its own functions (replace(), split(), new Map()) take their short ways. Freezing
/// gives prototypes other hidden classes; Follow() notes those, which stay as they are for good.
class PrototypeNotes {
 public:
  /// Before they are frozen.
  PrototypeNotes(v8::Isolate* isolate, v8::Local<v8::Context> context);
  void Follow() const;

 private:
  struct Note {
    std::size_t word;
    v8::Local<v8::Object> prototype;
  };
  v8::Local<v8::Context> context_;
  std::vector<Note> notes_;
};

class SharedContext final {
 public:
  /// A copy of a snapshot that was made for it; entered before others call.
  SharedContext(v8::Isolate* isolate, const Snapshot& snapshot);
  ~SharedContext();
  SharedContext(const SharedContext&) = delete;
  SharedContext& operator=(const SharedContext&) = delete;

  [[nodiscard]] v8::Local<v8::Context> context() const { return context_.Get(isolate_); }

  /// Gives `one` its place and its globals, enters it, and lets the faces tell its natives of it.
  void Join(Compartment& one);
  /// From here on, until the next Enter(), code that runs is that of `one`.
  void Enter(const Compartment& one);
  /// It is over: nothing of it is kept.
  void Leave(Compartment& one);

  /// A face that all share, if it is one.
  [[nodiscard]] v8::MaybeLocal<v8::Module> Face(std::string_view specifier) const;

  /// What a face tells: where to write the place of the compartment that runs, and what forgets
  /// one.
  void SetPlace(v8::Local<v8::Int32Array> place, v8::Local<v8::Function> forget);

  /// What the snapshot is made of: a context with a global object of which each compartment will
  /// have a part of its own.
  static v8::Local<v8::Context> NewPattern(v8::Isolate* isolate);
  static void AddReferences(std::vector<std::intptr_t>& all);

 private:
  struct SharedFace {
    std::string specifier;
    v8::Global<v8::Module> module;
  };

  v8::Isolate* isolate_;
  std::unique_ptr<v8::MicrotaskQueue> idle_;  ///< the context's while it is nobody's
  v8::Global<v8::Context> context_;
  std::vector<SharedFace> faces_;
  std::vector<v8::Global<v8::Function>> attached_;
  v8::Global<v8::Object> defaults_;  ///< the prototype of all Compartment::globals
  std::shared_ptr<v8::BackingStore> place_;
  v8::Global<v8::Function> forget_;
  std::vector<std::int32_t> free_places_;
  std::int32_t next_place_ = 0;
};

}  // namespace loadctl::js
