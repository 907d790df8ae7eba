// V8's side of Call: what a trampoline fills in. Only for agent/js and agent/vu.
#pragma once

#include <v8.h>

#include "agent/js/call.h"

namespace loadctl::js {

struct Call::Info {
  const v8::FunctionCallbackInfo<v8::Value>& args;
  v8::Isolate* isolate;

  [[nodiscard]] v8::Local<v8::Value> Arg(int index) const { return args[index]; }
};

/// UTF-8 (or plain ASCII) text as a JavaScript string; empty if it is too long for one.
v8::MaybeLocal<v8::String> MakeString(v8::Isolate* isolate, std::string_view text);
/// The same for short texts of our own, which always fit.
v8::Local<v8::String> Literal(v8::Isolate* isolate, std::string_view text);
/// A value's text as String(value) gives it, or "" if that throws.
std::string ToUtf8(v8::Isolate* isolate, v8::Local<v8::Value> value);
/// An Error object named GoError, as k6's own functions throw.
v8::Local<v8::Value> MakeGoError(v8::Isolate* isolate, std::string_view message);
/// URL of the script's file whose function runs, "" if there is none.
std::string CallerUrl(v8::Isolate* isolate);

}  // namespace loadctl::js
