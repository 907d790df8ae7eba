#include "agent/js/realm.h"

#include <algorithm>
#include <utility>

#include "agent/js/call_info.h"
#include "common/base/check.h"

namespace loadctl::js {
namespace {

constexpr int kHostSlot = 1;
constexpr int kRealmSlot = 2;

/// A source file's memory as V8 uses it in place; the bundle outlives every isolate.
class SourceInPlace final : public v8::String::ExternalOneByteStringResource {
 public:
  explicit SourceInPlace(std::string_view text) : text_(text) {}
  const char* data() const override { return text_.data(); }
  std::size_t length() const override { return text_.size(); }

 private:
  std::string_view text_;
};

std::string Normalize(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string part = path.substr(begin, end - begin);
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    begin = end + 1;
  }
  std::string out;
  for (const auto& part : parts) out += "/" + part;
  return out.empty() ? "/" : out;
}

v8::ScriptOrigin ModuleOrigin(v8::Isolate* isolate, const std::string& url) {
#if V8_MAJOR_VERSION >= 12
  return v8::ScriptOrigin(Literal(isolate, url), 0, 0, false, -1, v8::Local<v8::Value>(), false,
                          false, true);
#else
  return v8::ScriptOrigin(isolate, Literal(isolate, url), 0, 0, false, -1, v8::Local<v8::Value>(),
                          false, false, true);
#endif
}

bool OfTheUser(const std::string& url) {
  return url.rfind("file://", 0) == 0 || url.rfind("https://", 0) == 0;
}

std::string Frames(v8::Isolate* isolate, v8::Local<v8::StackTrace> trace) {
  std::string out;
  if (trace.IsEmpty()) return out;
  for (int i = 0; i < trace->GetFrameCount(); ++i) {
    auto frame = trace->GetFrame(isolate, static_cast<std::uint32_t>(i));
    const std::string url = ToUtf8(isolate, frame->GetScriptName());
    if (!OfTheUser(url)) continue;
    const std::string where = url + ":" + std::to_string(frame->GetLineNumber()) + ":" +
                              std::to_string(frame->GetColumn());
    const std::string function = ToUtf8(isolate, frame->GetFunctionName());
    out += function.empty() ? "\tat " + where + "\n" : "\tat " + function + " (" + where + ")\n";
  }
  return out;
}

}  // namespace

std::shared_ptr<const CodeCache::Entry> CodeCache::Find(std::string_view source) {
  const std::lock_guard lock(mutex_);
  auto& entry = entries_[source.data()];
  if (!entry) {
    auto made = std::make_shared<Entry>();
    made->ascii = std::all_of(source.begin(), source.end(),
                              [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    entry = std::move(made);
  }
  return entry;
}

void CodeCache::PutCode(std::string_view source, const std::uint8_t* data, std::size_t size) {
  const std::lock_guard lock(mutex_);
  auto& entry = entries_[source.data()];
  if (entry && entry->has_code) return;
  auto made = std::make_shared<Entry>();
  made->ascii = entry && entry->ascii;
  made->code.assign(data, data + size);
  made->has_code = true;
  entry = std::move(made);
}

Result<std::string> ResolveSpecifier(const std::string& specifier, const std::string& referrer) {
  if (specifier.rfind("file://", 0) == 0) return "file://" + Normalize(specifier.substr(7));
  if (specifier.rfind("https://", 0) == 0) {
    return Fail(ErrorCode::kScript, "importing \"" + specifier +
                                        "\": remote modules are not yet supported (see "
                                        "docs/compatibility.md, row \"https imports\")");
  }
  if (const auto colon = specifier.find("://"); colon != std::string::npos) {
    return Fail(ErrorCode::kScript, "only supported schemes for imports are file and https, " +
                                        specifier + " has `" + specifier.substr(0, colon) + "`");
  }
  if (specifier.rfind("/", 0) == 0) return "file://" + Normalize(specifier);
  if (specifier.rfind("./", 0) == 0 || specifier.rfind("../", 0) == 0) {
    std::string directory = referrer.rfind("file://", 0) == 0 ? referrer.substr(7) : "/";
    directory.resize(directory.rfind('/') + 1);
    return "file://" + Normalize(directory + specifier);
  }
  return Fail(ErrorCode::kScript, "The moduleSpecifier \"" + specifier +
                                      "\" couldn't be recognised as something k6 supports.");
}

// Static members of a friend, so that V8's plain function pointers reach the realm's inside.
struct RealmCallbacks {
  static Realm* Of(v8::Local<v8::Context> context) {
    return static_cast<Realm*>(context->GetAlignedPointerFromEmbedderData(kRealmSlot));
  }

  static v8::MaybeLocal<v8::Module> Resolve(v8::Local<v8::Context> context,
                                            v8::Local<v8::String> specifier,
                                            v8::Local<v8::FixedArray>,
                                            v8::Local<v8::Module> referrer) {
    Realm* realm = Of(context);
    const Realm::Loaded* from = realm->Find(referrer);
    return realm->Import(ToUtf8(realm->isolate_, specifier), from == nullptr ? "" : from->url);
  }

  static void Trampoline(const v8::FunctionCallbackInfo<v8::Value>& args) {
    const auto* bound = static_cast<const Realm::Bound*>(args.Data().As<v8::External>()->Value());
    Call::Info info{args, args.GetIsolate()};
    Call call(info);
    bound->invoke(bound->state, call);
  }

  static v8::MaybeLocal<v8::Value> FillNatives(v8::Local<v8::Context> context,
                                               v8::Local<v8::Module> module) {
    Realm* realm = Of(context);
    v8::Isolate* isolate = realm->isolate_;
    const Realm::Loaded* loaded = realm->Find(module);
    const BuiltinModule& builtin = *loaded->natives_of;
    void* state = builtin.state();
    auto bound = std::make_unique<std::vector<Realm::Bound>>();
    bound->reserve(builtin.natives.size());
    for (const auto& native : builtin.natives) {
      bound->push_back({native.invoke, state});
      v8::Local<v8::Function> function;
      if (!v8::Function::New(context, Trampoline, v8::External::New(isolate, &bound->back()), 0,
                             v8::ConstructorBehavior::kThrow)
               .ToLocal(&function))
        return {};
      if (module->SetSyntheticModuleExport(isolate, Literal(isolate, native.name), function)
              .IsNothing())
        return {};
    }
    realm->bound_.push_back(std::move(bound));
    auto resolver = v8::Promise::Resolver::New(context);
    v8::Local<v8::Promise::Resolver> made;
    if (!resolver.ToLocal(&made)) return {};
    if (made->Resolve(context, v8::Undefined(isolate)).IsNothing()) return {};
    return made->GetPromise();
  }
};

Realm::Realm(v8::Isolate* isolate, v8::MicrotaskQueue* microtasks, void* host,
             std::vector<BuiltinModule> builtins, LoadFile load_file, CodeCache& code)
    : isolate_(isolate),
      builtins_(std::move(builtins)),
      load_file_(std::move(load_file)),
      code_(code) {
  auto context = v8::Context::New(isolate, nullptr, v8::MaybeLocal<v8::ObjectTemplate>(),
                                  v8::MaybeLocal<v8::Value>(),
                                  v8::DeserializeInternalFieldsCallback(), microtasks);
  LOADCTL_CHECK(!context.IsEmpty(), "V8 could not make a context");
  context->SetAlignedPointerInEmbedderData(kHostSlot, host);
  context->SetAlignedPointerInEmbedderData(kRealmSlot, this);
  context_.Reset(isolate, context);
}

Realm::~Realm() = default;

void* Realm::HostOf(v8::Local<v8::Context> context) {
  return context->GetAlignedPointerFromEmbedderData(kHostSlot);
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

v8::MaybeLocal<v8::Module> Realm::FailImport(std::string text) {
  if (import_error_.empty()) import_error_ = text;
  v8::Local<v8::String> message;
  if (MakeString(isolate_, text).ToLocal(&message))
    isolate_->ThrowException(v8::Exception::Error(message));
  return {};
}

v8::MaybeLocal<v8::Module> Realm::Import(const std::string& specifier,
                                         const std::string& referrer) {
  for (const auto& builtin : builtins_) {
    const bool face = specifier == builtin.specifier;
    const bool natives =
        !face && !OfTheUser(referrer) && specifier == "loadctl:" + std::string(builtin.specifier);
    if (!face && !natives) continue;
    if (Loaded* loaded = Find(specifier)) return loaded->module.Get(isolate_);
    return face ? Compile(specifier, builtin.face) : MakeNatives(builtin, specifier);
  }
  if (specifier == "k6" || specifier.rfind("k6/", 0) == 0) {
    return FailImport("the module \"" + specifier +
                      "\" is not yet supported (see docs/compatibility.md, row \"" + specifier +
                      "\")");
  }
  auto url = ResolveSpecifier(specifier, referrer);
  if (!url) return FailImport(url.error().message);
  if (Loaded* loaded = Find(*url)) return loaded->module.Get(isolate_);
  auto source = load_file_(*url);
  if (!source) return FailImport(source.error().message);
  return Compile(*url, *source);
}

v8::MaybeLocal<v8::Module> Realm::Compile(const std::string& url, std::string_view source) {
  auto known = code_.Find(source);
  v8::MaybeLocal<v8::String> made;
  if (known->ascii && source.size() >= 1024) {
    made = v8::String::NewExternalOneByte(isolate_, new SourceInPlace(source));
  } else {
    made = MakeString(isolate_, source);
  }
  v8::Local<v8::String> text;
  if (!made.ToLocal(&text)) return FailImport(url + " is longer than V8 allows");
  auto* cached = known->has_code ? new v8::ScriptCompiler::CachedData(
                                       known->code.data(), static_cast<int>(known->code.size()),
                                       v8::ScriptCompiler::CachedData::BufferNotOwned)
                                 : nullptr;
  v8::ScriptCompiler::Source input(text, ModuleOrigin(isolate_, url), cached);
  v8::Local<v8::Module> module;
  if (!v8::ScriptCompiler::CompileModule(isolate_, &input,
                                         cached != nullptr ? v8::ScriptCompiler::kConsumeCodeCache
                                                           : v8::ScriptCompiler::kNoCompileOptions)
           .ToLocal(&module))
    return {};
  auto loaded = std::make_unique<Loaded>();
  loaded->module.Reset(isolate_, module);
  loaded->url = url;
  loaded->source = source;
  modules_.push_back(std::move(loaded));
  return module;
}

v8::MaybeLocal<v8::Module> Realm::MakeNatives(const BuiltinModule& builtin,
                                              const std::string& url) {
  std::vector<v8::Local<v8::String>> names;
  for (const auto& native : builtin.natives) names.push_back(Literal(isolate_, native.name));
  auto module = v8::Module::CreateSyntheticModule(isolate_, Literal(isolate_, url), names,
                                                  RealmCallbacks::FillNatives);
  auto loaded = std::make_unique<Loaded>();
  loaded->module.Reset(isolate_, module);
  loaded->url = url;
  loaded->natives_of = &builtin;
  modules_.push_back(std::move(loaded));
  return module;
}

v8::MaybeLocal<v8::Promise> Realm::Evaluate(const std::string& url) {
  v8::Local<v8::Module> module;
  if (!Import(url, "").ToLocal(&module)) return {};
  if (module->InstantiateModule(context(), RealmCallbacks::Resolve).IsNothing()) return {};
  v8::Local<v8::Value> result;
  if (!module->Evaluate(context()).ToLocal(&result)) return {};
  return result.As<v8::Promise>();
}

v8::Local<v8::Object> Realm::Exports(const std::string& url) {
  Loaded* loaded = Find(url);
  LOADCTL_CHECK(loaded != nullptr, "the module was evaluated");
  return loaded->module.Get(isolate_)->GetModuleNamespace().As<v8::Object>();
}

void Realm::SaveCode() {
  for (const auto& loaded : modules_) {
    if (loaded->natives_of != nullptr || code_.Find(loaded->source)->has_code) continue;
    auto script = loaded->module.Get(isolate_)->GetUnboundModuleScript();
    const std::unique_ptr<v8::ScriptCompiler::CachedData> data(
        v8::ScriptCompiler::CreateCodeCache(script));
    if (data) code_.PutCode(loaded->source, data->data, static_cast<std::size_t>(data->length));
  }
}

Exception Realm::Describe(const v8::TryCatch& caught) const {
  if (caught.HasTerminated()) return {"", true};
  return {DescribeValue(caught.Exception(), caught.Message()), false};
}

std::string Realm::DescribeValue(v8::Local<v8::Value> value, v8::Local<v8::Message> message) const {
  if (value.IsEmpty()) return "unknown error\n";
  const v8::TryCatch nested(isolate_);  // toString() of a thrown object may throw again
  auto trace = v8::Exception::GetStackTrace(value);
  if (trace.IsEmpty() && !message.IsEmpty()) trace = message->GetStackTrace();
  std::string text = ToUtf8(isolate_, value);
  std::string frames = Frames(isolate_, trace);
  if (frames.empty() && !message.IsEmpty()) {
    // Syntax errors have a place, but nothing was running there.
    const std::string url = ToUtf8(isolate_, message->GetScriptResourceName());
    if (OfTheUser(url)) {
      const int line = message->GetLineNumber(context()).FromMaybe(0);
      const int column = message->GetStartColumn(context()).FromMaybe(0) + 1;
      text = url + ": Line " + std::to_string(line) + ":" + std::to_string(column) + " " + text;
      return text;
    }
  }
  return text + "\n" + frames;
}

}  // namespace loadctl::js
