#include <openssl/rand.h>

#include <algorithm>
#include <memory>
#include <string>

#include "agent/modules/crypto/hash.h"
#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "common/base/base64.h"

namespace loadctl::modules::crypto {
namespace {

std::string Hex(std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

class Crypto {
 public:
  // newHash(name) → a hash, null if there is none of that name
  void NewHash(js::Call& call) { ReturnHash(call, Hash::Make(call.String(0))); }
  void NewHmac(js::Call& call) { ReturnHash(call, Hash::MakeHmac(call.String(0), call.String(1))); }
  void Update(js::Call& call) { Of(call).Update(call.String(1)); }

  // digest(hash, encoding) → text or bytes, null if there is no such encoding
  void Digest(js::Call& call) {
    const std::string digest = Of(call).Digest();
    const std::string encoding = call.String(1);
    using Alphabet = Base64::Alphabet;
    if (encoding == "hex") {
      call.Return(Hex(digest));
    } else if (encoding == "base64") {
      call.Return(Base64{}.Encode(digest));
    } else if (encoding == "base64url") {
      call.Return(Base64{Alphabet::kUrl, Base64::Padding::kYes}.Encode(digest));
    } else if (encoding == "base64rawurl") {
      call.Return(Base64{Alphabet::kUrl, Base64::Padding::kNo}.Encode(digest));
    } else if (encoding != "binary") {
      call.ReturnNull();
    } else if (!call.ReturnBytes(digest)) {
      call.ThrowRangeError("the digest exceeds the memory for buffers");
    }
  }

  void RandomBytes(js::Call& call) {
    constexpr std::int64_t kMost = 1 << 30;
    if (call.Integer(0) > kMost) return call.ThrowRangeError("too many bytes were asked for");
    std::string bytes(static_cast<std::size_t>(std::max<std::int64_t>(call.Integer(0), 0)), '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()),
                   static_cast<int>(bytes.size())) != 1)
      return call.Throw("OpenSSL has no random bytes");
    if (!call.ReturnBytes(bytes)) call.ThrowRangeError("the bytes exceed the memory for buffers");
  }

  void HexEncode(js::Call& call) {
    if (!call.Return(Hex(call.String(0))))
      call.ThrowRangeError("the text is longer than a string may be");
  }

 private:
  static void ReturnHash(js::Call& call, std::optional<Hash> hash) {
    if (!hash) return call.ReturnNull();
    call.ReturnHeld(std::make_shared<Hash>(std::move(*hash)));
  }
  static Hash& Of(js::Call& call) { return *std::static_pointer_cast<Hash>(call.Held(0)); }
};

}  // namespace

vu::ModuleDef Describe() {
  return {"k6/crypto",
          faces::kCrypto,
          {
              js::Native<&Crypto::NewHash>("newHash"),
              js::Native<&Crypto::NewHmac>("newHmac"),
              js::Native<&Crypto::Update>("update"),
              js::Native<&Crypto::Digest>("digest"),
              js::Native<&Crypto::RandomBytes>("randomBytes"),
              js::Native<&Crypto::HexEncode>("hexEncode"),
          },
          [](vu::Vu&) -> std::shared_ptr<void> { return std::make_shared<Crypto>(); }};
}

}  // namespace loadctl::modules::crypto
