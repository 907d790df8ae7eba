// Where the certificates of the system's authorities are, for a program that may have been built on
// another system. Any thread.
#pragma once

#include <string>

namespace loadctl {

/// A PEM file with the authorities to trust: what SSL_CERT_FILE names; else the first that is there
/// of those that Go's crypto/x509 knows on Linux; else the one beside an unpacked tarball's
/// programs
/// (../share/loadctl). Empty: there is none.
[[nodiscard]] std::string AuthoritiesFile();

}  // namespace loadctl
