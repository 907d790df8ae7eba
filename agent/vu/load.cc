// Loading the script into a VU: context, globals, modules, and what the script exports.
#include <algorithm>
#include <utility>

#include "agent/js/call_info.h"
#include "agent/js/compartments.h"
#include "agent/vu/vu_js.h"

namespace loadctl::vu {
namespace {

// What k6 makes of values that leave a script: Go's JSON of what they hold, which has neither
// functions nor NaN and no undefined. No toJSON() is asked; maps are lists of pairs, sets lists,
// bytes base64. Methods of objects that a class made are left out, which answers of k6/http need.
constexpr const char* kToJson = R"js((function (value) {
  const above = new Set();
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const base64 = (bytes) => {
    let text = '';
    for (let i = 0; i < bytes.length; i += 3) {
      const three = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
      for (let j = 0; j < 4; ++j)
        text += i + j > bytes.length ? '=' : digits[(three >> (18 - 6 * j)) & 63];
    }
    return text;
  };
  const quote = (text) => {
    const quoted = JSON.stringify(text);
    return quoted.includes('\\ud') ? JSON.stringify(text.replace(/\p{Cs}/gu, '\ufffd')) : quoted;
  };
  const list = (parts) => {
    const texts = [];
    for (let i = 0; i < parts.length; ++i) texts.push(write(String(i), parts[i]));
    return `[${texts.join()}]`;
  };
  const members = (part) => {
    const prototype = Object.getPrototypeOf(part);
    const plain = prototype === null || prototype === Object.prototype;
    const texts = [];
    for (const key of Object.keys(part)) {
      const member = part[key];
      if (plain || typeof member !== 'function') texts.push(`${quote(key)}:${write(key, member)}`);
    }
    return `{${texts.join()}}`;
  };
  const object = (part) => {
    if (Array.isArray(part)) return list(part);
    if (part instanceof Date)
      return isNaN(part) ? 'null' : `"${part.toISOString().replace(/\.?0+Z$/, 'Z')}"`;
    if (part instanceof Map || part instanceof Set) return list([...part]);
    if (part instanceof Uint8Array || part instanceof Uint8ClampedArray)
      return `"${base64(part)}"`;
    if (ArrayBuffer.isView(part) && !(part instanceof DataView))
      return list(Array.from(part, Number));
    return members(part);
  };
  const refuse = (why, key) => {
    throw `json: unsupported ${why}${key === '' ? '' : ` (of "${key}")`}`;
  };
  const write = (key, part) => {
    if (part instanceof Number || part instanceof Boolean || part instanceof String)
      part = part.valueOf();
    if (typeof part === 'function' || typeof part === 'symbol' || typeof part === 'bigint')
      refuse(`type: ${typeof part}`, key);
    if (typeof part === 'number' && !Number.isFinite(part))
      refuse(`value: ${part > 0 ? '+Inf' : part < 0 ? '-Inf' : 'NaN'}`, key);
    if (typeof part === 'string') return quote(part);
    if (part === undefined || part === null) return 'null';
    if (typeof part !== 'object') return JSON.stringify(part);
    if (above.has(part)) refuse('value: a circular structure', key);
    above.add(part);
    const text = object(part);
    above.delete(part);
    return text;
  };
  return write('', value);
}))js";

constexpr char kGlobals[] = "k6/globals";

// Faces that know their state apart for each VU (perVu() of loadctl:prelude); of others each
// compartment has an instance.
constexpr std::string_view kShared[] = {"k6", "k6/http", "k6/metrics"};

// What only a context of one's own has: where a file says one of these, VUs are no compartments.
// The language's objects are frozen in a shared context; these would not be told apart, or would
// fail without a word.
constexpr std::string_view kNeedContext[] = {"WebAssembly",       "eval(",    "eval)",
                                             "stackTraceLimit",   "RegExp.$", "RegExp[",
                                             "prepareStackTrace", "lastMatch"};

std::vector<js::BuiltinModule> BuiltinsOf(const Program& program) {
  std::vector<js::BuiltinModule> builtins;
  builtins.reserve(program.modules.size());
  for (const auto& def : program.modules)
    builtins.push_back({def.specifier, def.face, def.natives});
  return builtins;
}

std::string NameForDebuggers(const plan::VuNumbers& numbers) {
  if (numbers.in_test == 0) return "VU of setup(), teardown() or handleSummary()";
  return "VU " + std::to_string(numbers.in_test);
}

}  // namespace

void NoteNames(Program& program, const std::map<std::string, std::string>& files) {
  const auto named = [&](const std::string& text) {
    return std::any_of(files.begin(), files.end(), [&](const auto& file) {
      return file.second.find(text) != std::string::npos;
    });
  };
  program.names_env = named("__ENV");
  program.names_web_assembly = named("WebAssembly");
  for (const std::string_view word : kNeedContext) {
    if (named(std::string(word))) program.needs_context = word;
  }
  for (const auto& module : program.modules) {
    const std::string name(module.specifier);
    if (named('\'' + name + '\'') || named('"' + name + '"')) program.named_modules.push_back(name);
  }
}

void MakeSnapshot(Program& program) {
  std::vector<std::string> faces = {kGlobals};
  faces.insert(faces.end(), program.named_modules.begin(), program.named_modules.end());
  program.snapshot = js::Snapshot::Make(BuiltinsOf(program), faces, *program.code);
}

bool MakeSharedSnapshot(Program& program) {
  const bool can =
      std::any_of(program.modules.begin(), program.modules.end(),
                  [](const auto& module) { return module.specifier == "loadctl:lockdown"; });
  if (!can || !program.needs_context.empty() || !js::CanShareContexts()) return false;
  std::vector<std::string> faces = {kGlobals};
  for (const std::string& name : program.named_modules) {
    if (std::find(std::begin(kShared), std::end(kShared), name) != std::end(kShared))
      faces.push_back(name);
  }
  program.snapshot = js::Snapshot::Make(BuiltinsOf(program), faces, *program.code,
                                        js::Snapshot::For::kCompartments);
  return program.snapshot != nullptr;
}

void Vu::Js::CompileHelper(const char* source, v8::Global<v8::Function>& into) {
  v8::Local<v8::Script> script;
  v8::Local<v8::Value> function;
  if (v8::Script::Compile(context(), js::Literal(isolate, source)).ToLocal(&script) &&
      script->Run(context()).ToLocal(&function))
    into.Reset(isolate, function.As<v8::Function>());
}

void Vu::Js::MakeToJson() {
  if (to_json.IsEmpty()) CompileHelper(kToJson, to_json);
}

Result<void> Vu::Js::Load() {
  microtasks = v8::MicrotaskQueue::New(isolate, v8::MicrotasksPolicy::kExplicit);
  const js::Snapshot* snapshot = vu.group_->isolate().snapshot();
  js::ContextOptions made{snapshot, vu.program_.names_web_assembly};
  made.shared = vu.group_->shared_context();
  if (vu.group_->inspector() != nullptr) made.authors_text = vu.program_.load_file;
  realm = std::make_unique<js::Realm>(isolate, microtasks.get(), &vu, BuiltinsOf(vu.program_),
                                      vu.program_.sources, *vu.program_.code, std::move(made));
  const v8::HandleScope scope(isolate);
  auto context = realm->context();
  const v8::Context::Scope context_scope(context);
  js::Inspector* const inspector = vu.group_->inspector();
  if (inspector != nullptr) inspector->Show(context, NameForDebuggers(vu.numbers()));
  CompileHelper("(function () {})", nothing);
  SetGlobal(js::Literal(isolate, "__VU"),
            v8::Number::New(isolate, static_cast<double>(vu.numbers().in_instance)));
  ShowEnv();

  std::vector<std::string> urls = {vu.program_.main_url};
  if (snapshot == nullptr) urls.insert(urls.begin(), kGlobals);
  for (const std::string& url : urls) {
    if (inspector != nullptr && url == vu.program_.main_url) inspector->AwaitClient(url);
    v8::Local<v8::Promise> promise;
    WorkResult result = Run(
        [&]() -> v8::MaybeLocal<v8::Value> {
          auto evaluated = realm->Evaluate(url);
          if (evaluated.ToLocal(&promise)) return promise;
          return {};
        },
        nullptr);
    if (!realm->import_error().empty()) return Fail(ErrorCode::kScript, realm->import_error());
    if (result.kind == WorkResult::Kind::kInterrupted) {
      return Fail(ErrorCode::kScript,
                  vu.cut_.reason().empty()
                      ? "the init code of " + url + " did not end in time, or was aborted"
                      : "the init code of " + url + ": " + vu.cut_.reason());
    }
    if (result.kind == WorkResult::Kind::kException) {
      std::string text = std::move(result.error);
      constexpr std::string_view kPrefix = "Uncaught (in promise) ";
      if (text.rfind(kPrefix, 0) == 0) text.erase(0, kPrefix.size());
      return Fail(ErrorCode::kScript, std::move(text));
    }
  }
  v8::Local<v8::Object> exported;
  if (realm->Exports(vu.program_.main_url).ToLocal(&exported)) exports.Reset(isolate, exported);
  realm->EndInit();
  WriteOptionsBack();
  stale = false;
  return {};
}

// As k6 does for each VU, so that a script can read what flags and variables have set. What cannot
// be set, as in a frozen object, stays the script's.
void Vu::Js::WriteOptionsBack() {
  const std::string& written = vu.program_.written_options;
  if (written.empty() || exports.IsEmpty()) return;
  const v8::TryCatch caught(isolate);
  v8::Local<v8::Value> own, parsed;
  v8::Local<v8::String> text;
  v8::Local<v8::Array> keys;
  if (!exports.Get(isolate)->Get(context(), js::Literal(isolate, "options")).ToLocal(&own) ||
      !own->IsObject() || !js::MakeString(isolate, written).ToLocal(&text) ||
      !v8::JSON::Parse(context(), text).ToLocal(&parsed) || !parsed->IsObject())
    return;
  auto from = parsed.As<v8::Object>();
  if (!from->GetOwnPropertyNames(context()).ToLocal(&keys)) return;
  for (std::uint32_t i = 0; i < keys->Length(); ++i) {
    v8::Local<v8::Value> key, value;
    if (!keys->Get(context(), i).ToLocal(&key) || !from->Get(context(), key).ToLocal(&value))
      return;
    own.As<v8::Object>()->Set(context(), key, value).FromMaybe(false);
  }
}

void Vu::Js::Close() {
  exec.Reset();
  nothing.Reset();
  to_json.Reset();
  exports.Reset();
  setup_data.Reset();
  setup_parsed = false;
  iteration_shown = false;
  iter_instead.Reset();
  vu.events().ForgetDispatchers();
  rejections.clear();
  if (js::Inspector* inspector = vu.group_->inspector(); inspector != nullptr && realm) {
    const v8::HandleScope scope(isolate);
    inspector->Hide(context());
  }
  realm.reset();
  vu.DropStates();
  microtasks.reset();
}

void Vu::Js::SetGlobal(v8::Local<v8::String> name, v8::Local<v8::Value> value) {
  realm->globals()->Set(realm->context(), name, value).FromMaybe(false);
}

void Vu::Js::ShowIteration() {
  if (!iter_instead.IsEmpty()) iter_instead.Reset();
  if (std::exchange(iteration_shown, true)) return;
  realm->globals()
      ->SetNativeDataProperty(
          context(), js::Literal(isolate, "__ITER"),
          [](v8::Local<v8::Name>, const v8::PropertyCallbackInfo<v8::Value>& info) {
            const Js& js = JsOf(info.GetIsolate());
            if (js.iter_instead.IsEmpty()) {
              info.GetReturnValue().Set(static_cast<double>(js.vu.execution().iteration()));
            } else {
              info.GetReturnValue().Set(js.iter_instead);
            }
          },
          [](v8::Local<v8::Name>, v8::Local<v8::Value> value,
             const v8::PropertyCallbackInfo<void>& info) {
            JsOf(info.GetIsolate()).iter_instead.Reset(info.GetIsolate(), value);
          })
      .FromMaybe(false);
}

void Vu::Js::ShowEnv() {
  // V8 never learns to read a property fast that was first read while its value was to be made.
  if (vu.program_.names_env) return SetGlobal(js::Literal(isolate, "__ENV"), MakeEnv());
  realm->globals()
      ->SetLazyDataProperty(
          context(), js::Literal(isolate, "__ENV"),
          [](v8::Local<v8::Name>, const v8::PropertyCallbackInfo<v8::Value>& info) {
            info.GetReturnValue().Set(JsOf(info.GetIsolate()).MakeEnv());
          })
      .FromMaybe(false);
}

v8::Local<v8::Object> Vu::Js::MakeEnv() {
  auto env = v8::Object::New(isolate);
  const auto add = [&](const metrics::TagMap& values) {
    for (const auto& [name, value] : values) {
      v8::Local<v8::String> key, text;
      if (js::MakeString(isolate, name).ToLocal(&key) &&
          js::MakeString(isolate, value).ToLocal(&text))
        env->Set(context(), key, text).FromMaybe(false);
    }
  };
  add(vu.program_.env);
  if (const auto* scenario = vu.execution().scenario()) add(scenario->env);
  return env;
}

v8::MaybeLocal<v8::Function> Vu::Js::ExportedFunction(const std::string& name) {
  v8::Local<v8::Value> value;
  if (exports.IsEmpty() ||
      !exports.Get(isolate)->Get(context(), js::Literal(isolate, name)).ToLocal(&value) ||
      !value->IsFunction())
    return {};
  return value.As<v8::Function>();
}

void Vu::Js::TakeExec() {
  exec.Reset();
  v8::Local<v8::Function> function;
  if (ExportedFunction(vu.execution().scenario()->exec).ToLocal(&function))
    exec.Reset(isolate, function);
  ShowEnv();
}

v8::MaybeLocal<v8::Value> Vu::Js::CallExec() {
  if (exec.IsEmpty()) {
    isolate->ThrowException(js::MakeGoError(
        isolate, no_exec.empty()
                     ? "function '" + vu.execution().scenario()->exec + "' not found in exports"
                     : no_exec));
    return {};
  }
  if (!setup_parsed) {
    v8::Local<v8::Value> data = v8::Undefined(isolate);
    v8::Local<v8::String> text;
    if (setup_json && js::MakeString(isolate, *setup_json).ToLocal(&text) &&
        !v8::JSON::Parse(context(), text).ToLocal(&data))
      return {};
    setup_data.Reset(isolate, data);
    setup_parsed = true;
  }
  v8::Local<v8::Value> data = setup_data.Get(isolate);
  return exec.Get(isolate)->Call(context(), v8::Undefined(isolate), setup_json ? 1 : 0, &data);
}

void Vu::EnterCompartment() {
  if (js_ && js_->realm) js_->realm->Enter();
}

void Vu::EndScript() {
  js_->Terminate();
  if (js_->nothing.IsEmpty()) return;
  // V8 looks for a termination where a function begins; without this call, the script would run on
  // to its next function or loop, through `finally` blocks too.
  const v8::HandleScope scope(js_->isolate);
  auto context = js_->context();
  auto result = js_->nothing.Get(js_->isolate)->Call(context, context->Global(), 0, nullptr);
  (void)result;  // empty: terminated
}

std::string Vu::Js::Position() {
  auto trace = v8::StackTrace::CurrentStackTrace(isolate, 20);
  for (int i = 0; i < trace->GetFrameCount(); ++i) {
    auto frame = trace->GetFrame(isolate, static_cast<std::uint32_t>(i));
    const std::string url = js::ToUtf8(isolate, frame->GetScriptName());
    if (url.rfind("file://", 0) != 0) continue;
    const std::string function = js::ToUtf8(isolate, frame->GetFunctionName());
    const std::string where = realm->PlaceOf(url, frame->GetLineNumber(), frame->GetColumn());
    return " at " + (function.empty() ? where : function + " (" + where + ")");
  }
  return "";
}

std::vector<std::string> Vu::ExportedFunctions() {
  const v8::HandleScope scope(js_->isolate);
  auto context = js_->context();
  const v8::Context::Scope context_scope(context);
  std::vector<std::string> names;
  v8::Local<v8::Array> keys;
  if (!js_->exports.Get(js_->isolate)->GetOwnPropertyNames(context).ToLocal(&keys)) return names;
  for (std::uint32_t i = 0; i < keys->Length(); ++i) {
    v8::Local<v8::Value> key;
    if (!keys->Get(context, i).ToLocal(&key)) continue;
    std::string name = js::ToUtf8(js_->isolate, key);
    v8::Local<v8::Function> function;
    if (js_->ExportedFunction(name).ToLocal(&function)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::optional<std::string>> Vu::ExportAsJson(const std::string& name) {
  const v8::HandleScope scope(js_->isolate);
  auto context = js_->context();
  const v8::Context::Scope context_scope(context);
  const v8::TryCatch caught(js_->isolate);
  v8::Local<v8::Value> value;
  if (!js_->exports.Get(js_->isolate)
           ->Get(context, js::Literal(js_->isolate, name))
           .ToLocal(&value) ||
      value->IsUndefined())
    return std::optional<std::string>();
  js_->MakeToJson();
  v8::Local<v8::Value> json;
  if (!js_->to_json.Get(js_->isolate)
           ->Call(context, v8::Undefined(js_->isolate), 1, &value)
           .ToLocal(&json)) {
    // What Go's JSON refuses is thrown as a text; errors are the script's own.
    const bool refused = caught.HasCaught() && caught.Exception()->IsString();
    return Fail(refused ? ErrorCode::kGeneric : ErrorCode::kScript,
                "the exported `" + name + "` is no JSON value: " +
                    (caught.HasCaught() ? js::ToUtf8(js_->isolate, caught.Exception()) : ""));
  }
  return std::optional<std::string>(js::ToUtf8(js_->isolate, json));
}

}  // namespace loadctl::vu
