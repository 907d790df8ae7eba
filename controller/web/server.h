// A small HTTP/1.1 server on TCP addresses and Unix sockets, for what people and programs ask of a
// running test or of the controller: mounts answer what is below a path. Not for targets of a test
// (agent/net), nor for what paths mean. It runs on a thread of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/error.h"
#include "controller/web/guard.h"
#include "controller/web/message.h"

namespace loadctl::web {

/// Limits: 64 connections by TCP and 16 by the Unix socket, counted apart, so that nobody who comes
/// by TCP keeps this machine's commands waiting; further ones wait. 16 KiB of headers and 4 MiB of
/// body; 10 s for a request to come as a whole, and for each piece of an answer to be taken.
/// Requests that a page of another site made a browser send are refused (target.h), and those that
/// the guard does not allow, with 401.
class Server final {
 public:
  using Reply = std::function<void(Response)>;
  /// Called on the server's thread, which it must not hold up; the reply, at most once, from any
  /// thread while the server lives. Without one the client waits, until it goes.
  using Handler = std::function<void(const Request&, Reply)>;

  Server();
  /// Closes everything. Replies that come later do nothing.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// `handler` answers for the path itself, and for what is below it if it ends in `/`. Of several
  /// that would, the longest does; of what none does, 404. Before Start().
  void Mount(const std::string& path, Handler handler);

  /// `host:port`, or `:port` for all interfaces. Fails in Go's words: `listen tcp 1.2.3.4:1: bind:
  /// ...`. Before Start().
  Result<void> ListenTcp(const std::string& address);
  /// At the path, which nobody sees before connections are taken; it must be short enough for a
  /// socket. Whatever the umask, only this user may connect. Removed at the end. Before Start().
  Result<void> ListenUnix(const std::string& path);
  /// What is asked of those who come by TCP; nothing at first. On a Unix socket its file's
  /// permissions decide.
  [[nodiscard]] Guard& guard();

  /// Connections by TCP at a time, in place of 64. Before Start().
  void LimitConnections(std::size_t most);
  [[nodiscard]] std::size_t connections() const;  ///< by TCP, now

  /// The port of the last ListenTcp().
  [[nodiscard]] int port() const;

  void Start();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace loadctl::web
