// The natives of the global `crypto`.
#include <openssl/rand.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>

#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "agent/modules/webcrypto/keys.h"
#include "agent/modules/webcrypto/operations.h"
#include "agent/vu/later.h"

namespace loadctl::modules::webcrypto {
namespace {

Result<js::Bytes> RandomBytes(std::int64_t count) {
  constexpr std::int64_t kMost = 4 * 65536;  // getRandomValues() fills no more
  js::Bytes bytes{
      std::string(static_cast<std::size_t>(std::clamp<std::int64_t>(count, 0, kMost)), '\0')};
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data.data()),
                 static_cast<int>(bytes.data.size())) != 1)
    return Fail("OpenSSL has no random bytes");
  return bytes;
}

}  // namespace
}  // namespace loadctl::modules::webcrypto

template <>
struct loadctl::js::Members<loadctl::modules::webcrypto::KeyFacts> {
  using T = modules::webcrypto::KeyFacts;
  static constexpr std::tuple list{Member{"kind", &T::kind}, Member{"bits", &T::bits}};
};
template <>
struct loadctl::js::Members<loadctl::modules::webcrypto::KeyNumbers> {
  using T = modules::webcrypto::KeyNumbers;
  static constexpr std::tuple list{
      Member{"kty", &T::kty}, Member{"crv", &T::crv}, Member{"n", &T::n}, Member{"e", &T::e},
      Member{"d", &T::d},     Member{"p", &T::p},     Member{"q", &T::q}, Member{"dp", &T::dp},
      Member{"dq", &T::dq},   Member{"qi", &T::qi},   Member{"x", &T::x}, Member{"y", &T::y}};
};
template <>
struct loadctl::js::Members<loadctl::modules::webcrypto::SignatureScheme> {
  using T = modules::webcrypto::SignatureScheme;
  static constexpr std::tuple list{Member{"name", &T::name}, Member{"hash", &T::hash},
                                   Member{"saltLength", &T::salt_length}};
};
template <>
struct loadctl::js::Members<loadctl::modules::webcrypto::CipherScheme> {
  using T = modules::webcrypto::CipherScheme;
  static constexpr std::tuple list{Member{"name", &T::name}, Member{"iv", &T::iv},
                                   Member{"length", &T::length}, Member{"more", &T::more},
                                   Member{"hash", &T::hash}};
};

namespace loadctl::modules::webcrypto {

// What takes longer than handing it to another thread and back gives a promise.
Module Describe() {
  return {faces::kWebcrypto,
          {
              js::Native<&RandomBytes>("randomBytes"),
              js::Native<&Digest>("digestNow"),
              vu::OffloadedNative<&Digest>("digestLater"),
              vu::OffloadedNative<&GenerateRsa>("generateRsa"),
              vu::OffloadedNative<&GenerateOnCurve>("generateOnCurve"),
              js::Native<&PublicHalf>("publicHalf"),
              js::Native<&RandomSecret>("randomSecret"),
              js::Native<&ImportSecret>("importSecret"),
              js::Native<&ImportSpki>("importSpki"),
              js::Native<&ImportPkcs8>("importPkcs8"),
              js::Native<&ImportPoint>("importPoint"),
              vu::OffloadedNative<&ImportNumbers>("importNumbers"),
              js::Native<&ExportSecret>("exportSecret"),
              js::Native<&ExportSpki>("exportSpki"),
              js::Native<&ExportPkcs8>("exportPkcs8"),
              js::Native<&ExportPoint>("exportPoint"),
              js::Native<&ExportNumber>("exportNumber"),
              js::Native<&SecretSize>("secretSize"),
              js::Native<&FactsOf>("factsOf"),
              js::Native<&Sign>("signNow"),
              vu::OffloadedNative<&Sign>("signLater"),
              js::Native<&Verify>("verifyNow"),
              vu::OffloadedNative<&Verify>("verifyLater"),
              js::Native<&Encrypt>("encryptNow"),
              vu::OffloadedNative<&Encrypt>("encryptLater"),
              js::Native<&Decrypt>("decryptNow"),
              vu::OffloadedNative<&Decrypt>("decryptLater"),
              vu::OffloadedNative<&Agree>("agree"),
              vu::OffloadedNative<&Pbkdf2>("pbkdf2"),
              vu::OffloadedNative<&Hkdf>("hkdf"),
          }};
}

}  // namespace loadctl::modules::webcrypto
