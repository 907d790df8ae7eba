// Thrift's compact protocol, as far as Parquet's footers and page headers need it: writing structs.
// Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
// Not for reading. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace loadctl::output {

/// Fields of a struct, in the order of their numbers, which grow by 1 to 15.
class ThriftWriter final {
 public:
  void Bool(int field, bool value) { Field(field, value ? 1 : 2); }
  void Int32(int field, std::int32_t value) { Number(field, 5, value); }
  void Int64(int field, std::int64_t value) { Number(field, 6, value); }
  void Text(int field, std::string_view value) {
    Field(field, 8);
    Bytes(value);
  }
  /// `write` writes its fields.
  void Struct(int field, const std::function<void()>& write) {
    Field(field, 12);
    Inside(write);
  }
  /// `write(i)` writes element i, by one of the next.
  void Structs(int field, std::size_t count, const std::function<void(std::size_t)>& write) {
    Field(field, 9);
    ListHead(count, 12);
    for (std::size_t i = 0; i < count; ++i) Inside([&] { write(i); });
  }
  void Int32s(int field, std::size_t count, const std::function<std::int32_t(std::size_t)>& value) {
    Field(field, 9);
    ListHead(count, 5);
    for (std::size_t i = 0; i < count; ++i) Varint(ZigZag(value(i)));
  }
  void Texts(int field, std::size_t count,
             const std::function<std::string_view(std::size_t)>& value) {
    Field(field, 9);
    ListHead(count, 8);
    for (std::size_t i = 0; i < count; ++i) Bytes(value(i));
  }
  /// The bytes of the struct, which is ended by this.
  [[nodiscard]] std::string Take() {
    out_ += '\0';
    last_ = 0;
    return std::move(out_);
  }

 private:
  static std::uint64_t ZigZag(std::int64_t value) {
    return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  }
  void Varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_ += static_cast<char>(value | 0x80);
    out_ += static_cast<char>(value);
  }
  void Bytes(std::string_view value) {
    Varint(value.size());
    out_ += value;
  }
  void Field(int field, int type) {
    out_ += static_cast<char>(((field - last_) << 4) | type);
    last_ = field;
  }
  void Number(int field, int type, std::int64_t value) {
    Field(field, type);
    Varint(ZigZag(value));
  }
  void ListHead(std::size_t count, int type) {
    if (count < 15) {
      out_ += static_cast<char>((count << 4) | static_cast<unsigned>(type));
      return;
    }
    out_ += static_cast<char>(0xf0 | type);
    Varint(count);
  }
  void Inside(const std::function<void()>& write) {
    const int last = last_;
    last_ = 0;
    write();
    out_ += '\0';
    last_ = last;
  }

  std::string out_;
  int last_ = 0;
};

}  // namespace loadctl::output
