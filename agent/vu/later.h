// Natives that give promises: what they do runs beside the script, on a fiber of its own or on a
// thread for what computes long. Not for natives that wait while the script waits with them
// (js/native.h). On the VU's fiber, inside its isolate; what runs elsewhere says so.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "agent/js/native.h"
#include "agent/vu/vu.h"

namespace loadctl::vu {

/// Result of a native: a promise.
struct Promise {
  js::Deferred deferred;
};

/// Where the result of `body` is kept between its run and the promise.
template <class Body, class... Given>
using ResultOf = std::invoke_result_t<Body, Given...>;
template <class R>
using Kept = std::optional<std::conditional_t<std::is_void_v<R>, std::monostate, R>>;

template <class R, class Run>
void RunInto(Kept<R>& kept, Run run) {
  if constexpr (std::is_void_v<R>) {
    run();
    kept.emplace();
  } else {
    kept.emplace(run());
  }
}

template <class R>
std::function<void()> Settling(Vu& vu, const js::Deferred& deferred,
                               const std::shared_ptr<Kept<R>>& kept) {
  return [&vu, deferred, kept] {
    const js::Scope scope = vu.scope();
    deferred.Settle(scope, [&] { return js::MakeResult(scope, **kept); });
  };
}

/// Runs `body(parker)` on a fiber of its own; the promise is settled with its result, which may be
/// a Result. `body` may use the VU, but no JavaScript.
template <class Body>
Promise Beside(Vu& vu, Body body) {
  using R = ResultOf<Body, net::Parker&>;
  auto kept = std::make_shared<Kept<R>>();
  Promise promise{js::Deferred(vu.scope())};
  vu.events().Spawn(
      [kept, body = std::move(body)](net::Parker& parker) mutable {
        RunInto<R>(*kept, [&] { return body(parker); });
      },
      Settling<R>(vu, promise.deferred, kept));
  return promise;
}

/// Runs `body()` on a thread for what computes long; it must not touch the VU.
template <class Body>
Promise Offloaded(Vu& vu, Body body) {
  using R = ResultOf<Body>;
  auto kept = std::make_shared<Kept<R>>();
  Promise promise{js::Deferred(vu.scope())};
  vu.events().Offload([kept, body = std::move(body)]() mutable { RunInto<R>(*kept, body); },
                      Settling<R>(vu, promise.deferred, kept));
  return promise;
}

/// A parameter's type as a native that runs later keeps it.
template <class T>
struct Owned {
  using Type = T;
  static T&& Give(T& kept) { return std::move(kept); }
};
template <>
struct Owned<std::string_view> {
  using Type = std::string;
  static std::string_view Give(const std::string& kept) { return kept; }
};
template <>
struct Owned<js::Data> {
  using Type = js::OwnedData;
  static js::Data Give(const js::OwnedData& kept) { return {kept.bytes}; }
};

template <class F>
struct LaterCallable;
template <class R, class... P>
struct LaterCallable<R (*)(P...)> {
  template <R (*F)(P...)>
  static Promise Offload(Vu& vu, typename Owned<std::remove_cvref_t<P>>::Type... given) {
    return Offloaded(vu, [all = std::tuple(std::move(given)...)]() mutable -> R {
      return std::apply(
          [](auto&... kept) -> R { return F(Owned<std::remove_cvref_t<P>>::Give(kept)...); }, all);
    });
  }
};

/// `OffloadedNative<&Digest>("digest")`: a function of C++ types, whose result a promise gives, run
/// on a thread for what computes long. It must not touch a VU; its arguments are its own.
template <auto F>
constexpr js::NativeExport OffloadedNative(const char* name) {
  return js::Native<&LaterCallable<decltype(F)>::template Offload<F>>(name);
}

}  // namespace loadctl::vu

template <>
struct loadctl::js::To<loadctl::vu::Promise> {
  static Value Make(const Scope& scope, const vu::Promise& value) {
    return value.deferred.promise(scope);
  }
};
