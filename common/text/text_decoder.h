// Bytes to text, as the Encoding Standard's TextDecoder does: malformed bytes become U+FFFD or an
// error. Not for texts that are known to be UTF-8. A value: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace loadctl::text {

class TextDecoder final {
 public:
  enum class Encoding { kUtf8, kUtf16Le, kUtf16Be };
  enum class Malformed { kReplace, kFail };
  enum class Bom { kSkip, kKeep };
  enum class More { kYes, kNo };

  /// The encoding that a label (` UTF-8 `, `utf-16`, `unicode`) means; nullopt for others.
  [[nodiscard]] static std::optional<Encoding> ByLabel(std::string_view label);
  [[nodiscard]] static std::string_view Name(Encoding encoding);

  TextDecoder(Encoding encoding, Malformed malformed, Bom bom)
      : encoding_(encoding), malformed_(malformed), bom_(bom) {}

  /// The text of `bytes`, in UTF-8. With More::kYes, the beginning of a character at the end waits
  /// for the next call; without it, the next call begins a new text. nullopt: malformed, and it was
  /// to fail.
  [[nodiscard]] std::optional<std::string> Decode(std::string_view bytes, More more);

 private:
  bool DecodeUtf8(std::string_view bytes, std::string& out);
  bool DecodeUtf16(std::string_view bytes, std::string& out);
  bool Unit(std::uint32_t unit, std::string& out);
  bool Replace(std::string& out) const;
  void Put(std::uint32_t code_point, std::string& out);

  Encoding encoding_;
  Malformed malformed_;
  Bom bom_;
  bool begun_ = false;                ///< a character was seen: a mark is no mark any more
  std::string pending_;               ///< bytes of a character that has not ended
  std::uint32_t high_surrogate_ = 0;  ///< 0: none waits for its other half
};

}  // namespace loadctl::text
