// TlsContext and TlsTransport: TLS by OpenSSL over any Transport.
// Not a socket: bytes move through the Transport below, so tests run it over a pipe.
// One worker's thread; a TlsContext is the worker's and outlives its connections.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/net/socket/transport.h"
#include "agent/net/tls/ocsp.h"
#include "common/base/error.h"

struct ssl_ctx_st;
struct ssl_st;

namespace loadctl::net {

/// A certificate and its key for one or more host names (k6's `tlsAuth`), PEM.
struct ClientCertificate {
  std::string certificate;
  std::string key;
  std::string password;
  std::vector<std::string> domains;  ///< `*.example.com` allowed; empty: every host
};

/// What k6's TLS options say, for one test run.
struct TlsOptions {
  enum class Verify : std::uint8_t { kYes, kNo };
  enum class Version : std::uint8_t { kTls10, kTls11, kTls12, kTls13 };

  Verify verify = Verify::kYes;  ///< kNo: insecureSkipTLSVerify
  Version min_version = Version::kTls12;
  Version max_version = Version::kTls13;
  /// k6's names (`TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`), in any order; empty: Go's default.
  std::vector<std::string> cipher_suites;
  std::vector<ClientCertificate> client_certificates;
  std::string extra_roots;  ///< PEM, added to the system store (tests)
};

/// What was agreed: `tls1.3`, `TLS_AES_128_GCM_SHA256`, the ALPN protocol (may be empty).
struct TlsSession {
  std::string_view version;
  std::string_view cipher_suite;
  std::string_view protocol;
  std::shared_ptr<const OcspStatus> ocsp{};  ///< what the server stapled; null: nothing
};

struct Verdict;
class IssuerSource;
class TlsSessions;

/// One SSL_CTX of a worker. Trusts the system's authorities, or those of SSL_CERT_FILE and
/// SSL_CERT_DIR; appends session keys to the file that SSLKEYLOGFILE names.
class TlsContext final {
 public:
  /// Fails on options OpenSSL cannot honour: unknown cipher suite, unreadable certificate or key.
  [[nodiscard]] static Result<std::unique_ptr<TlsContext>> Make(const TlsOptions& options);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  /// Reads the system's root certificates, if that was not done yet, before a connection must wait
  /// for it. Some 15 ms; any thread.
  static void ReadSystemRoots();

  [[nodiscard]] TlsOptions::Verify verify() const { return verify_; }
  /// Lets connections fetch issuers that servers did not send; `source` outlives them.
  void FetchIssuersFrom(IssuerSource& source) { issuers_ = &source; }
  [[nodiscard]] IssuerSource* issuers() const { return issuers_; }
  /// The context with the client certificate for `host`, else the one for all hosts.
  [[nodiscard]] ssl_ctx_st* NativeFor(std::string_view host) const;

 private:
  struct PerDomain {
    std::vector<std::string> domains;
    ssl_ctx_st* context;
  };
  ssl_ctx_st* context_ = nullptr;
  std::vector<PerDomain> per_domain_;
  TlsOptions::Verify verify_ = TlsOptions::Verify::kYes;
  mutable bool needs_roots_ = false;  // the system's, before the first connection
  IssuerSource* issuers_ = nullptr;

  TlsContext() = default;
};

/// The client's end of TLS over `below`, which it owns. Call Handshake() once, first.
///
/// Holds no buffers between calls (SSL_MODE_RELEASE_BUFFERS, a BIO straight onto `below`).
class TlsTransport final : public Transport {
 public:
  /// `host`: name for SNI and for the certificate check; an IP literal is checked against IP names
  /// and sent as no SNI. `protocols`: ALPN names offered, each of 1 to 255 bytes.
  /// `sessions`: where those of this server are looked for and kept, by the host, and outlives it;
  /// null: each handshake is a whole one.
  TlsTransport(const TlsContext& context, std::string_view host,
               std::span<const std::string_view> protocols, std::unique_ptr<Transport> below,
               TlsSessions* sessions = nullptr, std::uint16_t port = 0);
  ~TlsTransport() override;
  TlsTransport(const TlsTransport&) = delete;
  TlsTransport& operator=(const TlsTransport&) = delete;

  /// Parks until done. kOk, kTimeout, kCancelled, or kFailed: failure() has k6's code 1310, 1311,
  /// 1301, 1010 (alert) or 1000.
  [[nodiscard]] IoStatus Handshake(Wait& wait);
  /// By how much Handshake() came late to what had arrived, and what it fetched from elsewhere: not
  /// the server's time.
  [[nodiscard]] std::chrono::nanoseconds late() const { return late_; }
  /// Valid after Handshake(); the views are static or live as long as this.
  [[nodiscard]] const TlsSession& session() const { return session_; }

  ReadResult TryRead(std::span<char> into) override;
  WriteResult TryWrite(std::span<const std::string_view> parts) override;
  bool Queue(QueuedWrite& write) override {
    write.through = this;
    return below_->Queue(write);
  }
  void Unqueue() override { below_->Unqueue(); }
  IoStatus WaitFor(Interest interest, Wait& wait) override;
  void Listen(TransportListener* listener) override { below_->Listen(listener); }
  bool QueueTurn(TimePoint now, Company company) override {
    return below_->QueueTurn(now, company);
  }
  void SetAlarm(TimePoint when) override { below_->SetAlarm(when); }
  bool Stirred() const override { return below_->Stirred(); }
  void Close() override { below_->Close(); }
  const Failure& failure() const override { return failure_; }
  std::uint64_t bytes_received() const override { return below_->bytes_received(); }
  std::uint64_t bytes_sent() const override { return below_->bytes_sent(); }

 private:
  friend struct TlsBio;

  std::unique_ptr<Transport> below_;
  std::unique_ptr<Verdict> verdict_;
  ssl_st* ssl_ = nullptr;
  TlsSession session_;
  Failure failure_;
  std::optional<Failure> broken_;          ///< of a write below: the peer takes no more
  TimePoint arrived_{};                    ///< of the last ciphertext read
  std::chrono::nanoseconds late_{0};       ///< in Handshake(), after each wait
  IoStatus below_status_ = IoStatus::kOk;  ///< of the last BIO call
  std::array<char, 5> first_bytes_{};      ///< of the peer, to tell TLS from plain HTTP
  std::size_t first_count_ = 0;
  bool waited_ = false;       ///< in Handshake(), and nothing was read since
  bool wants_write_ = false;  ///< OpenSSL holds ciphertext that `below_` did not take
  bool drained_ = false;      ///< `below_` held less than was asked for last
  bool more_inside_ = false;  ///< OpenSSL holds ciphertext that was not looked at

  int BioRead(char* into, int size);
  int BioWrite(const char* from, int size);
  IoStatus Explain(int ssl_result);
  IoStatus FindIssuers(Wait& wait);
  IoStatus Break(Failure failure);
  Failure ProtocolFailure() const;
};

}  // namespace loadctl::net
