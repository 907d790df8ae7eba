// The TLS files that a program is given: whether they go together, how long they are good, and who
// can read the key. Not for what a peer shows (common/daemon/tls.h). Blocking, any thread.
#pragma once

#include <string>

#include "common/daemon/tls.h"
#include "controller/doctor/check.h"

namespace loadctl::doctor {

/// `files` are paths. Nothing where none is named.
[[nodiscard]] Checks JudgeTlsFiles(const daemon::Tls& files, const std::string& address);

/// Of a certificate that is good for so many seconds more.
[[nodiscard]] Check JudgeExpiry(const std::string& name, double seconds_left);

/// Seconds until the first certificate of a PEM text expires; nothing to expire: 0.
[[nodiscard]] double SecondsLeft(const std::string& pem);

}  // namespace loadctl::doctor
