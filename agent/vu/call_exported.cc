// Calling exported functions outside iterations: setup(), teardown(), handleSummary().
#include <chrono>
#include <utility>

#include "agent/js/call_info.h"
#include "agent/vu/clock.h"
#include "agent/vu/vu_js.h"

namespace loadctl::vu {

WorkResult Vu::CallExported(const std::string& function,
                            const std::vector<std::optional<std::string>>& json_arguments,
                            const std::function<void(WorkResult&, void* value)>& use) {
  WorkResult result;
  const v8::HandleScope scope(js_->isolate);
  if (escape_.Try([&] { result = CallInContext(function, json_arguments, use); })) return result;
  result = AfterEscape();
  hooks_.End();
  tags_.LeaveGroups();
  if (cut_.reason().empty()) return result;
  result.kind = WorkResult::Kind::kException;
  result.error = cut_.TakeReason() + "\n";
  return result;
}

// `use` gets the returned value (a v8::Local<v8::Value>*) while its handle is valid.
WorkResult Vu::CallInContext(const std::string& function,
                             const std::vector<std::optional<std::string>>& json_arguments,
                             const std::function<void(WorkResult&, void* value)>& use) {
  const v8::HandleScope scope(js_->isolate);
  auto context = js_->context();
  const v8::Context::Scope context_scope(context);
  tags_.NameIteration(0);
  hooks_.Begin();
  v8::Local<v8::Value> value;
  WorkResult result = js_->Run(
      [&]() -> v8::MaybeLocal<v8::Value> {
        v8::Local<v8::Function> exported;
        if (!js_->ExportedFunction(function).ToLocal(&exported)) return {};
        std::vector<v8::Local<v8::Value>> arguments;
        for (const auto& json : json_arguments) {
          v8::Local<v8::Value> argument = v8::Undefined(js_->isolate);
          v8::Local<v8::String> text;
          if (json && (!js::MakeString(js_->isolate, *json).ToLocal(&text) ||
                       !v8::JSON::Parse(context, text).ToLocal(&argument)))
            return {};
          arguments.push_back(argument);
        }
        return exported->Call(context, v8::Undefined(js_->isolate),
                              static_cast<int>(arguments.size()), arguments.data());
      },
      &value);
  hooks_.End();
  if (result.kind == WorkResult::Kind::kInterrupted && !cut_.reason().empty()) {
    result.kind = WorkResult::Kind::kException;
    result.error = cut_.TakeReason() + "\n";
  }
  if (recorder() != nullptr && execution_.phase() != Phase::kSummary) samples_.EmitData(WallNow());
  tags_.LeaveGroups();
  if (result.kind == WorkResult::Kind::kComplete && !value.IsEmpty()) use(result, &value);
  return result;
}

WorkResult Vu::CallForJson(const std::string& function,
                           const std::vector<std::optional<std::string>>& json_arguments) {
  return CallExported(function, json_arguments, [&](WorkResult& result, void* returned) {
    auto value = *static_cast<v8::Local<v8::Value>*>(returned);
    if (value->IsUndefined()) return;
    const v8::TryCatch caught(js_->isolate);
    v8::Local<v8::Value> json;
    js_->MakeToJson();
    if (!js_->to_json.Get(js_->isolate)
             ->Call(js_->context(), v8::Undefined(js_->isolate), 1, &value)
             .ToLocal(&json)) {
      result.kind = WorkResult::Kind::kBadResult;
      result.error = "error marshaling " + function + "() data to JSON: " +
                     (caught.HasCaught() ? js::ToUtf8(js_->isolate, caught.Exception()) : "?");
      return;
    }
    if (json->IsString()) result.json = js::ToUtf8(js_->isolate, json);
  });
}

WorkResult Vu::CallForFiles(const std::string& function, const std::string& json_argument,
                            std::vector<std::pair<std::string, std::string>>& files) {
  return CallExported(function, {json_argument}, [&](WorkResult& result, void* returned) {
    auto value = *static_cast<v8::Local<v8::Value>*>(returned);
    auto context = js_->context();
    if (value->IsNullOrUndefined()) {
      result.error = "falsy";
      return;
    }
    const auto fail = [&](std::string text) {
      result.kind = WorkResult::Kind::kException;
      result.error = std::move(text);
    };
    v8::Local<v8::Array> keys;
    if (!value->IsObject() || !value.As<v8::Object>()->GetOwnPropertyNames(context).ToLocal(&keys))
      return fail("handleSummary() should return a map with string keys");
    for (std::uint32_t i = 0; i < keys->Length(); ++i) {
      v8::Local<v8::Value> key, content;
      if (!keys->Get(context, i).ToLocal(&key) ||
          !value.As<v8::Object>()->Get(context, key).ToLocal(&content))
        return fail("handleSummary() should return a map with string keys");
      const std::string path = js::ToUtf8(js_->isolate, key);
      const js::Scope scope = this->scope();
      const js::Value given = js::Handles::Wrap(content);
      // As Go's []byte: other arrays of numbers are not bytes.
      if (content->IsArrayBuffer() || content->IsUint8Array() || content->IsUint8ClampedArray()) {
        files.emplace_back(path, std::string(scope.Bytes(given)));
      } else if (content->IsString()) {
        files.emplace_back(path, js::ToRawText(js_->isolate, content.As<v8::String>()));
      } else {
        return fail("error handling summary object " + path +
                    ": invalid type, it needs to be a string or ArrayBuffer");
      }
    }
  });
}

}  // namespace loadctl::vu
