// What `insecureSkipTLSVerify`, `tlsVersion`, `tlsCipherSuites` and `tlsAuth` say to agent/net.
#pragma once

#include "agent/net/tls/tls_transport.h"
#include "common/base/error.h"
#include "common/plan/options.h"

namespace loadctl::worker {

/// Fails (kInvalidConfig) on a version that is none: the options came from another program. What
/// OpenSSL cannot honour (a suite it lacks, a key it cannot read) shows in TlsContext::Make().
[[nodiscard]] Result<net::TlsOptions> TlsOptionsOf(const plan::Options& options);

}  // namespace loadctl::worker
