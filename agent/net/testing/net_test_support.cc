#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "agent/net/testing/net_test_support.h"
#include "common/base/check.h"

namespace loadctl::net {

void LoopParker::Park() {
  while (!unparked_) {
    io_.restart();
    LOADCTL_CHECK(io_.run_one() != 0, "parked for ever: nothing under way could wake this fiber");
  }
  unparked_ = false;
}

TestServer::TestServer(Handle handle) : handle_(std::move(handle)) {
  // OpenSSL's socket BIO of ServeTls() writes without MSG_NOSIGNAL; the engine never does.
  signal(SIGPIPE, SIG_IGN);
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(listen(listener_, 64), 0);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

void TestServer::Accept() {
  for (;;) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const std::lock_guard lock(mutex_);
    const int number = connections_++;
    open_.push_back(client);
    threads_.emplace_back([this, client, number] {
      handle_(client, number);
      const std::lock_guard closing(mutex_);
      std::erase(open_, client);
      close(client);
    });
  }
}

TestServer::~TestServer() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  {
    const std::lock_guard lock(mutex_);
    for (const int client : open_) shutdown(client, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
}

std::string TestServer::Url(std::string_view path, std::string_view scheme) const {
  return std::string(scheme) + "://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

std::string ReadUntil(int socket, std::string_view end) {
  std::string text;
  char c = 0;
  while (!text.ends_with(end)) {
    if (recv(socket, &c, 1, 0) != 1) return "";
    text += c;
  }
  return text;
}

void WriteAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void ResetOnClose(int socket) {
  const linger hard{1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

namespace {
std::string BioText(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}
}  // namespace

TestCertificate MakeCertificate(const std::string& name, int days) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -100L * 86400);
  X509_gmtime_adj(X509_getm_notAfter(certificate), days * 86400L);
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  const bool is_ip = IpAddress::Parse(name).has_value();
  const std::string names = (is_ip ? "IP:" : "DNS:") + name;
  for (const auto& [id, value] : {std::pair<int, std::string>{NID_subject_alt_name, names},
                                  {NID_basic_constraints, "critical,CA:TRUE"}}) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, id, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(certificate, key, EVP_sha256());
  BIO* certificate_bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate_bio, certificate);
  BIO* key_bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(key_bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return {BioText(certificate_bio), BioText(key_bio)};
}

void ServeTls(int socket, const TestCertificate& made, std::string_view reply, std::string* seen,
              ClientAuth auth) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  BIO* bio = BIO_new_mem_buf(made.certificate.data(), -1);
  X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  bio = BIO_new_mem_buf(made.key.data(), -1);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  SSL_CTX_use_certificate(context, certificate);
  SSL_CTX_use_PrivateKey(context, key);
  X509_free(certificate);
  EVP_PKEY_free(key);
  if (auth == ClientAuth::kDemanded)
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL* ssl = SSL_new(context);
  SSL_set_fd(ssl, socket);
  std::string request;
  char buffer[16 * 1024];
  if (SSL_accept(ssl) == 1) {
    int bytes = 0;
    while ((bytes = SSL_read(ssl, buffer, sizeof buffer)) > 0) {
      request.append(buffer, static_cast<std::size_t>(bytes));
      if (seen != nullptr) seen->append(buffer, static_cast<std::size_t>(bytes));
      if (request.find("\r\n\r\n") == std::string::npos) continue;
      request.clear();
      if (SSL_write(ssl, reply.data(), static_cast<int>(reply.size())) <= 0) break;
    }
  }
  SSL_free(ssl);
  SSL_CTX_free(context);
}

TestClient::TestClient(ClientOptions options, const TlsOptions& tls)
    : resolver({{"localhost", *IpAddress::Parse("127.0.0.1")}}),
      tls_context(std::move(*TlsContext::Make(tls))),
      dialer(io, resolver, *tls_context),
      context{dialer},
      client(context, std::move(options)) {}

Exchange TestClient::Get(const std::string& url, double seconds, std::string_view method,
                         std::string_view body, BodyMode mode) {
  const Result<net::Url> parsed = ParseUrl(url);
  EXPECT_TRUE(parsed) << url;
  Request request;
  request.method = method;
  request.url = &*parsed;
  request.body = body;
  request.has_body = !body.empty();
  request.body_mode = mode;
  request.deadline =
      std::chrono::steady_clock::now() +
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
  return client.Send(request, parker);
}

}  // namespace loadctl::net
