// Between V8's values and ours. Only for agent/js and agent/vu.
#pragma once

#include <v8.h>

#include <cstring>

#include "agent/js/call.h"

namespace loadctl::js {

struct Handles {
  static_assert(sizeof(v8::Local<v8::Value>) == sizeof(void*));
  static Value Wrap(v8::Local<v8::Value> local) {
    Value value;
    std::memcpy(static_cast<void*>(&value.slot_), static_cast<const void*>(&local),
                sizeof value.slot_);
    return value;
  }
  static v8::Local<v8::Value> Unwrap(Value value) {
    v8::Local<v8::Value> local;
    std::memcpy(static_cast<void*>(&local), static_cast<const void*>(&value.slot_), sizeof local);
    return local;
  }
};

/// Where a context keeps the prototype of GoError, once the globals have made it.
inline constexpr int kGoErrorSlot = 3;

/// Where an isolate keeps the Host that runs in it now.
inline constexpr std::uint32_t kHostData = 0;
inline void SetHost(v8::Isolate* isolate, Host* host) { isolate->SetData(kHostData, host); }

/// UTF-8 (or plain ASCII) text as a JavaScript string; empty if it is too long for one. What is no
/// UTF-8 keeps its bytes: RawText().
v8::MaybeLocal<v8::String> MakeString(v8::Isolate* isolate, std::string_view text);
/// The same for short texts of our own, which always fit.
v8::Local<v8::String> Literal(v8::Isolate* isolate, std::string_view text);
/// A value's text as String(value) gives it, or "" if that throws.
std::string ToUtf8(v8::Isolate* isolate, v8::Local<v8::Value> value);
/// The bytes that a string was made of if they are no UTF-8; else its text as UTF-8.
std::string ToRawText(v8::Isolate* isolate, v8::Local<v8::String> string);
/// An Error object named GoError, as k6's own functions throw.
v8::Local<v8::Value> MakeGoError(v8::Isolate* isolate, std::string_view message);
/// URL of the script's file whose function runs, "" if there is none.
std::string CallerUrl(v8::Isolate* isolate);

}  // namespace loadctl::js
