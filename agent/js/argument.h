// One argument of a native: how it is held while the native runs, and what it is given as.
// On the VU's fiber, inside its isolate.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/js/call.h"
#include "agent/js/from.h"

namespace loadctl::js {

template <class T>
class Argument {
 public:
  static constexpr bool kTaken = true;
  static constexpr const char* kWhat = From<T>::kWhat;
  Argument(Call& call, int place) : fits_(From<T>::Read(call, call.Arg(place), value_)) {}
  [[nodiscard]] bool fits() const { return fits_; }
  T&& get() { return std::move(value_); }

 private:
  T value_{};
  bool fits_;
};

template <>
class Argument<std::string_view> {
 public:
  static constexpr bool kTaken = true;
  static constexpr const char* kWhat = From<std::string>::kWhat;
  Argument(Call& call, int place) {
    const Value value = call.Arg(place);
    fits_ = call.IsString(value);
    if (fits_) text_ = call.Text(value, room_);
  }
  [[nodiscard]] bool fits() const { return fits_; }
  std::string_view get() const { return text_; }

 private:
  TextRoom room_;
  std::string_view text_;
  bool fits_;
};

template <>
class Argument<Data> {
 public:
  static constexpr bool kTaken = true;
  static constexpr const char* kWhat = "a string or bytes";
  Argument(Call& call, int place) : Argument(call, call.Arg(place)) {}
  Argument(Call& call, Value value) {
    const bool text = call.IsString(value);
    fits_ = text || call.IsBytes(value);
    if (fits_) data_.bytes = text ? call.RawText(value, room_) : call.Bytes(value);
  }
  [[nodiscard]] bool fits() const { return fits_; }
  Data get() const { return data_; }

 private:
  TextRoom room_;
  Data data_;
  bool fits_;
};

/// Of the types above that are views: nothing, or the view.
template <class View>
requires std::same_as<View, std::string_view> || std::same_as<View, Data>
class Argument<std::optional<View>> {
 public:
  static constexpr bool kTaken = true;
  static constexpr const char* kWhat = Argument<View>::kWhat;
  Argument(Call& call, int place) {
    if (!call.IsNullish(call.Arg(place))) given_.emplace(call, place);
  }
  [[nodiscard]] bool fits() const { return !given_ || given_->fits(); }
  std::optional<View> get() const { return given_ ? std::optional(given_->get()) : std::nullopt; }

 private:
  std::optional<Argument<View>> given_;
};

template <class T>
class Argument<Held<T>> {
 public:
  static constexpr bool kTaken = true;
  static constexpr const char* kWhat = "an object of the module's own";
  Argument(Call& call, int place)
      : kept_(static_cast<std::shared_ptr<T>*>(call.Held(call.Arg(place), Held<T>::kind()))) {}
  [[nodiscard]] bool fits() const { return kept_ != nullptr; }
  Held<T> get() const { return Held<T>(*kept_); }

 private:
  std::shared_ptr<T>* kept_;
};
template <class T>
class Argument<std::optional<Held<T>>> {
 public:
  static constexpr bool kTaken = true;
  static constexpr const char* kWhat = Argument<Held<T>>::kWhat;
  Argument(Call& call, int place) : given_(call, place), none_(call.IsNullish(call.Arg(place))) {}
  [[nodiscard]] bool fits() const { return none_ || given_.fits(); }
  std::optional<Held<T>> get() const {
    return none_ ? std::nullopt : std::optional<Held<T>>(given_.get());
  }

 private:
  Argument<Held<T>> given_;
  bool none_;
};

template <std::derived_from<Host> H>
class Argument<H> {
 public:
  static constexpr bool kTaken = false;
  static constexpr const char* kWhat = "";
  Argument(Call& call, int) : host_(static_cast<H&>(call.host())) {}
  [[nodiscard]] bool fits() const { return true; }
  H& get() const { return host_; }

 private:
  H& host_;
};
template <>
class Argument<Call> {
 public:
  static constexpr bool kTaken = false;
  static constexpr const char* kWhat = "";
  Argument(Call& call, int) : call_(call) {}
  [[nodiscard]] bool fits() const { return true; }
  Call& get() const { return call_; }

 private:
  Call& call_;
};

}  // namespace loadctl::js
