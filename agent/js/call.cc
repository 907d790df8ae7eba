#include "agent/js/call.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "agent/js/call_info.h"

namespace loadctl::js {
namespace {

bool IsAscii(std::string_view text) {
  const char* p = text.data();
  std::size_t left = text.size();
  for (; left >= 8; left -= 8, p += 8) {
    std::uint64_t word;
    std::memcpy(&word, p, sizeof word);
    if ((word & 0x8080808080808080ull) != 0) return false;
  }
  for (; left > 0; --left, ++p) {
    if ((static_cast<unsigned char>(*p) & 0x80u) != 0) return false;
  }
  return true;
}

/// What ReturnHeld() hands out is an ArrayBuffer whose memory is this, which the collector frees
/// like any buffer's, without a callback into the script.
struct Holder {
  std::shared_ptr<void> value;
};

}  // namespace

v8::MaybeLocal<v8::String> MakeString(v8::Isolate* isolate, std::string_view text) {
  if (text.size() > static_cast<std::size_t>(v8::String::kMaxLength)) return {};
  const int size = static_cast<int>(text.size());
  if (IsAscii(text)) {
    return v8::String::NewFromOneByte(isolate, reinterpret_cast<const std::uint8_t*>(text.data()),
                                      v8::NewStringType::kNormal, size);
  }
  return v8::String::NewFromUtf8(isolate, text.data(), v8::NewStringType::kNormal, size);
}

v8::Local<v8::String> Literal(v8::Isolate* isolate, std::string_view text) {
  return v8::String::NewFromUtf8(isolate, text.data(), v8::NewStringType::kInternalized,
                                 static_cast<int>(text.size()))
      .ToLocalChecked();
}

std::string ToUtf8(v8::Isolate* isolate, v8::Local<v8::Value> value) {
  const v8::String::Utf8Value text(isolate, value);
  std::string out;
  if (*text != nullptr) out.assign(*text, static_cast<std::size_t>(text.length()));
  // V8 10.2 writes half a surrogate pair as three bytes that are no UTF-8. U+FFFD has three, too.
  for (std::size_t at = 0; (at = out.find('\xED', at)) != std::string::npos; at += 1) {
    if (at + 2 < out.size() && static_cast<unsigned char>(out[at + 1]) >= 0xA0)
      out.replace(at, 3, "\xEF\xBF\xBD");
  }
  return out;
}

v8::Local<v8::Value> MakeGoError(v8::Isolate* isolate, std::string_view message) {
  v8::Local<v8::String> text;
  if (!MakeString(isolate, message).ToLocal(&text)) text = Literal(isolate, "error text too long");
  auto error = v8::Exception::Error(text);
  auto context = isolate->GetCurrentContext();
  error.As<v8::Object>()
      ->DefineOwnProperty(context, Literal(isolate, "name"), Literal(isolate, "GoError"),
                          v8::DontEnum)
      .FromMaybe(false);
  return error;
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

int Call::Size() const { return info_.args.Length(); }
bool Call::IsNullish(int index) const { return info_.Arg(index)->IsNullOrUndefined(); }
bool Call::IsString(int index) const { return info_.Arg(index)->IsString(); }
bool Call::IsNumber(int index) const { return info_.Arg(index)->IsNumber(); }
bool Call::IsFunction(int index) const { return info_.Arg(index)->IsFunction(); }
bool Call::IsBytes(int index) const {
  auto value = info_.Arg(index);
  return value->IsArrayBuffer() || value->IsArrayBufferView();
}

double Call::Number(int index) const {
  auto value = info_.Arg(index);
  if (value->IsNumber()) return value.As<v8::Number>()->Value();
  if (value->IsBoolean()) return value->IsTrue() ? 1 : 0;
  return std::numeric_limits<double>::quiet_NaN();
}

std::int64_t Call::Integer(int index) const {
  const double value = Number(index);
  constexpr double kLimit = 9.2e18;
  if (std::isnan(value)) return 0;
  if (value >= kLimit) return std::numeric_limits<std::int64_t>::max();
  if (value <= -kLimit) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(value);
}

bool Call::Bool(int index) const { return info_.Arg(index)->IsTrue(); }

std::string Call::String(int index) const {
  std::string out;
  StringTo(index, out);
  return out;
}

void Call::StringTo(int index, std::string& out) const {
  auto value = info_.Arg(index);
  if (value->IsString()) {
    auto text = value.As<v8::String>();
    const int length = text->Length();
    if (text->IsOneByte()) {
      // Latin-1 may be ASCII, by far the usual case: copied flat, looked at afterwards.
      out.resize(static_cast<std::size_t>(length));
      text->WriteOneByte(info_.isolate, reinterpret_cast<std::uint8_t*>(out.data()), 0, length,
                         v8::String::NO_NULL_TERMINATION);
      if (IsAscii(out)) return;
    }
    out.resize(static_cast<std::size_t>(text->Utf8Length(info_.isolate)));
    text->WriteUtf8(info_.isolate, out.data(), static_cast<int>(out.size()), nullptr,
                    v8::String::NO_NULL_TERMINATION | v8::String::REPLACE_INVALID_UTF8);
    return;
  }
  out.assign(IsBytes(index) ? Bytes(index) : std::string_view());
}

std::vector<std::string> Call::Strings(int index) const {
  std::vector<std::string> out;
  auto value = info_.Arg(index);
  if (!value->IsArray()) return out;
  auto array = value.As<v8::Array>();
  auto context = info_.isolate->GetCurrentContext();
  out.reserve(array->Length());
  for (std::uint32_t i = 0; i < array->Length(); ++i) {
    v8::Local<v8::Value> element;
    const bool ok = array->Get(context, i).ToLocal(&element) && element->IsString();
    out.push_back(ok ? ToUtf8(info_.isolate, element) : std::string());
  }
  return out;
}

std::string_view Call::Bytes(int index) const {
  auto value = info_.Arg(index);
  if (value->IsArrayBuffer()) {
    auto buffer = value.As<v8::ArrayBuffer>();
    auto store = buffer->GetBackingStore();
    return {static_cast<const char*>(store->Data()), buffer->ByteLength()};
  }
  if (value->IsArrayBufferView()) {
    auto view = value.As<v8::ArrayBufferView>();
    auto store = view->Buffer()->GetBackingStore();
    return {static_cast<const char*>(store->Data()) + view->ByteOffset(), view->ByteLength()};
  }
  return {};
}

double* Call::SharedNumbers(int index, std::size_t size) const {
  auto value = info_.Arg(index);
  if (!value->IsFloat64Array()) return nullptr;
  auto array = value.As<v8::Float64Array>();
  if (array->Length() < size) return nullptr;
  return static_cast<double*>(array->Buffer()->GetBackingStore()->Data()) +
         array->ByteOffset() / sizeof(double);
}

std::shared_ptr<void> Call::Held(int index) const {
  auto value = info_.Arg(index);
  if (!value->IsArrayBuffer()) return nullptr;
  auto buffer = value.As<v8::ArrayBuffer>();
  if (buffer->ByteLength() != sizeof(Holder)) return nullptr;
  return static_cast<Holder*>(buffer->GetBackingStore()->Data())->value;
}

std::shared_ptr<void> Call::KeepFunction(int index) const {
  auto value = info_.Arg(index);
  if (!value->IsFunction()) return nullptr;
  return std::make_shared<v8::Global<v8::Function>>(info_.isolate, value.As<v8::Function>());
}

std::string Call::CallerUrl() const { return js::CallerUrl(info_.isolate); }

void Call::Return(double value) { info_.args.GetReturnValue().Set(value); }
void Call::Return(bool value) { info_.args.GetReturnValue().Set(value); }

bool Call::Return(std::string_view text) {
  v8::Local<v8::String> string;
  if (!MakeString(info_.isolate, text).ToLocal(&string)) return false;
  info_.args.GetReturnValue().Set(string);
  return true;
}

void Call::ReturnNull() { info_.args.GetReturnValue().SetNull(); }

bool Call::ReturnBytes(std::string_view bytes) {
  // ArrayBuffer::New aborts when the allocator refuses, so the allocator is asked here.
  auto* allocator = info_.isolate->GetArrayBufferAllocator();
  void* data = bytes.empty() ? nullptr : allocator->AllocateUninitialized(bytes.size());
  if (data == nullptr && !bytes.empty()) return false;
  if (data == nullptr) {
    info_.args.GetReturnValue().Set(v8::ArrayBuffer::New(info_.isolate, 0));
    return true;
  }
  std::memcpy(data, bytes.data(), bytes.size());
  auto store = v8::ArrayBuffer::NewBackingStore(
      data, bytes.size(),
      [](void* memory, std::size_t length, void* owner) {
        static_cast<v8::ArrayBuffer::Allocator*>(owner)->Free(memory, length);
      },
      allocator);
  info_.args.GetReturnValue().Set(v8::ArrayBuffer::New(info_.isolate, std::move(store)));
  return true;
}

void Call::ReturnStrings(const std::vector<std::string>& strings) {
  std::vector<v8::Local<v8::Value>> elements;
  elements.reserve(strings.size());
  for (const auto& text : strings) {
    v8::Local<v8::String> string;
    if (!MakeString(info_.isolate, text).ToLocal(&string)) string = Literal(info_.isolate, "");
    elements.emplace_back(string);
  }
  info_.args.GetReturnValue().Set(v8::Array::New(info_.isolate, elements.data(), elements.size()));
}

void Call::ReturnJson(std::string_view json) {
  v8::Local<v8::String> text;
  if (!MakeString(info_.isolate, json).ToLocal(&text)) {
    ThrowRangeError("the text is longer than a string may be");
    return;
  }
  v8::Local<v8::Value> value;
  // On failure V8 has thrown into the script already.
  if (v8::JSON::Parse(info_.isolate->GetCurrentContext(), text).ToLocal(&value))
    info_.args.GetReturnValue().Set(value);
}

void Call::ReturnHeld(std::shared_ptr<void> value) {
  auto store = v8::ArrayBuffer::NewBackingStore(
      new Holder{std::move(value)}, sizeof(Holder),
      [](void* memory, std::size_t, void*) { delete static_cast<Holder*>(memory); }, nullptr);
  info_.args.GetReturnValue().Set(v8::ArrayBuffer::New(info_.isolate, std::move(store)));
}

void Call::Throw(std::string_view message) {
  info_.isolate->ThrowException(MakeGoError(info_.isolate, message));
}

void Call::ThrowTypeError(std::string_view message) {
  v8::Local<v8::String> text;
  if (!MakeString(info_.isolate, message).ToLocal(&text)) return;
  info_.isolate->ThrowException(v8::Exception::TypeError(text));
}

void Call::ThrowRangeError(std::string_view message) {
  v8::Local<v8::String> text;
  if (!MakeString(info_.isolate, message).ToLocal(&text)) return;
  info_.isolate->ThrowException(v8::Exception::RangeError(text));
}

}  // namespace loadctl::js
