#include "agent/js/compartments.h"

#include <dlfcn.h>

#include <atomic>
#include <cstring>
#include <utility>

#include "agent/js/call_info.h"
#include "agent/js/engine.h"
#include "agent/js/realm.h"
#include "agent/js/snapshot.h"
#include "common/base/check.h"

namespace loadctl::js {
namespace {

constexpr int kCompartmentSlot = 4;

// ---- the queue of a context

// V8 10 sets it when the context is made, and gives no way to change it. The context keeps it as a
// plain pointer, in a word whose place is found by looking for the one that was given.
#if V8_MAJOR_VERSION == 10

std::atomic<std::size_t> g_queue_word{0};  // 0: not looked for, or not found

/// An object's memory: a handle is a pointer to a tagged pointer. Nothing moves the object until V8
/// is called again.
template <class T>
std::uintptr_t* WordsOf(v8::Local<T> object) {
  std::uintptr_t tagged = 0;
  std::memcpy(&tagged, static_cast<const void*>(*object), sizeof tagged);
  return reinterpret_cast<std::uintptr_t*>(tagged - 1);
}

/// The place, from 1 on, of the first word of a context that is `wanted`; 0: there is none.
std::size_t FindWord(v8::Local<v8::Context> context, std::uintptr_t wanted, std::size_t after = 0) {
  constexpr std::size_t kMostWords = 400;
  constexpr std::uintptr_t kPage = std::uintptr_t{1} << 18;  // V8's; an object lies in one
  const std::uintptr_t* words = WordsOf(context);
  for (std::size_t i = after + 1; i < kMostWords; ++i) {
    if (reinterpret_cast<std::uintptr_t>(words + i) % kPage == 0) return 0;
    if (words[i] == wanted) return i;
  }
  return 0;
}

void SetQueue(v8::Local<v8::Context> context, v8::MicrotaskQueue* queue) {
  WordsOf(context)[g_queue_word.load(std::memory_order_relaxed)] =
      reinterpret_cast<std::uintptr_t>(queue);
}

/// Has a job put into the context's queue; `*ran` is set when it runs.
bool Enqueue(v8::Isolate* isolate, v8::Local<v8::Context> context, bool* ran) {
  v8::Local<v8::Promise::Resolver> resolver;
  v8::Local<v8::Function> note;
  return v8::Promise::Resolver::New(context).ToLocal(&resolver) &&
         v8::Function::New(
             context,
             [](const v8::FunctionCallbackInfo<v8::Value>& info) {
               *static_cast<bool*>(info.Data().As<v8::External>()->Value()) = true;
             },
             v8::External::New(isolate, ran))
             .ToLocal(&note) &&
         !resolver->GetPromise()->Then(context, note).IsEmpty() &&
         resolver->Resolve(context, v8::Undefined(isolate)).FromMaybe(false);
}

bool TryQueues() {
  IsolateHolder holder{HeapLimits{}};
  v8::Isolate* isolate = holder.get();
  const v8::Isolate::Scope inside(isolate);
  isolate->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
  const v8::HandleScope scope(isolate);
  constexpr auto kExplicit = v8::MicrotasksPolicy::kExplicit;
  const auto first = v8::MicrotaskQueue::New(isolate, kExplicit);
  const auto second = v8::MicrotaskQueue::New(isolate, kExplicit);
  auto context = v8::Context::New(isolate, nullptr, {}, {}, {}, first.get());
  if (context.IsEmpty()) return false;
  const v8::Context::Scope context_scope(context);
  g_queue_word = FindWord(context, reinterpret_cast<std::uintptr_t>(first.get()));
  if (g_queue_word == 0) return false;
  bool of_first = false, of_second = false;
  if (!Enqueue(isolate, context, &of_first)) return false;
  SetQueue(context, second.get());
  const bool put = Enqueue(isolate, context, &of_second);
  second->PerformCheckpoint(isolate);
  const bool apart = of_second && !of_first;
  SetQueue(context, first.get());
  first->PerformCheckpoint(isolate);
  return put && apart && of_first;
}

#else
void SetQueue(v8::Local<v8::Context>, v8::MicrotaskQueue*) {}
bool TryQueues() { return false; }
#endif

// ---- the global object: what it has not itself is the compartment's

template <class T>
v8::Local<v8::Object> GlobalsOf(const v8::PropertyCallbackInfo<T>& info) {
  auto context = info.GetIsolate()->GetCurrentContext();
  const auto* one =
      static_cast<const Compartment*>(context->GetAlignedPointerFromEmbedderData(kCompartmentSlot));
  return one == nullptr ? v8::Local<v8::Object>() : one->globals.Get(info.GetIsolate());
}

void Read(v8::Local<v8::Name> name, const v8::PropertyCallbackInfo<v8::Value>& info) {
  auto globals = GlobalsOf(info);
  if (globals.IsEmpty()) return;
  auto context = info.GetIsolate()->GetCurrentContext();
  v8::Local<v8::Value> value;
  if (!globals->Has(context, name).FromMaybe(false)) return;
  if (globals->Get(context, name).ToLocal(&value)) info.GetReturnValue().Set(value);
}

void Write(v8::Local<v8::Name> name, v8::Local<v8::Value> value,
           const v8::PropertyCallbackInfo<v8::Value>& info) {
  auto globals = GlobalsOf(info);
  if (globals.IsEmpty()) return;
  auto context = info.GetIsolate()->GetCurrentContext();
  // In strict mode only what is there can be assigned by its bare name: V8 throws then.
  const bool bare = context->Global() != info.This();
  if (bare && info.ShouldThrowOnError() && !globals->Has(context, name).FromMaybe(false)) return;
  if (!globals->Set(context, name, value).IsNothing()) info.GetReturnValue().Set(value);
}

void Query(v8::Local<v8::Name> name, const v8::PropertyCallbackInfo<v8::Integer>& info) {
  auto globals = GlobalsOf(info);
  if (globals.IsEmpty()) return;
  auto context = info.GetIsolate()->GetCurrentContext();
  v8::PropertyAttribute attributes = v8::None;
  if (!globals->Has(context, name).FromMaybe(false)) return;
  if (globals->GetPropertyAttributes(context, name).To(&attributes))
    info.GetReturnValue().Set(static_cast<int>(attributes));
}

void Delete(v8::Local<v8::Name> name, const v8::PropertyCallbackInfo<v8::Boolean>& info) {
  auto globals = GlobalsOf(info);
  if (globals.IsEmpty()) return;
  auto context = info.GetIsolate()->GetCurrentContext();
  if (!globals->Has(context, name).FromMaybe(false)) return;
  // What is of the defaults is covered by a property that is as good as none.
  const bool own = globals->HasOwnProperty(context, name).FromMaybe(false);
  if (own) {
    bool deleted = false;
    if (globals->Delete(context, name).To(&deleted)) info.GetReturnValue().Set(deleted);
  } else {
    info.GetReturnValue().Set(false);
  }
}

void Names(const v8::PropertyCallbackInfo<v8::Array>& info) {
  auto globals = GlobalsOf(info);
  if (globals.IsEmpty()) return;
  v8::Local<v8::Array> names;
  auto context = info.GetIsolate()->GetCurrentContext();
  if (globals
          ->GetPropertyNames(context, v8::KeyCollectionMode::kIncludePrototypes, v8::ALL_PROPERTIES,
                             v8::IndexFilter::kIncludeIndices,
                             v8::KeyConversionMode::kConvertToString)
          .ToLocal(&names))
    info.GetReturnValue().Set(names);
}

void Define(v8::Local<v8::Name> name, const v8::PropertyDescriptor& descriptor,
            const v8::PropertyCallbackInfo<v8::Value>& info) {
  auto globals = GlobalsOf(info);
  if (globals.IsEmpty()) return;
  auto context = info.GetIsolate()->GetCurrentContext();
  // V8 takes it as not constant, and only reads it.
  auto& wanted = const_cast<v8::PropertyDescriptor&>(descriptor);
  if (globals->DefineProperty(context, name, wanted).FromMaybe(false))
    info.GetReturnValue().Set(v8::Undefined(info.GetIsolate()));
}

void Describe(v8::Local<v8::Name> name, const v8::PropertyCallbackInfo<v8::Value>& info) {
  auto globals = GlobalsOf(info);
  if (globals.IsEmpty()) return;
  auto context = info.GetIsolate()->GetCurrentContext();
  v8::Local<v8::Value> holder = globals;
  while (holder->IsObject()) {
    auto object = holder.As<v8::Object>();
    if (object->HasOwnProperty(context, name).FromMaybe(false)) {
      v8::Local<v8::Value> descriptor;
      if (object->GetOwnPropertyDescriptor(context, name).ToLocal(&descriptor))
        info.GetReturnValue().Set(descriptor);
      return;
    }
    holder = object->GetPrototype();
  }
}

}  // namespace

#if V8_MAJOR_VERSION == 10
PrototypeNotes::PrototypeNotes(v8::Isolate* isolate, v8::Local<v8::Context> context)
    : context_(context) {
  for (const char* name :
       {"Array", "Map", "Object", "Promise", "RegExp", "Set", "String", "WeakMap", "WeakSet"}) {
    v8::Local<v8::Value> constructor, prototype;
    if (!context->Global()->Get(context, Literal(isolate, name)).ToLocal(&constructor) ||
        !constructor->IsObject() ||
        !constructor.As<v8::Object>()
             ->Get(context, Literal(isolate, "prototype"))
             .ToLocal(&prototype) ||
        !prototype->IsObject())
      continue;
    auto object = prototype.As<v8::Object>();
    for (std::size_t at = 0; (at = FindWord(context, *WordsOf(object), at)) != 0;)
      notes_.push_back({at, object});
  }
}

void PrototypeNotes::Follow() const {
  for (const Note& note : notes_) WordsOf(context_)[note.word] = *WordsOf(note.prototype);
}
#else
PrototypeNotes::PrototypeNotes(v8::Isolate*, v8::Local<v8::Context> context) : context_(context) {}
void PrototypeNotes::Follow() const {}
#endif

bool CanShareContexts() {
  static const bool can = TryQueues();
  return can;
}

v8::Local<v8::Context> SharedContext::NewPattern(v8::Isolate* isolate) {
  auto global = v8::ObjectTemplate::New(isolate);
  // Non-masking: what the language has is read as fast as without.
  global->SetHandler(v8::NamedPropertyHandlerConfiguration(Read, Write, Query, Delete, Names,
                                                           Define, Describe, v8::Local<v8::Value>(),
                                                           v8::PropertyHandlerFlags::kNonMasking));
  auto context = v8::Context::New(isolate, nullptr, global);
  if (!context.IsEmpty()) context->SetAlignedPointerInEmbedderData(kCompartmentSlot, nullptr);
  return context;
}

void SharedContext::AddReferences(std::vector<std::intptr_t>& all) {
  const auto add = [&](auto* function) {
    all.push_back(reinterpret_cast<std::intptr_t>(function));
  };
  add(Read);
  add(Write);
  add(Query);
  add(Delete);
  add(Names);
  add(Define);
  add(Describe);
  // Of V8's own, those of module namespaces, which are in no snapshot otherwise.
  for (const char* name :
       {"_ZN2v88internal9Accessors26ModuleNamespaceEntryGetterENS_5LocalINS_4NameEEERKNS_"
        "20PropertyCallbackInfoINS_5ValueEEE",
        "_ZN2v88internal9Accessors26ModuleNamespaceEntrySetterENS_5LocalINS_4NameEEENS2_INS_"
        "5ValueEEERKNS_20PropertyCallbackInfoINS_7BooleanEEE"}) {
    if (void* const found = dlsym(RTLD_DEFAULT, name); found != nullptr)
      all.push_back(reinterpret_cast<std::intptr_t>(found));
  }
}

SharedContext::SharedContext(v8::Isolate* isolate, const Snapshot& snapshot)
    : isolate_(isolate), idle_(v8::MicrotaskQueue::New(isolate, v8::MicrotasksPolicy::kExplicit)) {
  const v8::HandleScope scope(isolate);
  v8::Local<v8::Context> context;
  const v8::DeserializeInternalFieldsCallback none;
  const auto copied = v8::Context::FromSnapshot(isolate, 0, none, nullptr, {}, idle_.get());
  LOADCTL_CHECK(copied.ToLocal(&context), "the snapshot is the isolate's");
  context_.Reset(isolate, context);
  std::size_t at = 0;
  for (const std::string& specifier : snapshot.faces()) {
    v8::Local<v8::Module> module;
    LOADCTL_CHECK(context->GetDataFromSnapshotOnce<v8::Module>(at++).ToLocal(&module),
                  "a snapshot has its faces");
    faces_.push_back({specifier, v8::Global<v8::Module>(isolate, module)});
  }
  v8::Local<v8::Array> attached;
  LOADCTL_CHECK(context->GetDataFromSnapshotOnce<v8::Array>(at++).ToLocal(&attached),
                "a snapshot has its list");
  for (std::uint32_t i = 0; i < attached->Length(); ++i) {
    v8::Local<v8::Value> function;
    if (attached->Get(context, i).ToLocal(&function))
      attached_.emplace_back(isolate, function.As<v8::Function>());
  }
  v8::Local<v8::Object> defaults;
  LOADCTL_CHECK(context->GetDataFromSnapshotOnce<v8::Object>(at).ToLocal(&defaults),
                "a snapshot for compartments has their globals");
  defaults_.Reset(isolate, defaults);
}

SharedContext::~SharedContext() = default;

void SharedContext::Join(Compartment& one) {
  const v8::HandleScope scope(isolate_);
  auto context = this->context();
  const v8::Context::Scope context_scope(context);
  if (free_places_.empty()) {
    one.place = next_place_++;
  } else {
    one.place = free_places_.back();
    free_places_.pop_back();
  }
  one.in = this;
  one.globals.Reset(isolate_,
                    v8::Object::New(isolate_, defaults_.Get(isolate_), nullptr, nullptr, 0));
  Enter(one);
  // The first one's call freezes what is not yet.
  const PrototypeNotes notes(isolate_, context);
  for (const auto& function : attached_) {
    // Empty: the VU is being ended, which the caller finds out by itself.
    if (function.Get(isolate_)->Call(context, v8::Undefined(isolate_), 0, nullptr).IsEmpty())
      return;
  }
  notes.Follow();
}

void SharedContext::Enter(const Compartment& one) {
  const v8::HandleScope scope(isolate_);
  auto context = this->context();
  SetQueue(context, one.microtasks);
  Realm::SetOwner(context, one.host, one.realm);
  context->SetAlignedPointerInEmbedderData(kCompartmentSlot, const_cast<Compartment*>(&one));
  if (place_) *static_cast<std::int32_t*>(place_->Data()) = one.place;
}

void SharedContext::Leave(Compartment& one) {
  const v8::HandleScope scope(isolate_);
  auto context = this->context();
  const v8::Context::Scope context_scope(context);
  if (!forget_.IsEmpty()) {
    v8::Local<v8::Value> place = v8::Integer::New(isolate_, one.place);
    const v8::TryCatch caught(isolate_);
    const auto done = forget_.Get(isolate_)->Call(context, v8::Undefined(isolate_), 1, &place);
    if (!done.IsEmpty()) free_places_.push_back(one.place);
  }
  one.globals.Reset();
  SetQueue(context, idle_.get());
  Realm::SetOwner(context, nullptr, nullptr);
  context->SetAlignedPointerInEmbedderData(kCompartmentSlot, nullptr);
}

v8::MaybeLocal<v8::Module> SharedContext::Face(std::string_view specifier) const {
  for (const auto& face : faces_) {
    if (face.specifier == specifier) return face.module.Get(isolate_);
  }
  return {};
}

void SharedContext::SetPlace(v8::Local<v8::Int32Array> place, v8::Local<v8::Function> forget) {
  place_ = place->Buffer()->GetBackingStore();
  forget_.Reset(isolate_, forget);
  auto context = this->context();
  const auto* one =
      static_cast<const Compartment*>(context->GetAlignedPointerFromEmbedderData(kCompartmentSlot));
  if (one != nullptr) *static_cast<std::int32_t*>(place_->Data()) = one->place;
}

}  // namespace loadctl::js
