// Natives: C++ functions of C++ types as functions of a script.
//
//   Result<js::Bytes> Decode(std::string_view text, Base64Form form);
//   js::Native<&Decode>("decode")       // decode(text, form) for the face
//
// A template checks how many arguments came and converts each; what does not fit is a TypeError. A
// Result's error is thrown as k6's GoError. Members of a class work on a state that each VU has one
// of (Host::StateOf); a parameter `vu::Vu&` is the VU that calls and takes no argument, nor does a
// parameter `js::Call&`. What converts is in from.h and to.h; a type of one's own gets a
// specialization of From, To or Members. On the VU's fiber, inside its isolate.
#pragma once

#include <cstddef>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "agent/js/argument.h"
#include "agent/js/call.h"
#include "agent/js/to.h"

namespace loadctl::js {

/// The places of parameters among the arguments; those that take none have the next one's.
template <class... P>
struct Places {
  static constexpr std::size_t kSize = sizeof...(P);
  static constexpr bool kTaken[kSize + 1] = {Argument<P>::kTaken..., false};
  static constexpr bool kRaw = (std::same_as<P, Call> || ...);
  static constexpr int Of(std::size_t parameter) {
    int place = 0;
    for (std::size_t i = 0; i < parameter; ++i) place += kTaken[i] ? 1 : 0;
    return place;
  }
  static constexpr int kCount = Of(kSize);
};

void ThrowMisfit(Call& call, int place, const char* what);
void ThrowTooMany(Call& call, int most);

/// Calls `body` with the arguments; false: it threw instead, since one does not fit.
template <class... P, class Body, std::size_t... I>
void WithArguments(Call& call, std::index_sequence<I...>, Body body) {
  using Where = Places<std::remove_cvref_t<P>...>;
  if (!Where::kRaw && call.Size() > Where::kCount) return ThrowTooMany(call, Where::kCount);
  // Each holds what its parameter refers to, and is not moved.
  std::tuple<std::optional<Argument<std::remove_cvref_t<P>>>...> all;
  const bool fit =
      ((std::get<I>(all).emplace(call, Where::Of(I)).fits() ||
        (ThrowMisfit(call, Where::Of(I), Argument<std::remove_cvref_t<P>>::kWhat), false)) &&
       ...);
  if (fit) body(std::get<I>(all)->get()...);
}

template <class R, class... P, class Function>
void Invoke(Call& call, Function function) {
  WithArguments<P...>(call, std::index_sequence_for<P...>(), [&](auto&&... argument) {
    if constexpr (std::is_void_v<R>) {
      function(std::forward<decltype(argument)>(argument)...);
    } else {
      call.Return(MakeResult(call, function(std::forward<decltype(argument)>(argument)...)));
    }
  });
}

/// How a function or member is called from a script.
template <class F>
struct Callable;
template <class R, class... P>
struct Callable<R (*)(P...)> {
  template <R (*F)(P...)>
  static void Run(Call& call) {
    Invoke<R, P...>(call, [](auto&&... p) -> R { return F(std::forward<decltype(p)>(p)...); });
  }
};
template <class C, class R, class... P>
struct Callable<R (C::*)(P...)> {
  template <R (C::*F)(P...)>
  static void Run(Call& call) {
    C& state = call.host().template StateOf<C>();
    Invoke<R, P...>(call,
                    [&](auto&&... p) -> R { return (state.*F)(std::forward<decltype(p)>(p)...); });
  }
};

/// `Native<&HttpModule::Send>("send")`: a function or a member as a NativeExport.
template <auto F>
constexpr NativeExport Native(const char* name) {
  return {name, [](const Call::Info& info) {
            Call call(info);
            Callable<decltype(F)>::template Run<F>(call);
          }};
}

/// A number that the face must know, too: a place in shared numbers, a bit of flags.
constexpr NativeExport Constant(const char* name, double number) { return {name, nullptr, number}; }

}  // namespace loadctl::js
