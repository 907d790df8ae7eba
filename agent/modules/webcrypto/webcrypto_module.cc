// The natives of the global `crypto`.
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
};

}  // namespace

vu::ModuleDef Describe() {
  return {"loadctl:webcrypto",
          faces::kWebcrypto,
          {
              js::Native<&WebCrypto::GoError>("goError"),
              js::Native<&WebCrypto::RandomBytes>("randomBytes"),
          },
          [](vu::Vu&) -> std::shared_ptr<void> { return std::make_shared<WebCrypto>(); }};
}

}  // namespace loadctl::modules::webcrypto
