// One call from a script into C++: its arguments, and its result or exception.
// What modules use instead of V8's own types. On the VU's fiber, inside its isolate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace loadctl::js {

/// Arguments are counted from 0; asking for one that was not passed gives `undefined`.
class Call final {
 public:
  struct Info;  ///< V8's view of the call
  explicit Call(Info& info) : info_(info) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  [[nodiscard]] int Size() const;
  [[nodiscard]] bool IsNullish(int index) const;
  [[nodiscard]] bool IsString(int index) const;
  [[nodiscard]] bool IsNumber(int index) const;
  [[nodiscard]] bool IsBytes(int index) const;  ///< ArrayBuffer or a view of one
  [[nodiscard]] bool IsFunction(int index) const;

  /// The argument as JavaScript would convert it, but without calling into the script: for what is
  /// neither number nor boolean, NaN, 0 or false.
  [[nodiscard]] double Number(int index) const;
  [[nodiscard]] std::int64_t Integer(int index) const;
  [[nodiscard]] bool Bool(int index) const;
  /// A string as UTF-8, bytes as they are, anything else as "".
  [[nodiscard]] std::string String(int index) const;
  /// As String(), into a buffer whose memory is used again.
  void StringTo(int index, std::string& out) const;
  /// The elements of an array of strings; others become "".
  [[nodiscard]] std::vector<std::string> Strings(int index) const;
  /// Memory of an argument that is an ArrayBuffer or a view; valid until the script runs again.
  [[nodiscard]] std::string_view Bytes(int index) const;
  /// Keeps a Float64Array argument's memory for as long as its VU lives.
  [[nodiscard]] double* SharedNumbers(int index, std::size_t size) const;
  /// What an object made by ReturnHeld() keeps; null for undefined and null. Faces see to it that
  /// scripts can pass no other object.
  [[nodiscard]] std::shared_ptr<void> Held(int index) const;
  /// Keeps a function argument; calling it later is EventLoop's business.
  [[nodiscard]] std::shared_ptr<void> KeepFunction(int index) const;

  /// URL of the script's file from which the call came, "" if there is none.
  [[nodiscard]] std::string CallerUrl() const;

  void Return(double value);
  void Return(bool value);
  void Return(int value) { Return(static_cast<double>(value)); }
  void Return(std::int64_t value) { Return(static_cast<double>(value)); }
  /// UTF-8 text; false, with nothing returned, if it is longer than a string may be.
  bool Return(std::string_view text);
  bool Return(const char* text) { return Return(std::string_view(text)); }
  bool Return(const std::string& text) { return Return(std::string_view(text)); }
  void ReturnNull();
  /// A copy of the bytes as an ArrayBuffer; false if the memory limit forbids it.
  bool ReturnBytes(std::string_view bytes);
  void ReturnStrings(const std::vector<std::string>& strings);
  /// An opaque object that keeps `value` until the script has let go of it. What is kept may then
  /// be destroyed on any thread.
  void ReturnHeld(std::shared_ptr<void> value);
  /// Text parsed as JSON; throws a SyntaxError into the script if it is none.
  void ReturnJson(std::string_view json);

  /// Throws k6's kind of error into the script: `GoError: message`.
  void Throw(std::string_view message);
  void ThrowTypeError(std::string_view message);
  void ThrowRangeError(std::string_view message);

 private:
  Info& info_;
};

/// A function a module gives to its script side.
struct NativeExport {
  const char* name;
  void (*invoke)(void* state, Call& call);
};

/// Among a module's natives: `lazily(specifier)`, the exports of another face, which is run when it
/// is first asked for.
inline constexpr NativeExport kLazily{"lazily", nullptr};

template <auto Member>
struct MemberTraits;
template <class T, void (T::*Member)(Call&)>
struct MemberTraits<Member> {
  using Class = T;
};

/// `Native<&HttpModule::Send>("send")`: the member function as a NativeExport.
template <auto Member>
constexpr NativeExport Native(const char* name) {
  return {name, [](void* state, Call& call) {
            using Class = typename MemberTraits<Member>::Class;
            (static_cast<Class*>(state)->*Member)(call);
          }};
}

}  // namespace loadctl::js
