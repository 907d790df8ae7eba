#include "controller/web/guard.h"

#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <utility>

#include "common/daemon/token.h"

namespace loadctl::web {

namespace ssl = boost::asio::ssl;

Result<void> Guard::UseTls(const daemon::Tls& tls, ClientCertificate clients) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  boost::system::error_code error;
  const auto text = [](const std::string& pem) { return boost::asio::buffer(pem); };
  context->use_certificate_chain(text(tls.cert), error);
  if (!error) context->use_private_key(text(tls.key), ssl::context::pem, error);
  if (!error && clients == ClientCertificate::kRequired) {
    context->add_certificate_authority(text(tls.ca), error);
    if (!error)
      context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, error);
  }
  if (error) return Fail("the certificate cannot be used: " + error.message());
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_3_VERSION);
  // Sessions would be remembered across certificates that are replaced.
  SSL_CTX_set_session_cache_mode(context->native_handle(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context->native_handle(), 0);
  const std::lock_guard lock(mutex_);
  tls_ = std::move(context);
  return {};
}

std::shared_ptr<ssl::context> Guard::tls() const {
  const std::lock_guard lock(mutex_);
  return tls_;
}

bool Guard::Allows(std::string_view method, std::string_view authorization) const {
  if (token_.empty() || method == "GET" || method == "HEAD" || method == "OPTIONS") return true;
  const std::string_view scheme = daemon::kTokenScheme;
  return authorization.starts_with(scheme) &&
         daemon::IsToken(std::string(authorization.substr(scheme.size())), token_);
}

}  // namespace loadctl::web
