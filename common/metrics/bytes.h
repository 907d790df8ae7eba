// Varints, doubles and strings in a byte string: the alphabet of delta.cc and samples.cc.
// Not a public format: theirs are. Plain values: any thread.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace loadctl::metrics {

class ByteWriter {
 public:
  void Byte(std::uint8_t value) { bytes_.push_back(static_cast<char>(value)); }
  void Unsigned(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) Byte(static_cast<std::uint8_t>(value | 0x80));
    Byte(static_cast<std::uint8_t>(value));
  }
  void Signed(std::int64_t value) {
    Unsigned((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void Double(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    for (int i = 0; i < 64; i += 8) Byte(static_cast<std::uint8_t>(bits >> i));
  }
  void String(std::string_view value) {
    Unsigned(value.size());
    bytes_.append(value);
  }
  void Raw(std::string_view bytes) { bytes_.append(bytes); }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::string Take() { return std::exchange(bytes_, {}); }

 private:
  std::string bytes_;
};

/// Reads what ByteWriter wrote. After the first failure ok() is false and all reads give zeros.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t left() const { return bytes_.size(); }
  void Break() {
    ok_ = false;
    bytes_ = {};
  }

  std::uint8_t Byte() {
    if (bytes_.empty()) {
      ok_ = false;
      return 0;
    }
    const auto value = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }
  std::uint64_t Unsigned() {
    // Counts and gaps of buckets are one byte, mostly.
    if (!bytes_.empty() && static_cast<std::uint8_t>(bytes_.front()) < 0x80) {
      const auto value = static_cast<std::uint8_t>(bytes_.front());
      bytes_.remove_prefix(1);
      return value;
    }
    return LongUnsigned();
  }
  std::int64_t Signed() {
    const std::uint64_t value = Unsigned();
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  double Double() {
    if (left() < 8) Break();
    if (!ok_) return 0;
    std::uint64_t bits = 0;
    for (int i = 0; i < 8; ++i)
      bits |= std::uint64_t{static_cast<std::uint8_t>(bytes_[i])} << (8 * i);
    bytes_.remove_prefix(8);
    return std::bit_cast<double>(bits);
  }
  std::string String() {
    const std::uint64_t size = Unsigned();
    if (size > left()) Break();
    if (!ok_) return {};
    std::string value(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return value;
  }
  /// A count of things that take at least one byte each: more than left() is a failure.
  std::size_t Count() {
    const std::uint64_t count = Unsigned();
    if (count > left()) Break();
    return ok_ ? static_cast<std::size_t>(count) : 0;
  }

 private:
  std::uint64_t LongUnsigned() {
    std::uint64_t value = 0;
    const std::size_t size = std::min<std::size_t>(bytes_.size(), 10);
    for (std::size_t i = 0; i < size; ++i) {
      const auto byte = static_cast<std::uint8_t>(bytes_[i]);
      if (i == 9 && byte > 1) break;
      value |= std::uint64_t{byte & 0x7fu} << (7 * i);
      if (byte < 0x80) {
        bytes_.remove_prefix(i + 1);
        return value;
      }
    }
    Break();
    return 0;
  }

  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace loadctl::metrics
