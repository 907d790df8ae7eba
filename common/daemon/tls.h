// Certificates of controller, agents and clients: read, checked, and what went wrong in words.
// Not for the targets of a test (agent/net). Blocking functions, any thread.
#pragma once

#include <chrono>
#include <string>

#include "common/base/error.h"

namespace loadctl::daemon {

/// What a program proves itself with and whom it trusts.
struct Tls {
  std::string cert, key, ca;  ///< PEM: files for LoadTls(), texts in its result
  std::string
      warning{};  ///< of LoadTls(), for people: others can read the key; "" if nothing is odd
  [[nodiscard]] bool plaintext() const { return cert.empty() && key.empty() && ca.empty(); }
};

/// A file's text. Fails (kGeneric) naming the flag and the file.
[[nodiscard]] Result<std::string> ReadPemFile(const std::string& path, const char* flag);

/// Whether a program proves itself with a certificate, or may do it otherwise: by a join token.
enum class OwnCertificate { kNeeded, kIfNamed };

/// Reads the three files, or none if none is named and `address` is on this machine; the authority
/// alone where an own certificate is not needed.
///
/// Fails (kGeneric) naming the flag and the file: one of three missing, unreadable, no PEM, expired
/// or not yet valid, a key that is not the certificate's, plaintext to another machine.
[[nodiscard]] Result<Tls> LoadTls(const Tls& files, const std::string& address,
                                  OwnCertificate own = OwnCertificate::kNeeded);

/// From here on gRPC's TLS streams of this process are of version 1.3 or do not come about, and it
/// writes no lines of its own (GRPC_VERBOSITY undoes that). Before the first use of gRPC and the
/// first thread: it sets environment variables.
void SetUpGrpc();

/// Why no stream to `address` comes about, found out by trying: refused, not trusted, expired,
/// plaintext where TLS was expected... Empty if nothing is wrong. Takes at most about `patience`.
[[nodiscard]] std::string DiagnoseConnection(const std::string& address, const Tls& tls,
                                             std::chrono::milliseconds patience);

}  // namespace loadctl::daemon
