// Realms that share: what goes into a snapshot, what is taken from one, and views of shared faces.
#include <utility>

#include "agent/js/call_info.h"
#include "agent/js/realm.h"
#include "agent/js/v8_versions.h"
#include "common/base/check.h"

namespace loadctl::js {

std::vector<std::string> Realm::StoreIn(v8::SnapshotCreator& creator) {
  auto context = this->context();
  std::vector<std::string> faces;
  for (const auto& loaded : modules_) {
    if (!loaded->face) continue;
    creator.AddData(context, loaded->module.Get(isolate_));
    faces.push_back(loaded->url);
  }
  std::vector<v8::Local<v8::Value>> attached;
  attached.reserve(attached_.size());
  for (const auto& function : attached_) attached.push_back(function.Get(isolate_));
  creator.AddData(context, v8::Array::New(isolate_, attached.data(), attached.size()));
  if (!defaults_.IsEmpty()) creator.AddData(context, defaults_.Get(isolate_));
  SetOwner(context, nullptr, nullptr);
  creator.AddContext(context);
  return faces;
}

void Realm::TakeFrom(const Snapshot& snapshot, v8::Local<v8::Context> context) {
  std::size_t place = 0;
  for (const std::string& url : snapshot.faces()) {
    v8::Local<v8::Module> module;
    LOADCTL_CHECK(context->GetDataFromSnapshotOnce<v8::Module>(place++).ToLocal(&module),
                  "a snapshot has its faces");
    auto loaded = std::make_unique<Loaded>();
    loaded->module.Reset(isolate_, module);
    loaded->url = url;
    loaded->face = loaded->of_snapshot = true;
    Add(std::move(loaded));
  }
  v8::Local<v8::Array> attached;
  LOADCTL_CHECK(context->GetDataFromSnapshotOnce<v8::Array>(place).ToLocal(&attached),
                "a snapshot has its list");
  const v8::Context::Scope scope(context);
  for (std::uint32_t i = 0; i < attached->Length(); ++i) {
    v8::Local<v8::Value> function;
    const bool called =
        attached->Get(context, i).ToLocal(&function) &&
        !function.As<v8::Function>()->Call(context, v8::Undefined(isolate_), 0, nullptr).IsEmpty();
    // Empty: the VU is being ended, which the caller finds out by itself.
    if (!called) return;
  }
}

Realm::Loaded* Realm::MakeView(v8::Local<v8::Module> face, const std::string& specifier) {
  v8::Local<v8::Array> keys;
  if (!face->GetModuleNamespace().As<v8::Object>()->GetOwnPropertyNames(context()).ToLocal(&keys))
    return nullptr;
  std::vector<v8::Local<v8::String>> names;
  for (std::uint32_t i = 0; i < keys->Length(); ++i) {
    v8::Local<v8::Value> key;
    if (!keys->Get(context(), i).ToLocal(&key)) return nullptr;
    names.push_back(key.As<v8::String>());
  }
  auto loaded = std::make_unique<Loaded>();
  loaded->module.Reset(isolate_, NewSynthetic(isolate_, specifier, names, FillView));
  loaded->url = specifier;
  loaded->face = loaded->of_snapshot = true;
  loaded->view_of.Reset(isolate_, face);
  return Add(std::move(loaded));
}

v8::MaybeLocal<v8::Value> Realm::FillView(v8::Local<v8::Context> context,
                                          v8::Local<v8::Module> module) {
  auto* realm = static_cast<Realm*>(context->GetAlignedPointerFromEmbedderData(kRealmSlot));
  v8::Isolate* isolate = realm->isolate_;
  auto face = realm->Find(module)->view_of.Get(isolate)->GetModuleNamespace().As<v8::Object>();
  v8::Local<v8::Array> names;
  if (!face->GetOwnPropertyNames(context).ToLocal(&names)) return {};
  for (std::uint32_t i = 0; i < names->Length(); ++i) {
    v8::Local<v8::Value> name, value;
    if (!names->Get(context, i).ToLocal(&name) || !face->Get(context, name).ToLocal(&value))
      return {};
    if (value->IsObject() && !value->IsFunction() &&
        name.As<v8::String>()->StringEquals(Literal(isolate, "default")))
      value = value.As<v8::Object>()->Clone();
    if (module->SetSyntheticModuleExport(isolate, name.As<v8::String>(), value).IsNothing())
      return {};
  }
  v8::Local<v8::Promise::Resolver> done;
  if (!v8::Promise::Resolver::New(context).ToLocal(&done) ||
      done->Resolve(context, v8::Undefined(isolate)).IsNothing())
    return {};
  return done->GetPromise();
}

}  // namespace loadctl::js
