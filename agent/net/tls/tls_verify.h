// Judges a server's certificate in the order and the words of Go's crypto/x509.
// Not for trust decisions elsewhere; used by tls_*.cc only. The worker's thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/net/socket/failure.h"
#include "agent/net/tls/issuers.h"

struct x509_store_ctx_st;
struct x509_st;

namespace loadctl::net {

class TlsSessions;

/// What one verification found wrong, and where its session is kept; hung onto the SSL as its app
/// data.
struct Verdict {
  std::string host;  ///< name to check, or IP literal
  bool host_is_ip = false;
  std::optional<Failure> failure;
  TlsSessions* sessions = nullptr;       ///< null: nowhere
  std::string session_name;              ///< there
  IssuerSource* issuers = nullptr;       ///< null: nothing is fetched
  std::unique_ptr<IssuerSearch> search;  ///< once an issuer was found missing
};

/// For SSL_CTX_set_cert_verify_callback: 1 if the chain is trusted and names the host. Where an
/// issuer is missing that may be searched for, it asks OpenSSL to call it again
/// (SSL_want_retry_verify), and `search` is to run before that.
///
/// Go's order: expired first, then the host name, then the chain of trust.
int VerifyAsGo(x509_store_ctx_st* store, void* unused);

}  // namespace loadctl::net
