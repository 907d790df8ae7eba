#include "agent/net/tls/tls_sessions.h"

#include <openssl/ssl.h>

#include <utility>

namespace loadctl::net {

TlsSessions::~TlsSessions() {
  for (const auto& [name, session] : sessions_) SSL_SESSION_free(session);
}

void TlsSessions::Put(std::string_view name, const ssl_session_st* given) {
  constexpr std::size_t kMost = 1000;
  ssl_session_st* session = SSL_SESSION_dup(given);
  if (session == nullptr) return;  // out of memory
  const auto known = sessions_.find(name);
  if (known != sessions_.end()) {
    SSL_SESSION_free(std::exchange(known->second, session));
  } else if (sessions_.size() < kMost) {
    sessions_.emplace(name, session);
  } else {
    SSL_SESSION_free(session);
  }
}

ssl_session_st* TlsSessions::Copy(std::string_view name) const {
  const auto known = sessions_.find(name);
  return known == sessions_.end() ? nullptr : SSL_SESSION_dup(known->second);
}

}  // namespace loadctl::net
