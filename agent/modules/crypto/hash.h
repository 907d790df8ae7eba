// Hashes and HMACs by k6's names. Not for encodings of what they give. A value: one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace loadctl::modules::crypto {

class Hash final {
 public:
  /// `sha256`, `md4`, ...; nullopt if there is none of that name.
  [[nodiscard]] static std::optional<Hash> Make(std::string_view name);
  [[nodiscard]] static std::optional<Hash> MakeHmac(std::string_view name, std::string_view key);

  Hash(Hash&&) noexcept;
  Hash& operator=(Hash&&) noexcept;
  ~Hash();

  void Update(std::string_view bytes);
  /// Of what came so far; more may follow.
  [[nodiscard]] std::string Digest() const;

 private:
  struct State;
  explicit Hash(std::unique_ptr<State> state);
  static std::unique_ptr<State> NewState(std::string_view name);

  std::unique_ptr<State> state_;
  std::unique_ptr<State> outer_;  ///< of an HMAC: takes the digest of what came
};

}  // namespace loadctl::modules::crypto
