// Bytes in memory as OpenSSL's readers want them.
// Not for connections: tls_transport.cc. Any thread.
#pragma once

#include <openssl/bio.h>

#include <memory>
#include <string_view>

namespace loadctl::net {

/// Frees a BIO with its owner.
struct BioCloser {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPointer = std::unique_ptr<BIO, BioCloser>;

/// Reads `bytes`, which outlive it.
inline BioPointer MemoryBio(std::string_view bytes) {
  return BioPointer(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

}  // namespace loadctl::net
