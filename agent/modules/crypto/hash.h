// Hashes and HMACs by k6's names. Not for encodings of what they give. A value: one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace loadctl::modules::crypto {

class Hash final {
 public:
  class State;

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
  explicit Hash(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace loadctl::modules::crypto
