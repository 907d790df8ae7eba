// A small HTTP/1.1 server for the REST API, on TCP addresses and Unix sockets.
// Not for what requests mean (routes.h). It runs on a thread of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/error.h"
#include "controller/rest/command.h"

namespace loadctl::rest {

/// Limits: 64 connections, further ones wait; 16 KiB of headers and 4 MiB of body; 10 s for a
/// request to come, and for an answer to be taken. No TLS, no authentication, as in k6.
class Server final {
 public:
  using Reply = std::function<void(Response)>;
  /// Called on the server's thread; the reply, at most once, from any thread while the server
  /// lives. Without one the client waits.
  using Handler = std::function<void(const Command&, Reply)>;

  explicit Server(Handler handler);
  /// Closes everything. Replies that come later do nothing.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// `host:port`, or `:port` for all interfaces. Fails in Go's words: `listen tcp 1.2.3.4:1: bind:
  /// ...`. Before Start().
  Result<void> ListenTcp(const std::string& address);
  /// At the path, which nobody sees before connections are taken; it must be short enough for a
  /// socket. Removed at the end. Before Start().
  Result<void> ListenUnix(const std::string& path);
  /// The port of the last ListenTcp().
  [[nodiscard]] int port() const;

  void Start();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace loadctl::rest
