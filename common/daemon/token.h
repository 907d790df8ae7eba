// The token that a controller without certificates asks for: a file of its user's, which local
// programs of that user find by themselves. Not for encryption (tls.h). Blocking, any thread.
#pragma once

#include <string>

#include "common/base/error.h"

namespace loadctl::daemon {

/// Of the controller at a port of this machine; only in its user's reach.
class TokenFile final {
 public:
  /// Writes the token to RuntimeFolder()/controller-PORT.token (mode 0600), over what a controller
  /// that has ended may have left there. Fails (kGeneric) naming the file.
  static Result<TokenFile> Make(int port, std::string token);
  TokenFile(TokenFile&& other) noexcept;
  TokenFile& operator=(TokenFile&&) = delete;
  /// Removes the file, if it is still this one.
  ~TokenFile();

  [[nodiscard]] const std::string& token() const { return token_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  TokenFile(std::string path, std::string token);

  std::string path_, token_;
};

/// A new one, of 256 random bits.
[[nodiscard]] Result<std::string> NewToken();

/// The token for this address: what the file says, if one is named; else, for a port of this
/// machine, what this user's controller there has written. Empty if there is none.
[[nodiscard]] std::string FindToken(const std::string& address, const std::string& file);

/// Whether the two are equal, in a time that tells nothing of where they differ.
[[nodiscard]] bool IsToken(const std::string& given, const std::string& wanted);

/// The name of the call's metadata that carries it, as `Bearer TOKEN`.
inline constexpr char kTokenMetadata[] = "authorization";
inline constexpr char kTokenScheme[] = "Bearer ";

}  // namespace loadctl::daemon
