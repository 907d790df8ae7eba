// DiagnoseConnection(): a TLS handshake of our own, because gRPC does not say what went wrong.
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "common/daemon/endpoint.h"
#include "common/daemon/pem.h"
#include "common/daemon/tls.h"

namespace loadctl::daemon {
namespace {

using std::chrono::milliseconds;

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

void LimitWaiting(int descriptor, milliseconds patience) {
  const timeval limit{patience.count() / 1000, (patience.count() % 1000) * 1000};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

std::string ConnectError(int error) {
  return error == EINPROGRESS || error == EAGAIN ? "no answer (filtered, or no such machine?)"
                                                 : std::strerror(error);
}

Result<Socket> ConnectUnix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return Fail("the path of the socket is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  Socket made(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(made.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return Fail(std::strerror(errno));
  return made;
}

Result<Socket> Connect(const Endpoint& endpoint, milliseconds patience) {
  if (!endpoint.path.empty()) return ConnectUnix(endpoint.path);
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  const int error = getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &hints, &found);
  if (error != 0) return Fail("the name " + endpoint.host + ": " + gai_strerror(error));
  const Owned<addrinfo, freeaddrinfo> owner(found);
  std::string why = "no address";
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    Socket made(socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (made.get() < 0) continue;
    LimitWaiting(made.get(), patience);
    if (connect(made.get(), at->ai_addr, at->ai_addrlen) == 0) return made;
    why = ConnectError(errno);
  }
  return Fail(why);
}

using Context = Owned<SSL_CTX, SSL_CTX_free>;
using Session = Owned<SSL, SSL_free>;

bool Fill(SSL_CTX& context, const Tls& tls) {
  X509_STORE* store = SSL_CTX_get_cert_store(&context);
  for (const Certificate& trusted : ReadCertificates(tls.ca))
    X509_STORE_add_cert(store, trusted.get());
  if (SSL_CTX_set_min_proto_version(&context, TLS1_3_VERSION) != 1) return false;
  if (tls.cert.empty()) return true;  // it comes by a join token
  const Certificate own = ReadCertificate(tls.cert);
  const Key key = ReadKey(tls.key);
  return own && key && SSL_CTX_use_certificate(&context, own.get()) == 1 &&
         SSL_CTX_use_PrivateKey(&context, key.get()) == 1;
}

/// What OpenSSL says of the last failure, or that there was no answer.
std::string Reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* text = ERR_reason_error_string(code);
  if (text != nullptr) return text;
  return errno == EAGAIN || errno == EWOULDBLOCK ? "no answer" : "the connection was closed";
}

std::string Handshake(SSL& ssl) {
  ERR_clear_error();
  errno = 0;
  if (SSL_connect(&ssl) != 1) {
    const long verdict = SSL_get_verify_result(&ssl);
    if (verdict != X509_V_OK) {
      return std::string("the controller's certificate is not accepted: ") +
             X509_verify_cert_error_string(verdict);
    }
    const std::string reason = Reason();
    if (reason == "wrong version number") return "no TLS is spoken there (a plaintext controller?)";
    return "the TLS handshake failed: " + reason;
  }
  // With TLS 1.3 a refusal of our certificate comes after the handshake; a controller that is
  // content sends HTTP/2 settings.
  char byte = 0;
  ERR_clear_error();
  errno = 0;
  if (SSL_read(&ssl, &byte, 1) == 1) return "";
  const std::string reason = Reason();
  if (reason == "no answer") return "";
  return "the controller does not accept this program's certificate: " + reason;
}

/// Empty if the other side may be a plaintext HTTP/2 server, which greets back.
std::string RefusesPlaintext(int descriptor) {
  const std::string preface("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);
  if (send(descriptor, preface.data(), preface.size(), MSG_NOSIGNAL) < 0) return "";
  unsigned char first = 0;
  const ssize_t got = recv(descriptor, &first, 1, 0);
  // A TLS server answers plain text with an alert (21), or hangs up.
  const bool alert = got == 1 && first == 21;
  const bool hung_up = got == 0 || (got < 0 && errno == ECONNRESET);
  if (!alert && !hung_up) return "";
  return "it wants TLS, or is no controller: give --tls-cert, --tls-key and --tls-ca";
}

}  // namespace

std::string DiagnoseConnection(const std::string& address, const Tls& tls, milliseconds patience) {
  const auto endpoint = ParseEndpoint(address);
  if (!endpoint) return endpoint.error().message;
  const auto socket = Connect(*endpoint, patience);
  if (!socket) return socket.error().message;
  LimitWaiting(socket->get(), patience);
  if (tls.plaintext()) return RefusesPlaintext(socket->get());
  const Context context(SSL_CTX_new(TLS_client_method()));
  if (!context || !Fill(*context, tls)) return "the certificates cannot be used";
  const unsigned char protocols[] = {2, 'h', '2'};
  SSL_CTX_set_alpn_protos(context.get(), protocols, sizeof protocols);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  const Session ssl(SSL_new(context.get()));
  X509_VERIFY_PARAM* verify = SSL_get0_param(ssl.get());
  const std::string& host = endpoint->host;
  if (X509_VERIFY_PARAM_set1_ip_asc(verify, host.c_str()) != 1) {
    X509_VERIFY_PARAM_set1_host(verify, host.data(), host.size());
    SSL_set_tlsext_host_name(ssl.get(), host.c_str());
  }
  SSL_set_fd(ssl.get(), socket->get());
  std::string why = Handshake(*ssl);
  ERR_clear_error();
  return why;
}

}  // namespace loadctl::daemon
