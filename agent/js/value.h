// Values of a script as C++ sees them: looking at them, making them, throwing.
// What natives and their conversions (native.h) use instead of V8's own types; not for when code
// runs. Inside the isolate, on the VU's fiber.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace v8 {
class Isolate;
}

namespace loadctl::js {

/// A value of the script, valid while the call that met it runs. Empty: making it threw.
class Value final {
 public:
  Value() = default;
  [[nodiscard]] bool empty() const { return slot_ == nullptr; }

 private:
  friend struct Handles;
  void* slot_ = nullptr;
};

/// Room for a text that is read; most fit without an allocation.
struct TextRoom {
  static constexpr std::size_t kSmall = 256;
  char small[kSmall];
  std::string large;
};

/// Says which kind of thing a held object keeps (Scope::Hold): one address for each C++ type.
using HeldKind = const char*;

enum class ErrorKind : std::uint8_t {
  kGoError,  ///< as k6's own functions throw: `GoError: message`
  kTypeError,
  kRangeError,
};

/// An isolate whose code runs: values are looked at and made through it. Reading never calls into
/// the script, but for At() and Get() of objects with getters.
class Scope {
 public:
  explicit Scope(v8::Isolate* isolate) : isolate_(isolate) {}

  [[nodiscard]] bool IsNullish(Value value) const;
  [[nodiscard]] bool IsBoolean(Value value) const;
  [[nodiscard]] bool IsNumber(Value value) const;
  [[nodiscard]] bool IsString(Value value) const;
  [[nodiscard]] bool IsBytes(Value value) const;  ///< ArrayBuffer or a view of one
  [[nodiscard]] bool IsFunction(Value value) const;
  [[nodiscard]] bool IsArray(Value value) const;
  [[nodiscard]] bool IsObject(Value value) const;

  [[nodiscard]] bool Truth(Value boolean) const;
  [[nodiscard]] double Number(Value number) const;
  /// A string as UTF-8, half surrogate pairs as U+FFFD. Valid as long as `room`.
  [[nodiscard]] std::string_view Text(Value string, TextRoom& room) const;
  /// As Text(), but of a string that was made of bytes that are no UTF-8, those bytes.
  [[nodiscard]] std::string_view RawText(Value string, TextRoom& room) const;
  /// Memory of an ArrayBuffer or a view; valid until the script runs again.
  [[nodiscard]] std::string_view Bytes(Value bytes) const;
  /// Memory of a Float64Array with at least `size` elements, for as long as it lives; else null.
  [[nodiscard]] double* Numbers(Value array, std::size_t size) const;
  [[nodiscard]] std::int32_t* Integers(Value array, std::size_t size) const;
  [[nodiscard]] std::uint32_t Length(Value array) const;
  /// An element of an array, a member of an object; empty if getting it threw.
  [[nodiscard]] Value At(Value array, std::uint32_t index) const;
  [[nodiscard]] Value Get(Value object, const char* name) const;
  /// What an object made by Hold() keeps; null if it is another object, or keeps another kind.
  [[nodiscard]] void* Held(Value value, HeldKind kind) const;
  [[nodiscard]] std::shared_ptr<void> KeepFunction(Value function) const;
  [[nodiscard]] std::shared_ptr<void> KeepObject(Value object) const;

  [[nodiscard]] Value Undefined() const;
  [[nodiscard]] Value Null() const;
  [[nodiscard]] Value Of(bool value) const;
  [[nodiscard]] Value Of(double value) const;
  /// UTF-8; other bytes are U+FFFD to the script, and themselves to RawText(). Throws a RangeError
  /// if it is longer than a string may be.
  [[nodiscard]] Value Of(std::string_view text) const;
  /// The same of text that lives longer than the isolate: if it is long, V8's heap has
  /// no copy of it.
  [[nodiscard]] Value OfFile(std::string_view text) const;
  /// The text of a string that OfFile() made of a long one; nothing for any other value.
  [[nodiscard]] std::optional<std::string_view> FileOf(Value value) const;
  /// A copy as an ArrayBuffer; throws a RangeError if the memory limit forbids it.
  [[nodiscard]] Value OfBytes(std::string_view bytes) const;
  [[nodiscard]] Value OfJson(std::string_view json) const;  ///< throws a SyntaxError
  [[nodiscard]] Value Array(std::span<const Value> elements) const;
  [[nodiscard]] Value Object(std::span<const char* const> names,
                             std::span<const Value> values) const;
  /// A shallow copy of an object from KeepObject(): its own properties, accessors among them, and
  /// private fields. As cheap as an object literal.
  [[nodiscard]] Value CopyOf(const std::shared_ptr<void>& kept) const;
  /// An opaque object that keeps what `value` points to until the script has let go of it; `free`
  /// may then be called on any thread.
  [[nodiscard]] Value Hold(void* value, HeldKind kind, void (*free)(void* value)) const;

  void Throw(ErrorKind kind, std::string_view message) const;
  /// The prototype that errors of kind kGoError have from here on in the running context.
  void UseGoErrors(Value prototype) const;
  /// The error object Throw() would throw.
  [[nodiscard]] Value Error(ErrorKind kind, std::string_view message) const;

  [[nodiscard]] v8::Isolate* isolate() const { return isolate_; }

 protected:
  v8::Isolate* isolate_;
};

/// A promise of the script's that C++ settles, once.
class Deferred final {
 public:
  explicit Deferred(const Scope& scope);
  [[nodiscard]] Value promise(const Scope& scope) const;
  /// Fulfils it with what `make` gives, or rejects it with what that throws (an empty value).
  void Settle(const Scope& scope, const std::function<Value()>& make) const;

 private:
  std::shared_ptr<void> resolver_;
};

}  // namespace loadctl::js
