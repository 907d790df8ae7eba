// What V8's versions call differently (the platform apart: platform.h). For agent/js only.
#pragma once

#include <v8.h>

#include <string_view>
#include <vector>

#include "agent/js/call_info.h"

namespace loadctl::js {

/// `map`: the URL of its source map, or empty.
inline v8::ScriptOrigin MakeOrigin(v8::Isolate* isolate, std::string_view url, int column,
                                   bool module, v8::Local<v8::Value> map = {}) {
#if V8_MAJOR_VERSION >= 12
  return v8::ScriptOrigin(Literal(isolate, url), 0, column, false, -1, map, false, false, module);
#else
  return v8::ScriptOrigin(isolate, Literal(isolate, url), 0, column, false, -1, map, false, false,
                          module);
#endif
}

inline v8::Local<v8::Module> NewSynthetic(v8::Isolate* isolate, std::string_view url,
                                          const std::vector<v8::Local<v8::String>>& names,
                                          v8::Module::SyntheticModuleEvaluationSteps steps) {
#if V8_MAJOR_VERSION >= 13
  return v8::Module::CreateSyntheticModule(isolate, Literal(isolate, url),
                                           {names.data(), names.size()}, steps);
#else
  return v8::Module::CreateSyntheticModule(isolate, Literal(isolate, url), names, steps);
#endif
}

}  // namespace loadctl::js
