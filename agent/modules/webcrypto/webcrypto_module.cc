// The natives of the global `crypto`.
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <memory>
#include <string>

#include "agent/modules/faces.h"
#include "agent/modules/registry.h"

namespace loadctl::modules::webcrypto {
namespace {

constexpr std::int64_t kMostBytes = 4 * 65536;  // getRandomValues() fills no more

class WebCrypto {
 public:
  void GoError(js::Call& call) { call.Throw(call.String(0)); }

  void RandomBytes(js::Call& call) {
    std::string bytes(
        static_cast<std::size_t>(std::clamp<std::int64_t>(call.Integer(0), 0, kMostBytes)), '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()),
                   static_cast<int>(bytes.size())) != 1)
      return call.Throw("OpenSSL has no random bytes");
    if (!call.ReturnBytes(bytes)) call.ThrowRangeError("the bytes exceed the memory for buffers");
  }

  // digestOf(name, data) → the digest's bytes, null if there is none of that name
  void DigestOf(js::Call& call) {
    const std::string name = call.String(0);
    const EVP_MD* type = name == "SHA-1"     ? EVP_sha1()
                         : name == "SHA-256" ? EVP_sha256()
                         : name == "SHA-384" ? EVP_sha384()
                         : name == "SHA-512" ? EVP_sha512()
                                             : nullptr;
    if (type == nullptr) return call.ReturnNull();
    const std::string data = call.String(1);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(data.data(), data.size(), digest, &size, type, nullptr) != 1)
      return call.Throw("OpenSSL could not make a digest of the data");
    if (!call.ReturnBytes({reinterpret_cast<const char*>(digest), size}))
      call.ThrowRangeError("the digest exceeds the memory for buffers");
  }
};

}  // namespace

vu::ModuleDef Describe() {
  return {"loadctl:webcrypto",
          faces::kWebcrypto,
          {
              js::Native<&WebCrypto::GoError>("goError"),
              js::Native<&WebCrypto::RandomBytes>("randomBytes"),
              js::Native<&WebCrypto::DigestOf>("digestOf"),
          },
          [](vu::Vu&) -> std::shared_ptr<void> { return std::make_shared<WebCrypto>(); }};
}

}  // namespace loadctl::modules::webcrypto
