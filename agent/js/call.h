// One call from a script into C++: its arguments, and its result or exception.
// What natives are made of: native.h. On the VU's fiber, inside its isolate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/js/host.h"
#include "agent/js/value.h"

namespace v8 {
class Value;
template <class T>
class FunctionCallbackInfo;
}  // namespace v8

namespace loadctl::js {

/// Arguments are counted from 0; asking for one that was not passed gives `undefined`.
class Call final : public Scope {
 public:
  using Info = v8::FunctionCallbackInfo<v8::Value>;
  explicit Call(const Info& info);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  [[nodiscard]] int Size() const { return size_; }
  [[nodiscard]] Value Arg(int index) const;
  /// The VU whose script calls.
  [[nodiscard]] Host& host() const { return *host_; }
  /// URL of the script's file from which the call came, "" if there is none.
  [[nodiscard]] std::string CallerUrl() const;
  /// An empty value returns nothing: the call has thrown.
  void Return(Value value);

 private:
  const Info& info_;
  Host* host_;
  int size_;
};

/// What a module gives to its face: a function, or a number that both must know.
struct NativeExport {
  const char* name;
  void (*function)(const Call::Info& info) = nullptr;
  double number = 0;  ///< without a function
};

/// Among a module's natives: `lazily(specifier)`, the exports of another face, which is run when it
/// is first asked for.
void Lazily(const Call::Info& info);
inline constexpr NativeExport kLazily{"lazily", Lazily};

/// The same: `attach(f)` calls f once for each VU, now or later. What a face tells natives of a VU
/// when it is loaded is told there, since a face may be run for many VUs at once (snapshot.h).
void Attach(const Call::Info& info);
inline constexpr NativeExport kAttach{"attach", Attach};

/// The same: `sharePlace(place, forget)`. Where VUs are compartments, place[0] (an Int32Array) is
/// the number of the one that runs, and forget(number) is called when one is over.
void SharePlace(const Call::Info& info);
inline constexpr NativeExport kSharePlace{"sharePlace", SharePlace};

}  // namespace loadctl::js
