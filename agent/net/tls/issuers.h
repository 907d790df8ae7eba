// Missing issuers: certificates between a server's and its root that the server did not send, and
// that its certificate says where to find (RFC 5280, 4.2.2.1; k6's `tlsAIAFetch`).
// Not a download (agent/net/client/issuer_fetch.h) and no trust: what is found is verified like
// what the server sends. The worker's thread.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/net/socket/parker.h"

struct x509_st;
struct x509_store_ctx_st;

namespace loadctl::net {

/// Where issuers come from.
class IssuerSource {
 public:
  virtual ~IssuerSource() = default;
  /// What is at `url`, or null if it cannot be had until `wait.deadline`. Parks.
  [[nodiscard]] virtual std::shared_ptr<const std::string> Fetch(std::string_view url,
                                                                 Wait& wait) = 0;
};

/// The search of one handshake.
class IssuerSearch final {
 public:
  /// Begins with what the certificates in `store` say.
  explicit IssuerSearch(x509_store_ctx_st* store);
  ~IssuerSearch();
  IssuerSearch(const IssuerSearch&) = delete;
  IssuerSearch& operator=(const IssuerSearch&) = delete;

  /// There are places to ask.
  [[nodiscard]] bool Pending() const { return !places_.empty(); }
  /// Asks them, and those that are named by what is found: five at most, ten seconds at most.
  void Run(IssuerSource& source, Wait& wait);
  /// Adds what was found to the certificates that the chain of `store` may be made of.
  void AddTo(x509_store_ctx_st* store);

 private:
  std::vector<std::string> places_;
  std::set<std::string, std::less<>> seen_;
  std::vector<x509_st*> found_;

  void Note(x509_st* certificate);
};

/// The certificates in `bytes`, which are the caller's: DER, PEM or a bag of them (PKCS#7).
[[nodiscard]] std::vector<x509_st*> ReadCertificates(std::string_view bytes);

}  // namespace loadctl::net
