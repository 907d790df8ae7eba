// Scripts imported by https: fetched when a test is loaded, and kept for when the network is away.
// Not for what a test asks of its target (agent/net). Blocking, main thread.
#pragma once

#include <functional>
#include <string>

#include "common/base/error.h"

namespace loadctl::controller {

class RemoteScripts final {
 public:
  using Warn = std::function<void(const std::string&)>;

  /// `folder` keeps what was fetched, by its content; empty: nothing is kept. `warn` hears of a
  /// script that is taken from there.
  RemoteScripts(std::string folder, Warn warn)
      : folder_(std::move(folder)), warn_(std::move(warn)) {}

  /// From here on Fetch() fails: --no-remote-imports.
  void Forbid() { forbidden_ = true; }

  /// The most bytes of one script.
  static constexpr std::size_t kMostBytes = std::size_t{64} << 20;

  /// GET with `_k6=1` in the query and then without, as k6: a minute at most, status 200 only,
  /// redirects to https only. The authorities are the system's, or those of SSL_CERT_FILE. Where
  /// nobody answers, what was fetched before. Fails (kScript) with k6's words.
  Result<std::string> Fetch(const std::string& url);

 private:
  void Keep(const std::string& url, const std::string& content) const;
  [[nodiscard]] Result<std::string> Kept(const std::string& url) const;

  std::string folder_;
  Warn warn_;
  bool forbidden_ = false;
};

}  // namespace loadctl::controller
