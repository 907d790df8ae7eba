#include "agent/js/snapshot.h"

#include <v8.h>

#include <utility>

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

}  // namespace

std::shared_ptr<const Snapshot> Snapshot::Make(const std::vector<BuiltinModule>& builtins,
                                               const std::vector<std::string>& faces,
                                               CodeCache& code) {
  if constexpr (!kTried) return nullptr;
  std::shared_ptr<Snapshot> made(new Snapshot);
  made->references_ = Realm::References(builtins);
  made->blob_ = std::make_unique<v8::StartupData>();
  *made->blob_ = MakeBlob(made->references(), [&](v8::SnapshotCreator& creator) {
    v8::Isolate* isolate = creator.GetIsolate();
    const v8::HandleScope scope(isolate);
    creator.SetDefaultContext(v8::Context::New(isolate));
    Realm realm(isolate, nullptr, nullptr, builtins, {}, code);
    const v8::Context::Scope context_scope(realm.context());
    RunFaces(realm, faces);
    made->faces_ = realm.StoreIn(creator);
  });
  return made->blob_->data == nullptr ? nullptr : made;
}

Snapshot::~Snapshot() {
  if (blob_) delete[] blob_->data;
}

}  // namespace loadctl::js
