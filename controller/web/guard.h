// Who may talk to a web server by TCP, and under what cover: TLS, and a token for what changes
// things. Not for what browsers are led to do (target.h). Any thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "common/daemon/tls.h"

namespace boost::asio::ssl {
class context;
}

namespace loadctl::web {

/// Whether clients must show a certificate of the authority, too.
enum class ClientCertificate { kNotAsked, kRequired };

class Guard final {
 public:
  /// From here on new connections are under TLS 1.3 with these PEM texts. Fails (kGeneric) if
  /// OpenSSL cannot use them: then all stays as it was.
  Result<void> UseTls(const daemon::Tls& tls, ClientCertificate clients);
  /// Null: plain.
  [[nodiscard]] std::shared_ptr<boost::asio::ssl::context> tls() const;

  /// From here on requests that may change things need it. Before the server starts.
  void UseToken(std::string token) { token_ = std::move(token); }
  /// Whether a request of this method, with this `Authorization`, may be answered.
  [[nodiscard]] bool Allows(std::string_view method, std::string_view authorization) const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<boost::asio::ssl::context> tls_;
  std::string token_;  ///< empty: none is asked for
};

}  // namespace loadctl::web
