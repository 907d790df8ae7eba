// The files of a realm: finding, compiling and running ES modules, CommonJS files, faces, natives.
#include <algorithm>
#include <utility>

#include "agent/js/call_info.h"
#include "agent/js/realm.h"
#include "agent/js/v8_versions.h"
#include "common/base/check.h"

namespace loadctl::js {
namespace {

v8::MaybeLocal<v8::Promise> Resolved(v8::Isolate* isolate, v8::Local<v8::Context> context) {
  v8::Local<v8::Promise::Resolver> resolver;
  if (!v8::Promise::Resolver::New(context).ToLocal(&resolver)) return {};
  if (resolver->Resolve(context, v8::Undefined(isolate)).IsNothing()) return {};
  return resolver->GetPromise();
}

void ThrowGoError(v8::Isolate* isolate, std::string_view text) {
  isolate->ThrowException(MakeGoError(isolate, text));
}

/// What lies between `begin` and `end`, which it also removes; "" if they are not there.
std::string TakeBetween(std::string& text, std::string_view begin, std::string_view end) {
  const auto from = text.find(begin);
  if (from == std::string::npos) return "";
  const auto to = text.find(end, from + begin.size());
  if (to == std::string::npos) return "";
  std::string found = text.substr(from + begin.size(), to - from - begin.size());
  text.erase(0, to);
  return found;
}

/// Why a file could not be loaded, as k6 says it of a module: by the name that it was asked for.
std::string InWordsOfModules(std::string text, const std::string& url,
                             const std::string& specifier) {
  constexpr std::string_view kOpen = "open() can't be used with files";
  if (text.compare(0, kOpen.size(), kOpen) == 0) {
    return "the module \"" + specifier +
           "\" was not previously resolved during initialization (__VU==0)";
  }
  const std::string quoted = "\"" + url + "\"";
  if (const auto at = text.find(quoted); at != std::string::npos)
    text.replace(at, quoted.size(), "\"" + specifier + "\"");
  return text;
}

constexpr char kNotInInit[] =
    "the \"require\" function is only available in the init stage (i.e. the global scope), see "
    "https://grafana.com/docs/k6/latest/using-k6/test-lifecycle/ for more information";
constexpr char kEmptySpecifier[] = "require() can't be used with an empty specifier";

/// Under which names a CommonJS file can be imported: its exports' own, beside those asked for.
std::vector<std::string> NamesOf(v8::Local<v8::Context> context, v8::MaybeLocal<v8::Value> exported,
                                 std::vector<std::string> names) {
  names.emplace_back("default");
  v8::Local<v8::Value> exports;
  v8::Local<v8::Array> keys;
  if (!exported.ToLocal(&exports) || !exports->IsObject() ||
      !exports.As<v8::Object>()->GetOwnPropertyNames(context).ToLocal(&keys))
    return names;
  for (std::uint32_t i = 0; i < keys->Length(); ++i) {
    v8::Local<v8::Value> key;
    if (keys->Get(context, i).ToLocal(&key)) names.push_back(ToUtf8(context->GetIsolate(), key));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace

// Static members of a friend, so that V8's plain function pointers reach the realm's inside.
struct RealmCallbacks {
  using Arguments = v8::FunctionCallbackInfo<v8::Value>;

  static Realm* Of(v8::Local<v8::Context> context) {
    return static_cast<Realm*>(context->GetAlignedPointerFromEmbedderData(Realm::kRealmSlot));
  }

  static v8::MaybeLocal<v8::Module> Resolve(v8::Local<v8::Context> context,
                                            v8::Local<v8::String> specifier,
                                            v8::Local<v8::FixedArray>,
                                            v8::Local<v8::Module> referrer) {
    Realm* realm = Of(context);
    const Realm::Loaded* from = realm->Find(referrer);
    Realm::Loaded* found =
        realm->Get(ToUtf8(realm->isolate_, specifier), from == nullptr ? "" : from->url);
    if (found == nullptr) return {};
    return realm->ModuleOf(*found);
  }

  static v8::MaybeLocal<v8::Value> FillNatives(v8::Local<v8::Context> context,
                                               v8::Local<v8::Module> module) {
    Realm* realm = Of(context);
    v8::Isolate* isolate = realm->isolate_;
    for (const auto& native : realm->Find(module)->natives_of->natives) {
      v8::Local<v8::Value> value = v8::Number::New(isolate, native.number);
      if (native.function != nullptr) {
        v8::Local<v8::Function> function;
        if (!v8::Function::New(context, native.function, v8::Local<v8::Value>(), 0,
                               v8::ConstructorBehavior::kThrow)
                 .ToLocal(&function))
          return {};
        value = function;
      }
      if (!module->SetSyntheticModuleExport(isolate, Literal(isolate, native.name), value)
               .FromMaybe(false))
        return {};
    }
    v8::Local<v8::Promise> done;
    if (!Resolved(isolate, context).ToLocal(&done)) return {};
    return done;
  }

  static v8::MaybeLocal<v8::Value> FillCommonJs(v8::Local<v8::Context> context,
                                                v8::Local<v8::Module> module) {
    Realm* realm = Of(context);
    v8::Isolate* isolate = realm->isolate_;
    const Realm::Loaded& file = *realm->Find(module);
    v8::Local<v8::Value> exports;
    if (!realm->ExportsOf(file).ToLocal(&exports)) return {};
    auto default_name = Literal(isolate, "default");
    v8::Local<v8::Value> by_default = exports;
    if (exports->IsObject()) {
      auto object = exports.As<v8::Object>();
      for (const std::string& name : NamesOf(context, exports, file.common_js->wanted_names)) {
        auto key = Literal(isolate, name);
        v8::Local<v8::Value> value;
        if (!object->Get(context, key).ToLocal(&value)) return {};
        if (key->StringEquals(default_name)) {
          if (object->Has(context, key).FromMaybe(false)) by_default = value;
        } else if (module->SetSyntheticModuleExport(isolate, key, value).IsNothing()) {
          return {};
        }
      }
    }
    if (module->SetSyntheticModuleExport(isolate, default_name, by_default).IsNothing()) return {};
    v8::Local<v8::Promise> done;
    if (!Resolved(isolate, context).ToLocal(&done)) return {};
    return done;
  }

  // lazily(specifier): a face's exports, run now if they were not before.
  static void Lazily(const Arguments& args) {
    Realm* realm = Of(args.GetIsolate()->GetCurrentContext());
    Realm::Loaded* face = realm->Get(ToUtf8(args.GetIsolate(), args[0]), "");
    v8::Local<v8::Promise> done;
    if (face == nullptr || !realm->EvaluateModule(*face).ToLocal(&done)) return;
    args.GetReturnValue().Set(face->module.Get(args.GetIsolate())->GetModuleNamespace());
  }

  // attach(f): calls f once for each VU whose face this is: now, or when a context is made of the
  // snapshot that is being made.
  static void Attach(const Arguments& args) {
    v8::Isolate* isolate = args.GetIsolate();
    auto context = isolate->GetCurrentContext();
    auto function = args[0].As<v8::Function>();
    if (Realm::HostOf(context) == nullptr) {
      Of(context)->attached_.emplace_back(isolate, function);
      return;
    }
    const auto done = function->Call(context, v8::Undefined(isolate), 0, nullptr);
    static_cast<void>(done.IsEmpty());  // it has thrown into the face
  }

  // sharePlace(place, forget): where compartments are told apart (SharedContext); nothing
  // otherwise.
  static void SharePlace(const Arguments& args) {
    Realm* realm = Of(args.GetIsolate()->GetCurrentContext());
    SharedContext* shared = realm->compartment_.in;
    if (shared != nullptr)
      shared->SetPlace(args[0].As<v8::Int32Array>(), args[1].As<v8::Function>());
  }

  static void Require(const Arguments& args) {
    v8::Isolate* isolate = args.GetIsolate();
    Realm* realm = Of(isolate->GetCurrentContext());
    if (realm->init_ended_) return ThrowGoError(isolate, kNotInInit);
    const std::string specifier = args[0]->IsNullOrUndefined() ? "" : ToUtf8(isolate, args[0]);
    if (specifier.empty()) return ThrowGoError(isolate, kEmptySpecifier);
    v8::Local<v8::Value> exports;
    ++realm->requiring_;
    const bool ok = realm->Require(specifier, CallerUrl(isolate)).ToLocal(&exports);
    --realm->requiring_;
    if (ok) args.GetReturnValue().Set(exports);
  }

  // import.meta.resolve(specifier)
  static void ResolveUrl(const Arguments& args) {
    v8::Isolate* isolate = args.GetIsolate();
    const std::string specifier = args[0]->IsNullOrUndefined() ? "" : ToUtf8(isolate, args[0]);
    if (specifier.empty()) return ThrowGoError(isolate, kEmptySpecifier);
    v8::Local<v8::String> text;
    auto url =
        Of(isolate->GetCurrentContext())->sources_.resolve(specifier, ToUtf8(isolate, args.Data()));
    if (!url) return ThrowGoError(isolate, url.error().message);
    if (MakeString(isolate, *url).ToLocal(&text)) args.GetReturnValue().Set(text);
  }

  // The text of an error's `stack`, as V8 makes it, with the author's places.
  static v8::MaybeLocal<v8::Value> PrepareStack(v8::Local<v8::Context> context,
                                                v8::Local<v8::Value> error,
                                                v8::Local<v8::Array> sites) {
    const Realm* realm = Of(context);
    std::string text = ToUtf8(realm->isolate_, error);
    for (std::uint32_t i = 0; i < sites->Length(); ++i) {
      v8::Local<v8::Value> site;
      if (!sites->Get(context, i).ToLocal(&site)) return {};
      text += "\n    at " + realm->AuthorsPlace(ToUtf8(realm->isolate_, site));
    }
    v8::Local<v8::String> made;
    if (!MakeString(realm->isolate_, text).ToLocal(&made)) return {};
    return made;
  }

  // import(specifier): k6 has none, and says so by a rejection with this text.
  static v8::MaybeLocal<v8::Promise> ImportDynamically(v8::Local<v8::Context> context,
                                                       v8::Local<v8::Data>, v8::Local<v8::Value>,
                                                       v8::Local<v8::String>,
                                                       v8::Local<v8::FixedArray>) {
    v8::Local<v8::Promise::Resolver> resolver;
    if (!v8::Promise::Resolver::New(context).ToLocal(&resolver)) return {};
    auto text = Literal(context->GetIsolate(), "dynamic modules not enabled in the host program");
    if (resolver->Reject(context, text).IsNothing()) return {};
    return resolver->GetPromise();
  }

  static void FillImportMeta(v8::Local<v8::Context> context, v8::Local<v8::Module> module,
                             v8::Local<v8::Object> meta) {
    Realm* realm = Of(context);
    const Realm::Loaded* loaded = realm->Find(module);
    v8::Local<v8::Function> resolve;
    if (loaded == nullptr ||
        !v8::Function::New(context, ResolveUrl, Literal(realm->isolate_, loaded->url), 1,
                           v8::ConstructorBehavior::kThrow)
             .ToLocal(&resolve))
      return;
    meta->CreateDataProperty(context, Literal(realm->isolate_, "resolve"), resolve)
        .FromMaybe(false);
  }
};

void Lazily(const Call::Info& info) { RealmCallbacks::Lazily(info); }
void Attach(const Call::Info& info) { RealmCallbacks::Attach(info); }
void SharePlace(const Call::Info& info) { RealmCallbacks::SharePlace(info); }

void Realm::MapStacks() { isolate_->SetPrepareStackTraceCallback(RealmCallbacks::PrepareStack); }

void Realm::ListenToIsolate() {
  isolate_->SetHostInitializeImportMetaObjectCallback(RealmCallbacks::FillImportMeta);
  isolate_->SetHostImportModuleDynamicallyCallback(RealmCallbacks::ImportDynamically);
}

void InstallRequire(v8::Local<v8::Context> context) {
  v8::Local<v8::Function> require;
  if (!v8::Function::New(context, RealmCallbacks::Require, v8::Local<v8::Value>(), 1,
                         v8::ConstructorBehavior::kThrow)
           .ToLocal(&require))
    return;
  context->Global()
      ->Set(context, Literal(context->GetIsolate(), "require"), require)
      .FromMaybe(false);
}

// ---- snapshots

std::vector<std::intptr_t> Realm::References(const std::vector<BuiltinModule>& builtins) {
  const auto address = [](auto* function) { return reinterpret_cast<std::intptr_t>(function); };
  std::vector<std::intptr_t> all = {address(RealmCallbacks::FillNatives),
                                    address(RealmCallbacks::Require)};
  SharedContext::AddReferences(all);
  for (const auto& builtin : builtins) {
    for (const auto& native : builtin.natives) {
      if (native.function != nullptr) all.push_back(address(native.function));
    }
  }
  all.push_back(0);
  return all;
}

// ---- finding and compiling

Realm::Loaded* Realm::Add(std::unique_ptr<Loaded> loaded) {
  modules_.push_back(std::move(loaded));
  return modules_.back().get();
}

Realm::Loaded* Realm::Find(const std::string& url) {
  for (auto& loaded : modules_) {
    if (loaded->url == url) return loaded.get();
  }
  return nullptr;
}

const Realm::Loaded* Realm::Find(v8::Local<v8::Module> module) const {
  for (const auto& loaded : modules_) {
    if (loaded->module == module) return loaded.get();
  }
  return nullptr;
}

std::nullptr_t Realm::FailImport(std::string text) {
  if (requiring_ > 0) {
    ThrowGoError(isolate_, text);
    return nullptr;
  }
  if (import_error_.empty()) import_error_ = text;
  v8::Local<v8::String> message;
  if (MakeString(isolate_, text).ToLocal(&message))
    isolate_->ThrowException(v8::Exception::Error(message));
  return nullptr;
}

Realm::Loaded* Realm::Get(const std::string& specifier, const std::string& referrer) {
  constexpr std::string_view kOurs = "loadctl:";
  const bool by_user = OfTheUser(referrer);
  for (const auto& builtin : builtins_) {
    const bool hidden = builtin.specifier.substr(0, kOurs.size()) == kOurs;
    const bool face = specifier == builtin.specifier && !(hidden && by_user);
    const bool natives =
        !face && !by_user && specifier == std::string(kOurs) + std::string(builtin.specifier);
    if (!face && !natives) continue;
    if (Loaded* loaded = Find(specifier)) return loaded;
    v8::Local<v8::Module> shared;
    if (face && compartment_.in != nullptr && compartment_.in->Face(specifier).ToLocal(&shared))
      return MakeView(shared, specifier);
    return face ? Compile(specifier, {builtin.face, {}}, From::kFace)
                : MakeNatives(builtin, specifier);
  }
  if (specifier == "k6" || specifier.rfind("k6/", 0) == 0) {
    // Not for the script to catch: k6, too, ends a run whose script asked for what it has not.
    const int requiring = std::exchange(requiring_, 0);
    FailImport("the module \"" + specifier +
               "\" is not yet supported (see `loadctl help compat`, row \"" + specifier + "\")");
    requiring_ = requiring;
    return nullptr;
  }
  auto url = sources_.resolve(specifier, referrer);
  if (!url) return FailImport(url.error().message);
  if (Loaded* loaded = Find(*url)) return loaded;
  auto script = sources_.load(*url);
  if (!script) return FailImport(InWordsOfModules(script.error().message, *url, specifier));
  return Compile(*url, *script, From::kMayBeLowered);
}

Realm::Loaded* Realm::MakeNatives(const BuiltinModule& builtin, const std::string& url) {
  std::vector<v8::Local<v8::String>> names;
  for (const auto& native : builtin.natives) names.push_back(Literal(isolate_, native.name));
  auto module = NewSynthetic(isolate_, url, names, RealmCallbacks::FillNatives);
  auto loaded = std::make_unique<Loaded>();
  loaded->module.Reset(isolate_, module);
  loaded->url = url;
  loaded->natives_of = &builtin;
  return Add(std::move(loaded));
}

/// Calls `each` with what the module imports, in order, until it returns false.
template <typename Each>
bool Realm::ForEachImport(const Loaded& module, Each each) {
  auto requests = module.module.Get(isolate_)->GetModuleRequests();
  for (int i = 0; i < requests->Length(); ++i) {
    auto request = requests->Get(context(), i).As<v8::ModuleRequest>();
    Loaded* imported = Get(ToUtf8(isolate_, request->GetSpecifier()), module.url);
    if (imported == nullptr || !each(*imported)) return false;
  }
  return true;
}

bool Realm::LoadGraph(Loaded& from) {
  if (!OfTheUser(from.url) || from.common_js) return true;
  if (std::exchange(from.graph_loaded, true)) return true;
  return ForEachImport(from, [&](Loaded& imported) { return LoadGraph(imported); });
}

// ---- running

bool Realm::Prepare(Loaded& module, v8::Local<v8::Promise>& rejected) {
  if (!OfTheUser(module.url)) return true;
  if (module.common_js) return RunCommonJs(module);
  if (module.prepared != Prepared::kNot) return true;
  module.prepared = Prepared::kBegun;
  bool cyclic = false;
  const bool ok = ForEachImport(module, [&](Loaded& imported) {
    if (!Prepare(imported, rejected)) return false;
    if (imported.prepared == Prepared::kBegun || imported.prepared == Prepared::kCyclic) {
      cyclic = true;
      return true;
    }
    if (imported.prepared != Prepared::kDone) return true;
    v8::Local<v8::Promise> done;
    if (!EvaluateModule(imported).ToLocal(&done)) return false;
    if (done->State() != v8::Promise::kRejected) return true;
    rejected = done;
    return false;
  });
  module.prepared = cyclic ? Prepared::kCyclic : Prepared::kDone;
  return ok;
}

bool Realm::Link(Loaded& module) {
  for (;;) {
    v8::TryCatch caught(isolate_);
    if (module.module.Get(isolate_)
            ->InstantiateModule(context(), RealmCallbacks::Resolve)
            .FromMaybe(false))
      return true;
    if (caught.HasTerminated() || !AddMissingName(caught)) {
      caught.ReThrow();
      return false;
    }
  }
}

// What CommonJS does not export is undefined where it is imported, as in k6; V8 must be told that
// the name is there. True: it is now.
bool Realm::AddMissingName(const v8::TryCatch& caught) {
  if (!uses_common_js_ || caught.Message().IsEmpty()) return false;
  std::string text = ToUtf8(isolate_, caught.Exception());
  const std::string specifier = TakeBetween(text, "The requested module '", "' does not provide");
  const std::string name = TakeBetween(text, "an export named '", "'");
  auto url =
      sources_.resolve(specifier, ToUtf8(isolate_, caught.Message()->GetScriptResourceName()));
  Loaded* file = url ? Find(*url) : nullptr;
  if (file == nullptr || !file->common_js || name.empty()) return false;
  if (std::find(file->common_js->wanted_names.begin(), file->common_js->wanted_names.end(), name) !=
      file->common_js->wanted_names.end())
    return false;
  file->common_js->wanted_names.push_back(name);
  file->module.Reset();
  return true;
}

v8::MaybeLocal<v8::Promise> Realm::EvaluateModule(Loaded& module) {
  v8::Local<v8::Value> result;
  if (!Link(module) || !module.module.Get(isolate_)->Evaluate(context()).ToLocal(&result))
    return {};
  return result.As<v8::Promise>();
}

bool Realm::RunCommonJs(Loaded& file) {
  if (file.common_js->run == Run::kFailed)
    isolate_->ThrowException(file.common_js->thrown.Get(isolate_));
  if (file.common_js->run != Run::kNot) return file.common_js->run != Run::kFailed;
  file.common_js->run = Run::kBegun;
  auto module_object = v8::Object::New(isolate_);
  v8::Local<v8::Value> exports = v8::Object::New(isolate_);
  auto name = Literal(isolate_, "exports");
  module_object->Set(context(), name, exports).FromMaybe(false);
  file.common_js->module_object.Reset(isolate_, module_object);
  v8::TryCatch caught(isolate_);
  v8::Local<v8::Value> arguments[] = {module_object, exports};
  v8::Local<v8::Value> value;
  bool ok = file.common_js->body.Get(isolate_)
                ->Call(context(), exports, std::size(arguments), arguments)
                .ToLocal(&value) &&
            ExportsOf(file).ToLocal(&value);
  if (ok && value->IsNullOrUndefined()) {
    ThrowGoError(isolate_, "CommonJS's exports must not be null");
    ok = false;
  }
  file.common_js->run = ok ? Run::kDone : Run::kFailed;
  if (ok) return true;
  if (!caught.HasTerminated()) file.common_js->thrown.Reset(isolate_, caught.Exception());
  caught.ReThrow();
  return false;
}

v8::MaybeLocal<v8::Value> Realm::ExportsOf(const Loaded& file) {
  return file.common_js->module_object.Get(isolate_)->Get(context(), Literal(isolate_, "exports"));
}

v8::MaybeLocal<v8::Module> Realm::ModuleOf(Loaded& loaded) {
  if (!loaded.common_js || !loaded.module.IsEmpty()) return loaded.module.Get(isolate_);
  if (loaded.common_js->run == Run::kNot) {
    ThrowGoError(isolate_, loaded.url + " is CommonJS, and is imported in a circle");
    return {};
  }
  std::vector<v8::Local<v8::String>> names;
  for (const std::string& name :
       NamesOf(context(), ExportsOf(loaded), loaded.common_js->wanted_names))
    names.push_back(Literal(isolate_, name));
  auto module = NewSynthetic(isolate_, loaded.url, names, RealmCallbacks::FillCommonJs);
  loaded.module.Reset(isolate_, module);
  return module;
}

v8::MaybeLocal<v8::Promise> Realm::Evaluate(const std::string& url) {
  Loaded* main = Get(url, "");
  if (main == nullptr || !LoadGraph(*main)) return {};
  if (main->common_js) {
    if (!RunCommonJs(*main)) return {};
    return Resolved(isolate_, context());
  }
  v8::Local<v8::Promise> rejected;
  if (uses_common_js_ && !Prepare(*main, rejected))
    return rejected.IsEmpty() ? v8::MaybeLocal<v8::Promise>() : rejected;
  return EvaluateModule(*main);
}

v8::MaybeLocal<v8::Value> Realm::Require(const std::string& specifier,
                                         const std::string& referrer) {
  Loaded* loaded = Get(specifier, referrer);
  if (loaded == nullptr || !LoadGraph(*loaded)) return {};
  if (loaded->common_js) {
    if (!RunCommonJs(*loaded)) return {};
    return ExportsOf(*loaded);
  }
  v8::Local<v8::Promise> done;
  if (loaded->prepared == Prepared::kBegun) {
    ThrowGoError(isolate_, "require(\"" + specifier + "\"): it is importing the file that asks");
    return {};
  }
  if (!(uses_common_js_ && !Prepare(*loaded, done)) && !EvaluateModule(*loaded).ToLocal(&done))
    return {};
  if (done.IsEmpty()) return {};
  if (done->State() == v8::Promise::kRejected) {
    // It is for the caller to handle, as an exception.
    auto nothing = v8::Function::New(context(), [](const v8::FunctionCallbackInfo<v8::Value>&) {});
    v8::Local<v8::Function> handler;
    if (nothing.ToLocal(&handler) && !done->Catch(context(), handler).IsEmpty())
      isolate_->ThrowException(done->Result());
    return {};
  }
  auto exports = loaded->module.Get(isolate_)->GetModuleNamespace();
  if (!loaded->face) return exports;
  return exports.As<v8::Object>()->Get(context(), Literal(isolate_, "default"));
}

v8::MaybeLocal<v8::Object> Realm::Exports(const std::string& url) {
  Loaded* loaded = Find(url);
  LOADCTL_CHECK(loaded != nullptr, "the module was evaluated");
  if (!loaded->common_js)
    return loaded->module.Get(isolate_)->GetModuleNamespace().As<v8::Object>();
  v8::Local<v8::Value> exports;
  if (!ExportsOf(*loaded).ToLocal(&exports)) return {};
  return exports->ToObject(context());
}

void Realm::EndInit() {
  init_ended_ = true;
  for (const auto& loaded : modules_) {
    if (loaded->natives_of != nullptr || loaded->of_snapshot ||
        code_.Find(loaded->source)->has_code)
      continue;
    const std::unique_ptr<v8::ScriptCompiler::CachedData> data(
        !loaded->common_js ? v8::ScriptCompiler::CreateCodeCache(
                                 loaded->module.Get(isolate_)->GetUnboundModuleScript())
                           : v8::ScriptCompiler::CreateCodeCacheForFunction(
                                 loaded->common_js->body.Get(isolate_)));
    if (data) code_.PutCode(loaded->source, data->data, static_cast<std::size_t>(data->length));
  }
}

}  // namespace loadctl::js
