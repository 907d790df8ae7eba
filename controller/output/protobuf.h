// Protocol Buffers' wire format, written by hand: for messages of backends of which we send a few
// fields and read none. Not for our own messages (proto/). Plain values: any thread.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace loadctl::output {

/// Source: the encoding guide of Protocol Buffers.
class ProtoWriter final {
 public:
  void Varint(int field, std::uint64_t value) {
    Tag(field, 0);
    Raw(value);
  }
  /// sint32, sint64.
  void Zigzag(int field, std::int64_t value) {
    Varint(field,
           (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void Fixed64(int field, std::uint64_t bits) {
    Tag(field, 1);
    for (int i = 0; i < 64; i += 8) bytes_.push_back(static_cast<char>(bits >> i));
  }
  void Double(int field, double value) { Fixed64(field, std::bit_cast<std::uint64_t>(value)); }
  /// A text, bytes, a message, or a packed list.
  void Bytes(int field, std::string_view value) {
    Tag(field, 2);
    Raw(value.size());
    bytes_.append(value);
  }
  /// An element of a packed list, which is then written by Bytes().
  void Raw(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>(value | 0x80));
    bytes_.push_back(static_cast<char>(value));
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  void Clear() { bytes_.clear(); }

 private:
  void Tag(int field, unsigned type) { Raw(static_cast<std::uint64_t>(field) << 3 | type); }
  std::string bytes_;
};

}  // namespace loadctl::output
