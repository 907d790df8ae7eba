#include "agent/net/tls/tls_transport.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <utility>

#include "agent/net/socket/address.h"
#include "agent/net/tls/tls_sessions.h"
#include "agent/net/tls/tls_verify.h"

namespace loadctl::net {

/// OpenSSL's way to the Transport below: no buffer in between, so an idle connection holds none.
struct TlsBio {
  static BIO_METHOD* Method() {
    static BIO_METHOD* const method = [] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "loadctl");
      BIO_meth_set_read(made, Read);
      BIO_meth_set_write(made, Write);
      BIO_meth_set_ctrl(made, Control);
      return made;
    }();
    return method;
  }
  static int Read(BIO* bio, char* into, int size) {
    BIO_clear_retry_flags(bio);
    const int bytes = static_cast<TlsTransport*>(BIO_get_data(bio))->BioRead(into, size);
    if (bytes < 0) BIO_set_retry_read(bio);
    return bytes;
  }
  static int Write(BIO* bio, const char* from, int size) {
    BIO_clear_retry_flags(bio);
    const int bytes = static_cast<TlsTransport*>(BIO_get_data(bio))->BioWrite(from, size);
    if (bytes < 0) BIO_set_retry_write(bio);
    return bytes;
  }
  static long Control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }
};

namespace {

/// Go's names of TLS alerts.
const char* AlertText(int alert) {
  switch (alert) {
    case 0:
      return "close notify";
    case 10:
      return "unexpected message";
    case 20:
      return "bad record MAC";
    case 40:
      return "handshake failure";
    case 42:
      return "bad certificate";
    case 43:
      return "unsupported certificate";
    case 44:
      return "revoked certificate";
    case 45:
      return "expired certificate";
    case 46:
      return "unknown certificate";
    case 47:
      return "illegal parameter";
    case 48:
      return "unknown certificate authority";
    case 49:
      return "access denied";
    case 50:
      return "error decoding message";
    case 51:
      return "error decrypting message";
    case 70:
      return "protocol version not supported";
    case 71:
      return "insufficient security level";
    case 80:
      return "internal error";
    case 86:
      return "inappropriate fallback";
    case 90:
      return "user canceled";
    case 109:
      return "missing extension";
    case 110:
      return "unsupported extension";
    case 112:
      return "unrecognized name";
    case 116:
      return "certificate required";
    case 120:
      return "no application protocol";
    default:
      return nullptr;
  }
}

std::string_view VersionName(int version) {
  switch (version) {
    case TLS1_VERSION:
      return "tls1.0";
    case TLS1_1_VERSION:
      return "tls1.1";
    case TLS1_2_VERSION:
      return "tls1.2";
    case TLS1_3_VERSION:
      return "tls1.3";
    default:
      return "";
  }
}

/// Of what came before, for OpenSSL looks at them after a call. To clear none costs as much as all.
void ForgetErrors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

}  // namespace

TlsTransport::TlsTransport(const TlsContext& context, std::string_view host,
                           std::span<const std::string_view> protocols,
                           std::unique_ptr<Transport> below, TlsSessions* sessions,
                           std::uint16_t port)
    : below_(std::move(below)), verdict_(std::make_unique<Verdict>()) {
  verdict_->host = host;
  verdict_->host_is_ip = IpAddress::Parse(host).has_value();
  verdict_->issuers = context.issuers();
  ssl_ = SSL_new(context.NativeFor(host));
  BIO* bio = ssl_ == nullptr ? nullptr : BIO_new(TlsBio::Method());
  if (bio == nullptr) return;  // out of memory: Handshake() says so
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_app_data(ssl_, verdict_.get());
  if (!verdict_->host_is_ip) SSL_set_tlsext_host_name(ssl_, verdict_->host.c_str());
  std::string alpn;
  for (const std::string_view protocol : protocols) {
    alpn += static_cast<char>(protocol.size());
    alpn += protocol;
  }
  if (!alpn.empty()) {
    SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(alpn.data()),
                        static_cast<unsigned>(alpn.size()));
  }
  if (sessions != nullptr) {
    verdict_->sessions = sessions;
    verdict_->session_name = verdict_->host + ':' + std::to_string(port);
    SSL_SESSION* known = sessions->Copy(verdict_->session_name);
    if (known != nullptr) SSL_set_session(ssl_, known);
    SSL_SESSION_free(known);
  }
  SSL_set_tlsext_status_type(ssl_, TLSEXT_STATUSTYPE_ocsp);
  SSL_set_connect_state(ssl_);
}

TlsTransport::~TlsTransport() {
  // A polite end, as Go's; one try, nothing waits for it.
  if (ssl_ != nullptr && SSL_is_init_finished(ssl_) == 1 && failure_.text.empty()) {
    (void)SSL_shutdown(ssl_);
    ERR_clear_error();
  }
  SSL_free(ssl_);
}

int TlsTransport::BioRead(char* into, int size) {
  const ReadResult result = below_->TryRead({into, static_cast<std::size_t>(size)});
  below_status_ = result.status;
  if (result.status == IoStatus::kWouldBlock) return -1;
  if (result.status != IoStatus::kOk) return 0;
  arrived_ = result.arrived;
  drained_ = result.drained;
  if (std::exchange(waited_, false)) late_ += std::chrono::steady_clock::now() - result.arrived;
  if (first_count_ < first_bytes_.size()) {
    const std::size_t count = std::min(first_bytes_.size() - first_count_, result.bytes);
    std::copy_n(into, count, first_bytes_.begin() + static_cast<std::ptrdiff_t>(first_count_));
    first_count_ += count;
  }
  return static_cast<int>(result.bytes);
}

/// A write that fails because the peer has gone does not stop OpenSSL, which could then not read
/// the alert that says why it went; its caller is told afterwards.
int TlsTransport::BioWrite(const char* from, int size) {
  if (broken_) return size;
  const std::string_view bytes(from, static_cast<std::size_t>(size));
  const WriteResult result = below_->TryWrite({&bytes, 1});
  if (result.status == IoStatus::kFailed) {
    broken_ = below_->failure();
    return size;
  }
  below_status_ = result.status;
  if (result.status == IoStatus::kWouldBlock) return -1;
  return result.status == IoStatus::kOk ? static_cast<int>(result.bytes) : 0;
}

IoStatus TlsTransport::Break(Failure failure) {
  failure_ = std::move(failure);
  return IoStatus::kFailed;
}

Failure TlsTransport::ProtocolFailure() const {
  if (verdict_->failure) return *verdict_->failure;
  const bool is_record = first_count_ > 0 && first_bytes_[0] >= 0x14 && first_bytes_[0] <= 0x17;
  if (first_count_ == first_bytes_.size() && !is_record) {
    Failure failure = OtherFailure("tls: first record does not look like a TLS handshake");
    failure.code = code::kTlsHeader;
    // Go's client says it in other words, but only where they are logged or thrown.
    if (std::memcmp(first_bytes_.data(), "HTTP/", 5) == 0)
      failure.detail = "http: server gave HTTP response to HTTPS client";
    return failure;
  }
  const unsigned long error = ERR_peek_error();
  const int reason = ERR_GET_REASON(error);
  if (ERR_GET_LIB(error) == ERR_LIB_SSL &&
      (reason == SSL_R_PACKET_LENGTH_TOO_LONG || reason == SSL_R_ENCRYPTED_LENGTH_TOO_LONG)) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(first_bytes_[i]); };
    Failure failure = OtherFailure("tls: oversized record received with length " +
                                   std::to_string(byte(3) << 8 | byte(4)));
    failure.code = code::kTlsHeader;
    return failure;
  }
  if (ERR_GET_LIB(error) == ERR_LIB_SSL && reason >= SSL_AD_REASON_OFFSET) {
    const int alert = reason - SSL_AD_REASON_OFFSET;
    const char* text = AlertText(alert);
    Failure failure = OtherFailure("remote error: " +
                                   (text != nullptr ? std::string("tls: ") + text
                                                    : "tls: alert(" + std::to_string(alert) + ")"));
    failure.code = code::kNonTcp;
    return failure;
  }
  const char* text = ERR_reason_error_string(error);
  return OtherFailure(std::string("tls: ") + (text != nullptr ? text : "protocol error"));
}

IoStatus TlsTransport::Explain(int ssl_result) {
  switch (SSL_get_error(ssl_, ssl_result)) {
    case SSL_ERROR_WANT_READ:
      more_inside_ = false;
      return IoStatus::kWouldBlock;
    case SSL_ERROR_WANT_WRITE:
      wants_write_ = true;
      return IoStatus::kWouldBlock;
    case SSL_ERROR_ZERO_RETURN:
      return IoStatus::kEof;
    default:
      break;
  }
  IoStatus status = IoStatus::kFailed;
  if (below_status_ == IoStatus::kFailed) {
    failure_ = below_->failure();
  } else if (below_status_ == IoStatus::kEof) {
    status = IoStatus::kEof;
  } else {
    failure_ = ProtocolFailure();
  }
  ERR_clear_error();
  return status;
}

/// The server waits meanwhile; that is not its time.
IoStatus TlsTransport::FindIssuers(Wait& wait) {
  const TimePoint begun = std::chrono::steady_clock::now();
  verdict_->search->Run(*verdict_->issuers, wait);
  const TimePoint now = std::chrono::steady_clock::now();
  late_ += now - begun;
  if (wait.Cancelled()) return IoStatus::kCancelled;
  return now >= wait.deadline ? IoStatus::kTimeout : IoStatus::kOk;
}

IoStatus TlsTransport::Handshake(Wait& wait) {
  if (ssl_ == nullptr || SSL_get_rbio(ssl_) == nullptr) {
    return Break({Outcome::kGeneratorError, code::kDefault, "tls: out of memory", {}});
  }
  for (;;) {
    ERR_clear_error();
    wants_write_ = false;
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) break;
    if (SSL_want_retry_verify(ssl_)) {
      if (const IoStatus found = FindIssuers(wait); found != IoStatus::kOk) return found;
      continue;
    }
    const IoStatus status = Explain(result);
    if (status == IoStatus::kEof) return Break(broken_ ? *broken_ : PlainEof());
    if (status != IoStatus::kWouldBlock) return status;
    const IoStatus waited =
        below_->WaitFor(wants_write_ ? Interest::kWrite : Interest::kRead, wait);
    if (waited != IoStatus::kOk) return waited;
    waited_ = !wants_write_;
  }
  session_.version = VersionName(SSL_version(ssl_));
  if (const char* name = SSL_CIPHER_standard_name(SSL_get_current_cipher(ssl_)); name != nullptr) {
    session_.cipher_suite = name;
    // IANA's name of these has an end that k6's has not; in TLS 1.3 both have it.
    if (session_.cipher_suite.starts_with("TLS_ECDHE_") &&
        session_.cipher_suite.ends_with("_POLY1305_SHA256"))
      session_.cipher_suite.remove_suffix(std::string_view("_SHA256").size());
  }
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_, &protocol, &size);
  session_.protocol = {reinterpret_cast<const char*>(protocol), size};
  unsigned char* stapled = nullptr;
  const long stapled_size = SSL_get_tlsext_status_ocsp_resp(ssl_, &stapled);
  if (stapled != nullptr && stapled_size > 0) {
    session_.ocsp =
        ReadOcsp({reinterpret_cast<const char*>(stapled), static_cast<std::size_t>(stapled_size)});
  }
  more_inside_ = SSL_has_pending(ssl_) == 1;
  return IoStatus::kOk;
}

ReadResult TlsTransport::TryRead(std::span<char> into) {
  ForgetErrors();
  wants_write_ = false;
  std::size_t bytes = 0;
  const int result = SSL_read_ex(ssl_, into.data(), into.size(), &bytes);
  if (result != 1) return {Explain(result), 0, arrived_};
  more_inside_ = SSL_has_pending(ssl_) == 1;
  // What was inside may have been enough, and more have come since `below_` was read.
  return {IoStatus::kOk, bytes, arrived_, drained_ && !more_inside_ && !below_->Stirred()};
}

WriteResult TlsTransport::TryWrite(std::span<const std::string_view> parts) {
  ForgetErrors();
  wants_write_ = false;
  std::size_t accepted = 0;
  for (std::string_view part : parts) {
    while (!part.empty()) {
      std::size_t bytes = 0;
      const int result = SSL_write_ex(ssl_, part.data(), part.size(), &bytes);
      if (result != 1) {
        if (accepted != 0) return {IoStatus::kOk, accepted};
        const IoStatus status = Explain(result);
        if (status != IoStatus::kEof) return {status, 0};
        return {Break(SocketFailure("write", EPIPE, "", "")), 0};
      }
      if (broken_) return {Break(*broken_), 0};
      accepted += bytes;
      part.remove_prefix(bytes);
    }
  }
  return {IoStatus::kOk, accepted};
}

IoStatus TlsTransport::WaitFor(Interest interest, Wait& wait) {
  if (interest != Interest::kWrite && more_inside_) return IoStatus::kOk;
  if (interest == Interest::kRead && wants_write_) interest = Interest::kEither;
  return below_->WaitFor(interest, wait);
}

}  // namespace loadctl::net
