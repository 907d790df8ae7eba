// Certificates of a program that stays: read at its start, and again when somebody has put others
// in their place, without a restart. Not for what is wrong with them (tls.h). Any thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "common/base/error.h"
#include "common/daemon/tls.h"

namespace loadctl::daemon {

class TlsFiles final {
 public:
  /// Reads them; fails as LoadTls() does.
  static Result<std::shared_ptr<TlsFiles>> Load(Tls files, std::string address,
                                                OwnCertificate own = OwnCertificate::kNeeded);
  TlsFiles(const TlsFiles&) = delete;
  TlsFiles& operator=(const TlsFiles&) = delete;

  /// PEM texts, those that were good last.
  [[nodiscard]] Tls Current() const;

  /// Reads the files again if they have changed, or `anyway`. Whether there are others now. Fails,
  /// once for each change, if what is there cannot be used: the ones before stay in use.
  Result<bool> Refresh(bool anyway = false);

 private:
  TlsFiles(Tls files, std::string address, OwnCertificate own);
  [[nodiscard]] std::string Stamp() const;

  const Tls files_;
  const std::string address_;
  const OwnCertificate own_;
  mutable std::mutex mutex_;
  Tls current_;
  std::string stamp_;  // of all three
};

}  // namespace loadctl::daemon
