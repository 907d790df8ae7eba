#include "agent/js/value.h"

#include <array>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "agent/js/call_info.h"
#include "agent/js/raw_text.h"

namespace loadctl::js {
namespace {

v8::Local<v8::Value> Local(Value value) { return Handles::Unwrap(value); }

Value Wrap(v8::Local<v8::Value> value) { return Handles::Wrap(value); }

constexpr char kTextTooLong[] = "the text is longer than a string may be";

}  // namespace

v8::MaybeLocal<v8::String> MakeString(v8::Isolate* isolate, std::string_view text) {
  if (text.size() > static_cast<std::size_t>(v8::String::kMaxLength)) return {};
  const int size = static_cast<int>(text.size());
  if (IsAscii(text)) {
    return v8::String::NewFromOneByte(isolate, reinterpret_cast<const std::uint8_t*>(text.data()),
                                      v8::NewStringType::kNormal, size);
  }
  if (!IsUtf8(text)) return NewRawText(isolate, text);
  return v8::String::NewFromUtf8(isolate, text.data(), v8::NewStringType::kNormal, size);
}

v8::Local<v8::String> Literal(v8::Isolate* isolate, std::string_view text) {
  return v8::String::NewFromUtf8(isolate, text.data(), v8::NewStringType::kInternalized,
                                 static_cast<int>(text.size()))
      .ToLocalChecked();
}

std::string ToUtf8(v8::Isolate* isolate, v8::Local<v8::Value> value) {
  if (value.IsEmpty()) return "";
  v8::Local<v8::String> text;
  v8::TryCatch caught(isolate);  // of toString(): the text is "" then
  if (!value->ToString(isolate->GetCurrentContext()).ToLocal(&text)) return "";
  TextRoom room;
  return std::string(Scope(isolate).Text(Wrap(text), room));
}

std::string ToRawText(v8::Isolate* isolate, v8::Local<v8::String> string) {
  TextRoom room;
  return std::string(Scope(isolate).RawText(Wrap(string), room));
}

v8::Local<v8::Value> MakeGoError(v8::Isolate* isolate, std::string_view message) {
  return Local(Scope(isolate).Error(ErrorKind::kGoError, message));
}

std::string CallerUrl(v8::Isolate* isolate) {
  auto trace = v8::StackTrace::CurrentStackTrace(isolate, 20, v8::StackTrace::kScriptName);
  for (int i = 0; i < trace->GetFrameCount(); ++i) {
    std::string url =
        ToUtf8(isolate, trace->GetFrame(isolate, static_cast<std::uint32_t>(i))->GetScriptName());
    if (url.rfind("file://", 0) == 0) return url;
  }
  return "";
}

// ---- looking

bool Scope::IsNullish(Value value) const { return Local(value)->IsNullOrUndefined(); }
bool Scope::IsBoolean(Value value) const { return Local(value)->IsBoolean(); }
bool Scope::IsNumber(Value value) const { return Local(value)->IsNumber(); }
bool Scope::IsString(Value value) const { return Local(value)->IsString(); }
bool Scope::IsFunction(Value value) const { return Local(value)->IsFunction(); }
bool Scope::IsArray(Value value) const { return Local(value)->IsArray(); }
bool Scope::IsObject(Value value) const { return Local(value)->IsObject(); }
bool Scope::IsBytes(Value value) const {
  return Local(value)->IsArrayBuffer() || Local(value)->IsArrayBufferView();
}

bool Scope::Truth(Value boolean) const { return Local(boolean)->IsTrue(); }
double Scope::Number(Value number) const { return Local(number).As<v8::Number>()->Value(); }

std::string_view Scope::Text(Value string, TextRoom& room) const {
  auto text = Local(string).As<v8::String>();
  const int length = text->Length();
  const auto place = [&](std::size_t size) {
    if (size <= TextRoom::kSmall) return room.small;
    room.large.resize(size);
    return room.large.data();
  };
  if (text->IsOneByte()) {
    // Latin-1 may be ASCII, by far the usual case: copied flat, looked at afterwards.
    const auto size = static_cast<std::size_t>(length);
    char* to = place(size);
    text->WriteOneByte(isolate_, reinterpret_cast<std::uint8_t*>(to), 0, length,
                       v8::String::NO_NULL_TERMINATION);
    if (IsAscii({to, size})) return {to, size};
  }
  const auto size = static_cast<std::size_t>(text->Utf8Length(isolate_));
  char* to = place(size);
  text->WriteUtf8(isolate_, to, static_cast<int>(size), nullptr,
                  v8::String::NO_NULL_TERMINATION | v8::String::REPLACE_INVALID_UTF8);
  return {to, size};
}

std::string_view Scope::RawText(Value string, TextRoom& room) const {
  auto text = Local(string).As<v8::String>();
  if (!text->IsOneByte()) {
    if (const auto raw = RawBytesOf(text)) {
      // A copy: the string may be collected while its bytes are in use.
      room.large = *raw;
      return room.large;
    }
  }
  return Text(string, room);
}

std::string_view Scope::Bytes(Value bytes) const {
  auto value = Local(bytes);
  if (value->IsArrayBuffer()) {
    auto buffer = value.As<v8::ArrayBuffer>();
    return {static_cast<const char*>(buffer->GetBackingStore()->Data()), buffer->ByteLength()};
  }
  auto view = value.As<v8::ArrayBufferView>();
  auto store = view->Buffer()->GetBackingStore();
  return {static_cast<const char*>(store->Data()) + view->ByteOffset(), view->ByteLength()};
}

namespace {
template <class Array, class Number>
Number* MemoryOf(v8::Local<Array> numbers, std::size_t size) {
  if (numbers->Length() < size) return nullptr;
  return static_cast<Number*>(numbers->Buffer()->GetBackingStore()->Data()) +
         numbers->ByteOffset() / sizeof(Number);
}
}  // namespace

double* Scope::Numbers(Value array, std::size_t size) const {
  if (!Local(array)->IsFloat64Array()) return nullptr;
  return MemoryOf<v8::Float64Array, double>(Local(array).As<v8::Float64Array>(), size);
}

std::int32_t* Scope::Integers(Value array, std::size_t size) const {
  if (!Local(array)->IsInt32Array()) return nullptr;
  return MemoryOf<v8::Int32Array, std::int32_t>(Local(array).As<v8::Int32Array>(), size);
}

std::uint32_t Scope::Length(Value array) const { return Local(array).As<v8::Array>()->Length(); }

Value Scope::At(Value array, std::uint32_t index) const {
  v8::Local<v8::Value> element;
  if (!Local(array).As<v8::Object>()->Get(isolate_->GetCurrentContext(), index).ToLocal(&element))
    return {};
  return Wrap(element);
}

Value Scope::Get(Value object, const char* name) const {
  v8::Local<v8::Value> member;
  if (!Local(object)
           .As<v8::Object>()
           ->Get(isolate_->GetCurrentContext(), Literal(isolate_, name))
           .ToLocal(&member))
    return {};
  return Wrap(member);
}

std::shared_ptr<void> Scope::KeepFunction(Value function) const {
  return std::make_shared<v8::Global<v8::Function>>(isolate_, Local(function).As<v8::Function>());
}

std::shared_ptr<void> Scope::KeepObject(Value object) const {
  return std::make_shared<v8::Global<v8::Object>>(isolate_, Local(object).As<v8::Object>());
}

Value Scope::CopyOf(const std::shared_ptr<void>& kept) const {
  return Wrap(static_cast<v8::Global<v8::Object>*>(kept.get())->Get(isolate_)->Clone());
}

// ---- held objects: an ArrayBuffer whose memory is what it keeps, which the collector frees like
// any buffer's, without a callback into the script. Its two internal fields, which are 0 in every
// other buffer, say so.

Value Scope::Hold(void* value, HeldKind kind, void (*free)(void* value)) const {
  auto store = v8::ArrayBuffer::NewBackingStore(
      value, 1,
      [](void* memory, std::size_t, void* how) { reinterpret_cast<void (*)(void*)>(how)(memory); },
      reinterpret_cast<void*>(free));
  auto buffer = v8::ArrayBuffer::New(isolate_, std::move(store));
  buffer->SetInternalField(0, v8::External::New(isolate_, const_cast<char*>(kind)));
  return Wrap(buffer);
}

void* Scope::Held(Value value, HeldKind kind) const {
  if (!Local(value)->IsArrayBuffer()) return nullptr;
  auto buffer = Local(value).As<v8::ArrayBuffer>();
  auto field = buffer->GetInternalField(0);
  if (!field->IsExternal() || field.As<v8::External>()->Value() != kind) return nullptr;
  return buffer->GetBackingStore()->Data();
}

// ---- making

Value Scope::Undefined() const { return Wrap(v8::Undefined(isolate_)); }
Value Scope::Null() const { return Wrap(v8::Null(isolate_)); }
Value Scope::Of(bool value) const { return Wrap(v8::Boolean::New(isolate_, value)); }
Value Scope::Of(double value) const { return Wrap(v8::Number::New(isolate_, value)); }

Value Scope::Of(std::string_view text) const {
  v8::Local<v8::String> string;
  if (MakeString(isolate_, text).ToLocal(&string)) return Wrap(string);
  Throw(ErrorKind::kRangeError, kTextTooLong);
  return {};
}

Value Scope::OfFile(std::string_view text) const {
  constexpr std::size_t kLeast = 64 << 10;
  if (text.size() < kLeast) return Of(text);
  v8::Local<v8::String> string;
  if (NewTextOfFile(isolate_, text).ToLocal(&string)) return Wrap(string);
  Throw(ErrorKind::kRangeError, kTextTooLong);
  return {};
}

std::optional<std::string_view> Scope::FileOf(Value value) const {
  auto text = Local(value);
  return text->IsString() ? BytesOfFile(text.As<v8::String>()) : std::nullopt;
}

Value Scope::OfBytes(std::string_view bytes) const {
  if (bytes.empty()) return Wrap(v8::ArrayBuffer::New(isolate_, 0));
  // ArrayBuffer::New aborts when the allocator refuses, so the allocator is asked here.
  auto* allocator = isolate_->GetArrayBufferAllocator();
  void* data = allocator->AllocateUninitialized(bytes.size());
  if (data == nullptr) {
    Throw(ErrorKind::kRangeError,
          std::to_string(bytes.size()) + " bytes of data exceed the memory for buffers");
    return {};
  }
  std::memcpy(data, bytes.data(), bytes.size());
  auto store = v8::ArrayBuffer::NewBackingStore(
      data, bytes.size(),
      [](void* memory, std::size_t length, void* owner) {
        static_cast<v8::ArrayBuffer::Allocator*>(owner)->Free(memory, length);
      },
      allocator);
  return Wrap(v8::ArrayBuffer::New(isolate_, std::move(store)));
}

Value Scope::OfJson(std::string_view json) const {
  const Value text = Of(json);
  v8::Local<v8::Value> value;
  // On failure V8 has thrown into the script already.
  if (text.empty() ||
      !v8::JSON::Parse(isolate_->GetCurrentContext(), Local(text).As<v8::String>()).ToLocal(&value))
    return {};
  return Wrap(value);
}

Value Scope::Array(std::span<const Value> elements) const {
  std::vector<v8::Local<v8::Value>> locals;
  locals.reserve(elements.size());
  for (const Value element : elements) locals.push_back(Local(element));
  return Wrap(v8::Array::New(isolate_, locals.data(), locals.size()));
}

Value Scope::Object(std::span<const char* const> names, std::span<const Value> values) const {
  auto object = v8::Object::New(isolate_);
  auto context = isolate_->GetCurrentContext();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!object->CreateDataProperty(context, Literal(isolate_, names[i]), Local(values[i]))
             .FromMaybe(false))
      return {};
  }
  return Wrap(object);
}

// ---- throwing

void Scope::UseGoErrors(Value prototype) const {
  isolate_->GetCurrentContext()->SetEmbedderData(kGoErrorSlot, Local(prototype));
}

Value Scope::Error(ErrorKind kind, std::string_view message) const {
  v8::Local<v8::String> text;
  if (!MakeString(isolate_, message).ToLocal(&text))
    text = Literal(isolate_, "error text too long");
  if (kind == ErrorKind::kTypeError) return Wrap(v8::Exception::TypeError(text));
  if (kind == ErrorKind::kRangeError) return Wrap(v8::Exception::RangeError(text));
  auto error = v8::Exception::Error(text);
  auto context = isolate_->GetCurrentContext();
  auto prototype = context->GetEmbedderData(kGoErrorSlot);
  if (prototype->IsObject()) {
    error.As<v8::Object>()->SetPrototype(context, prototype).FromMaybe(false);
  } else {
    error.As<v8::Object>()
        ->DefineOwnProperty(context, Literal(isolate_, "name"), Literal(isolate_, "GoError"),
                            v8::DontEnum)
        .FromMaybe(false);
  }
  return Wrap(error);
}

void Scope::Throw(ErrorKind kind, std::string_view message) const {
  isolate_->ThrowException(Local(Error(kind, message)));
}

// ---- promises

Deferred::Deferred(const Scope& scope) {
  v8::Local<v8::Promise::Resolver> resolver;
  // Empty if the script is being ended: then nobody looks at the promise.
  if (v8::Promise::Resolver::New(scope.isolate()->GetCurrentContext()).ToLocal(&resolver))
    resolver_ = std::make_shared<v8::Global<v8::Promise::Resolver>>(scope.isolate(), resolver);
}

Value Deferred::promise(const Scope& scope) const {
  if (!resolver_) return {};
  const auto& resolver = *static_cast<v8::Global<v8::Promise::Resolver>*>(resolver_.get());
  return Wrap(resolver.Get(scope.isolate())->GetPromise());
}

void Deferred::Settle(const Scope& scope, const std::function<Value()>& make) const {
  if (!resolver_) return;
  v8::Isolate* isolate = scope.isolate();
  auto context = isolate->GetCurrentContext();
  auto resolver = static_cast<v8::Global<v8::Promise::Resolver>*>(resolver_.get())->Get(isolate);
  const v8::TryCatch caught(isolate);
  const Value value = make();
  if (caught.HasTerminated()) return;
  const auto settled = value.empty() ? resolver->Reject(context, caught.Exception())
                                     : resolver->Resolve(context, Local(value));
  static_cast<void>(settled.IsJust());
}

}  // namespace loadctl::js
