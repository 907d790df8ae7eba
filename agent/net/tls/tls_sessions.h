// TlsSessions: what servers gave to make the next handshake short (RFC 8446, 2.2; RFC 5077).
// Not a cache of connections. One client's; its worker's thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

struct ssl_session_st;

namespace loadctl::net {

class TlsSessions final {
 public:
  TlsSessions() = default;
  ~TlsSessions();
  TlsSessions(const TlsSessions&) = delete;
  TlsSessions& operator=(const TlsSessions&) = delete;

  /// Keeps a copy of a session with the server `name`, in place of the last one. A new server
  /// beyond the thousandth is not kept.
  void Put(std::string_view name, const ssl_session_st* session);
  /// A copy of the latest with that server, the caller's to free; null if there is none. OpenSSL
  /// marks the session that a connection uses as one not to be resumed again; the one here stays.
  [[nodiscard]] ssl_session_st* Copy(std::string_view name) const;

 private:
  std::map<std::string, ssl_session_st*, std::less<>> sessions_;
};

}  // namespace loadctl::net
