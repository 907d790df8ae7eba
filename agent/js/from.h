// From values of a script to C++: From<T> for each type that an argument of a native may have.
// Not for views, which need room while the native runs (argument.h). Inside the isolate.
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "agent/js/native_types.h"

namespace loadctl::js {

/// `static bool Read(const Scope&, Value, T& out)`; false: the value does not fit (or reading it
/// threw). kWhat: what fits, for the message.
template <class T>
struct From;

template <>
struct From<bool> {
  static constexpr const char* kWhat = "a boolean";
  static bool Read(const Scope& scope, Value value, bool& out) {
    if (!scope.IsBoolean(value)) return false;
    out = scope.Truth(value);
    return true;
  }
};
template <>
struct From<double> {
  static constexpr const char* kWhat = "a number";
  static bool Read(const Scope& scope, Value value, double& out) {
    if (!scope.IsNumber(value)) return false;
    out = scope.Number(value);
    return true;
  }
};
/// A fraction is cut off and NaN is 0, as Go's conversion in k6; a number beyond 64 bits is the
/// largest or smallest, one beyond a smaller type does not fit.
template <std::integral T>
struct From<T> {
  static constexpr const char* kWhat = "a whole number in range";
  static bool Read(const Scope& scope, Value value, T& out) {
    if (!scope.IsNumber(value)) return false;
    const double number = std::trunc(scope.Number(value));
    using Limits = std::numeric_limits<T>;
    constexpr double kMost = static_cast<double>(Limits::max());
    constexpr double kLeast = static_cast<double>(Limits::min());
    if (std::isnan(number)) {
      out = 0;
    } else if (number >= kMost) {
      out = Limits::max();
      return sizeof(T) == 8 || number == kMost;
    } else if (number <= kLeast) {
      out = Limits::min();
      return sizeof(T) == 8 || number == kLeast;
    } else {
      out = static_cast<T>(number);
    }
    return true;
  }
};
template <>
struct From<std::string> {
  static constexpr const char* kWhat = "a string";
  static bool Read(const Scope& scope, Value value, std::string& out) {
    if (!scope.IsString(value)) return false;
    TextRoom room;
    out = scope.Text(value, room);
    return true;
  }
};
template <>
struct From<TextOfFile> {
  static constexpr const char* kWhat = "anything";
  static bool Read(const Scope& scope, Value value, TextOfFile& out) {
    out.text = scope.FileOf(value).value_or(std::string_view());
    return true;
  }
};
template <>
struct From<OwnedData> {
  static constexpr const char* kWhat = "a string or bytes";
  static bool Read(const Scope& scope, Value value, OwnedData& out) {
    const bool text = scope.IsString(value);
    if (!text && !scope.IsBytes(value)) return false;
    TextRoom room;
    out.bytes = text ? scope.RawText(value, room) : scope.Bytes(value);
    return true;
  }
};
template <>
struct From<Function> {
  static constexpr const char* kWhat = "a function";
  static bool Read(const Scope& scope, Value value, Function& out) {
    if (!scope.IsFunction(value)) return false;
    out.kept = scope.KeepFunction(value);
    return true;
  }
};
template <>
struct From<Pattern> {
  static constexpr const char* kWhat = "an object";
  static bool Read(const Scope& scope, Value value, Pattern& out) {
    if (!scope.IsObject(value)) return false;
    out.kept = scope.KeepObject(value);
    return true;
  }
};
template <class Number, std::size_t kSize>
struct From<SharedMemory<Number, kSize>> {
  static constexpr bool kWhole = std::is_same_v<Number, std::int32_t>;
  static constexpr const char* kWhat =
      kWhole ? "an Int32Array of the right size" : "a Float64Array of the right size";
  static bool Read(const Scope& scope, Value value, SharedMemory<Number, kSize>& out) {
    if constexpr (kWhole) {
      out.memory = scope.Integers(value, kSize);
    } else {
      out.memory = scope.Numbers(value, kSize);
    }
    return out.memory != nullptr;
  }
};
template <class T>
struct From<std::optional<T>> {
  static constexpr const char* kWhat = From<T>::kWhat;
  static bool Read(const Scope& scope, Value value, std::optional<T>& out) {
    if (scope.IsNullish(value)) return true;
    return From<T>::Read(scope, value, out.emplace());
  }
};
template <class T>
struct From<std::vector<T>> {
  static constexpr const char* kWhat = "an array";
  static bool Read(const Scope& scope, Value value, std::vector<T>& out) {
    if (!scope.IsArray(value)) return false;
    out.resize(scope.Length(value));
    for (std::uint32_t i = 0; i < out.size(); ++i) {
      const Value element = scope.At(value, i);
      if (element.empty() || !From<T>::Read(scope, element, out[i])) return false;
    }
    return true;
  }
};
template <>
struct From<Pairs> {
  static constexpr const char* kWhat = "an array of names and values";
  static bool Read(const Scope& scope, Value value, Pairs& out) {
    if (!scope.IsArray(value)) return false;
    out.resize(scope.Length(value) / 2);
    std::uint32_t i = 0;
    const auto text = [&](std::string& to) {
      const Value element = scope.At(value, i++);
      return !element.empty() && From<std::string>::Read(scope, element, to);
    };
    for (auto& [name, content] : out) {
      if (!text(name) || !text(content)) return false;
    }
    return true;
  }
};
/// Members that are undefined keep what T() gives them.
template <Described T>
struct From<T> {
  static constexpr const char* kWhat = "an object with the right members";
  static bool Read(const Scope& scope, Value value, T& out) {
    if (!scope.IsObject(value)) return false;
    const auto read = [&](const auto& member) {
      auto& place = out.*member.place;
      const Value given = scope.Get(value, member.name);
      if (given.empty()) return false;
      return scope.IsNullish(given) ||
             From<std::remove_reference_t<decltype(place)>>::Read(scope, given, place);
    };
    return std::apply([&](const auto&... member) { return (read(member) && ...); },
                      Members<T>::list);
  }
};

}  // namespace loadctl::js
