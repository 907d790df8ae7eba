// What Chrome DevTools and VS Code connect to, as they do to Node.js: a list of one target by HTTP,
// and a WebSocket to it.
// Not for what is said over it (js/inspector.h). It runs on a thread of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/error.h"

namespace loadctl::debugger {

/// The script that is debugged, as lists of targets show it.
struct Target {
  std::string title;
  std::string url;  ///< `file:///x.ts`
};

/// What a client does. On the endpoint's thread.
struct Client {
  std::function<void()> came;
  std::function<void(std::string text)> said;
  std::function<void()> gone;
};

/// One client at a time; a second one is refused (503). Whoever is connected can make the script do
/// anything: it listens on addresses of this machine alone, and refuses requests that a page of
/// another site made a browser send.
class Endpoint final {
 public:
  /// `host:port`; port 0: any. Fails (kInvalidConfig) for an address that others than this machine
  /// reach, and (kGeneric) where it cannot be had.
  static Result<std::unique_ptr<Endpoint>> Listen(const std::string& address, const Target& target,
                                                  Client client);
  /// Closes everything; the client hears that its script has ended.
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  /// `ws://127.0.0.1:9229/0a1b...`
  [[nodiscard]] std::string url() const;
  /// To the client, if one is there. Any thread.
  void Send(std::string text);

 private:
  class Impl;
  explicit Endpoint(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace loadctl::debugger
