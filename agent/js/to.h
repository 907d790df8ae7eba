// From C++ to values of a script: To<T> for each type that a native may return.
// Inside the isolate.
#pragma once

#include <array>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include "agent/js/native_types.h"
#include "common/base/error.h"

namespace loadctl::js {

/// `static Value Make(const Scope&, const T&)`; empty: it threw.
template <class T>
struct To;

template <class T>
Value MakeValue(const Scope& scope, const T& value) {
  return To<T>::Make(scope, value);
}
template <>
struct To<bool> {
  static Value Make(const Scope& scope, bool value) { return scope.Of(value); }
};
template <class T>
requires std::integral<T> || std::floating_point<T>
struct To<T> {
  static Value Make(const Scope& scope, T value) { return scope.Of(static_cast<double>(value)); }
};
template <class T>
requires std::same_as<T, std::string> || std::same_as<T, std::string_view> ||
    std::same_as<T, const char*>
struct To<T> {
  static Value Make(const Scope& scope, std::string_view value) { return scope.Of(value); }
};
template <>
struct To<TextOfFile> {
  static Value Make(const Scope& scope, TextOfFile value) { return scope.OfFile(value.text); }
};
template <>
struct To<Bytes> {
  static Value Make(const Scope& scope, const Bytes& value) { return scope.OfBytes(value.data); }
};
template <>
struct To<BytesView> {
  static Value Make(const Scope& scope, BytesView value) { return scope.OfBytes(value.data); }
};
template <std::size_t kCount>
struct To<CopiesOf<kCount>> {
  static Value Make(const Scope& scope, const CopiesOf<kCount>& value) {
    std::array<Value, kCount> copies;
    for (Value& copy : copies) copy = scope.CopyOf(value.pattern.kept);
    return scope.Array(copies);
  }
};
template <>
struct To<Json> {
  static Value Make(const Scope& scope, const Json& value) { return scope.OfJson(value.text); }
};
template <>
struct To<std::monostate> {
  static Value Make(const Scope& scope, std::monostate) { return scope.Undefined(); }
};
/// Nothing is null.
template <class T>
struct To<std::optional<T>> {
  static Value Make(const Scope& scope, const std::optional<T>& value) {
    return value ? MakeValue(scope, *value) : scope.Null();
  }
};
template <class... T>
struct To<std::variant<T...>> {
  static Value Make(const Scope& scope, const std::variant<T...>& value) {
    return std::visit([&](const auto& one) { return MakeValue(scope, one); }, value);
  }
};
template <class T>
struct To<std::vector<T>> {
  static Value Make(const Scope& scope, const std::vector<T>& list) {
    std::vector<Value> elements;
    elements.reserve(list.size());
    for (const T& one : list) {
      elements.push_back(MakeValue(scope, one));
      if (elements.back().empty()) return {};
    }
    return scope.Array(elements);
  }
};
template <>
struct To<Pairs> {
  static Value Make(const Scope& scope, const Pairs& pairs) {
    std::vector<std::string_view> flat;
    for (const auto& [name, value] : pairs) {
      flat.emplace_back(name);
      flat.emplace_back(value);
    }
    return MakeValue(scope, flat);
  }
};
template <Described T>
struct To<T> {
  static Value Make(const Scope& scope, const T& value) {
    return std::apply(
        [&](const auto&... member) -> Value {
          constexpr std::size_t kSize = sizeof...(member);
          const std::array<const char*, kSize> names{member.name...};
          const std::array<Value, kSize> values{MakeValue(scope, value.*member.place)...};
          for (const Value one : values) {
            if (one.empty()) return {};
          }
          return scope.Object(names, values);
        },
        Members<T>::list);
  }
};
template <class T>
struct To<Held<T>> {
  static Value Make(const Scope& scope, const Held<T>& value) {
    return scope.Hold(new std::shared_ptr<T>(value.shared()), Held<T>::kind(),
                      [](void* kept) { delete static_cast<std::shared_ptr<T>*>(kept); });
  }
};

/// Converts what a native returned, or throws its error; empty if it threw.
template <class T>
Value MakeResult(const Scope& scope, const T& result) {
  return MakeValue(scope, result);
}
template <class T, class E>
Value MakeResult(const Scope& scope, const tl::expected<T, E>& result) {
  if (!result) {
    if constexpr (std::same_as<E, Thrown>) {
      scope.Throw(result.error().kind, result.error().message);
    } else {
      scope.Throw(ErrorKind::kGoError, result.error().message);
    }
    return {};
  }
  if constexpr (std::is_void_v<T>) {
    return scope.Undefined();
  } else {
    return MakeValue(scope, *result);
  }
}

}  // namespace loadctl::js
