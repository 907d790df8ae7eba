// Types of natives' arguments and results that C++ has not: bytes, JSON, handles, structs' members.
// Plain values: any thread, but for what a comment says.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "agent/js/value.h"

namespace loadctl::js {

/// Argument: a text or bytes, as bytes. A text is UTF-8, or the bytes it was made of.
struct Data {
  std::string_view bytes;
};
/// The same, kept for as long as the native likes.
struct OwnedData {
  std::string bytes;
};
/// Result: a text, of memory that lives longer than the VU: it is not copied where it is long.
/// Argument: such a text, as long as the script has not changed it; else nothing.
struct TextOfFile {
  std::string_view text;
};
/// Result: an ArrayBuffer.
struct Bytes {
  std::string data;
};
/// The same, of bytes that live until the native has returned.
struct BytesView {
  std::string_view data;
};
/// Result: the value whose JSON text this is.
struct Json {
  std::string text;
};
/// Argument: a function to be called later, by the VU's event loop.
struct Function {
  std::shared_ptr<void> kept;
};
/// Argument: an object of the face's, of which copies are made.
struct Pattern {
  std::shared_ptr<void> kept;
};
/// Result: shallow copies of a pattern, in an array.
template <std::size_t kCount>
struct CopiesOf {
  const Pattern& pattern;
};
/// Argument: memory that face and natives share.
template <class Number, std::size_t kSize>
struct SharedMemory {
  Number* memory = nullptr;
};
/// `kSize` numbers of a Float64Array.
template <std::size_t kSize>
using Numbers = SharedMemory<double, kSize>;
/// The same of an Int32Array: for what a script compares or keeps, since V8 makes an object of each
/// number that it reads from a Float64Array.
template <std::size_t kSize>
using Integers = SharedMemory<std::int32_t, kSize>;
/// Names and values, one after another in one array: tags, headers.
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// An exception of another kind than GoError, as the error of an Outcome.
struct Thrown {
  ErrorKind kind = ErrorKind::kGoError;
  std::string message;
};
template <class T>
using Outcome = tl::expected<T, Thrown>;

/// An object of C++ that a face keeps and passes back: as a result it is given to the script, as an
/// argument nothing but an object that holds a T fits. It may be destroyed on any thread.
template <class T>
class Held {
 public:
  explicit Held(std::shared_ptr<T> value) : value_(std::move(value)) {}
  T& operator*() const { return *value_; }
  T* operator->() const { return value_.get(); }
  [[nodiscard]] const std::shared_ptr<T>& shared() const { return value_; }
  static constexpr HeldKind kind() { return &kKind; }

 private:
  static constexpr char kKind = 0;
  std::shared_ptr<T> value_;
};
template <class T>
Held<T> Hold(T value) {
  return Held<T>(std::make_shared<T>(std::move(value)));
}

/// The members of a struct that becomes an object, and is read from one:
///   template <> struct js::Members<Cookie> {
///     static constexpr std::tuple list{Member{"name", &Cookie::name}, ...};
///   };
template <class T>
struct Members;
template <class Class, class Type>
struct Member {
  const char* name;
  Type Class::*place;
};
// Clang has deduction for aggregates from 17 on only.
template <class Class, class Type>
Member(const char*, Type Class::*) -> Member<Class, Type>;
template <class T>
concept Described = requires {
  Members<T>::list;
};

}  // namespace loadctl::js
