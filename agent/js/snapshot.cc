#include "agent/js/snapshot.h"

#include <v8.h>

#include <utility>

#include "agent/js/call_info.h"
#include "agent/js/engine.h"
#include "agent/js/realm.h"
#include "common/base/check.h"

namespace loadctl::js {
namespace {

// Versions with which it was tried; a context with modules in it is not what others keep.
constexpr bool kTried = V8_MAJOR_VERSION == 10;

void RunFaces(Realm& realm, const std::vector<std::string>& faces) {
  for (const std::string& face : faces) {
    v8::Local<v8::Promise> done;
    LOADCTL_CHECK(realm.Evaluate(face).ToLocal(&done) && done->State() == v8::Promise::kFulfilled,
                  "a face runs without a VU");
  }
}

/// Freezes all that compartments share, by a face: false with an exception pending.
bool LockDown(Realm& realm, v8::Isolate* isolate, const std::vector<std::string>& faces) {
  constexpr char kFace[] = "loadctl:lockdown";
  auto context = realm.context();
  std::vector<v8::Local<v8::Value>> given;
  for (const std::string& face : faces) {
    v8::Local<v8::Object> exports;
    if (!realm.Exports(face).ToLocal(&exports)) return false;
    given.push_back(exports);
  }
  RunFaces(realm, {kFace});
  v8::Local<v8::Object> exports;
  v8::Local<v8::Value> function, globals;
  if (!realm.Exports(kFace).ToLocal(&exports) ||
      !exports->Get(context, Literal(isolate, "lockDown")).ToLocal(&function))
    return false;
  const PrototypeNotes notes(isolate, context);
  v8::Local<v8::Value> list = v8::Array::New(isolate, given.data(), given.size());
  if (!function.As<v8::Function>()
           ->Call(context, v8::Undefined(isolate), 1, &list)
           .ToLocal(&globals))
    return false;
  notes.Follow();
  realm.SetDefaults(globals.As<v8::Object>());
  return true;
}

}  // namespace

std::shared_ptr<const Snapshot> Snapshot::Make(const std::vector<BuiltinModule>& builtins,
                                               const std::vector<std::string>& faces,
                                               CodeCache& code, For purpose) {
  if constexpr (!kTried) return nullptr;
  std::shared_ptr<Snapshot> made(new Snapshot);
  made->purpose_ = purpose;
  made->references_ = Realm::References(builtins);
  made->blob_ = std::make_unique<v8::StartupData>();
  *made->blob_ = MakeBlob(made->references(), [&](v8::SnapshotCreator& creator) {
    v8::Isolate* isolate = creator.GetIsolate();
    const v8::HandleScope scope(isolate);
    creator.SetDefaultContext(v8::Context::New(isolate));
    ContextOptions options;
    options.for_compartments = purpose == For::kCompartments;
    Realm realm(isolate, nullptr, nullptr, builtins, {}, code, options);
    const v8::Context::Scope context_scope(realm.context());
    RunFaces(realm, faces);
    if (options.for_compartments)
      LOADCTL_CHECK(LockDown(realm, isolate, faces), "the language's objects can be frozen");
    made->faces_ = realm.StoreIn(creator);
  });
  return made->blob_->data == nullptr ? nullptr : made;
}

Snapshot::~Snapshot() {
  if (blob_) delete[] blob_->data;
}

}  // namespace loadctl::js
