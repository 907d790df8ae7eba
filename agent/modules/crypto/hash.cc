#include "agent/modules/crypto/hash.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/md4.h>
#include <openssl/params.h>

#include <array>
#include <utility>

#include "common/base/owned.h"

// MD4 is in OpenSSL's legacy provider, a file that need not be there; its old functions always are.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace loadctl::modules::crypto {
namespace {

using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using MacContext = Owned<EVP_MAC_CTX, EVP_MAC_CTX_free>;

constexpr std::array<std::pair<std::string_view, const char*>, 8> kNames = {{
    {"md5", "MD5"},
    {"sha1", "SHA1"},
    {"sha256", "SHA256"},
    {"sha384", "SHA384"},
    {"sha512", "SHA512"},
    {"sha512_224", "SHA512-224"},
    {"sha512_256", "SHA512-256"},
    {"ripemd160", "RIPEMD160"},
}};

/// Null if there is none.
const char* OpenSslName(std::string_view name) {
  for (const auto& [ours, theirs] : kNames)
    if (name == ours) return theirs;
  return nullptr;
}

const unsigned char* BytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

MacContext NewMac(const char* digest) {
  const Owned<EVP_MAC, EVP_MAC_free> hmac(EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
  MacContext made(EVP_MAC_CTX_new(hmac.get()));
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(digest), 0),
      OSSL_PARAM_construct_end()};
  if (!made || EVP_MAC_init(made.get(), BytesOf(""), 0, parameters) != 1) return nullptr;
  return made;
}

/// With a key still to be given. Looking an algorithm up takes OpenSSL's locks: once for each name
/// and thread.
MacContext MacOf(const char* digest) {
  thread_local std::array<std::pair<const char*, MacContext>, kNames.size()> known{};
  for (auto& [name, context] : known) {
    if (name == nullptr) {
      context = NewMac(digest);
      if (!context) return nullptr;
      name = digest;
    }
    if (name == digest) return MacContext(EVP_MAC_CTX_dup(context.get()));
  }
  return nullptr;
}

}  // namespace

class Hash::State {
 public:
  virtual ~State() = default;
  virtual void Update(std::string_view bytes) = 0;
  [[nodiscard]] virtual std::string Digest() const = 0;
};

namespace {

class OpenSslDigest final : public Hash::State {
 public:
  explicit OpenSslDigest(DigestContext context) : context_(std::move(context)) {}
  void Update(std::string_view bytes) override {
    EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
  }
  [[nodiscard]] std::string Digest() const override {
    const DigestContext copy(EVP_MD_CTX_new());
    EVP_MD_CTX_copy_ex(copy.get(), context_.get());
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_DigestFinal_ex(copy.get(), bytes, &size);
    return {reinterpret_cast<const char*>(bytes), size};
  }

 private:
  DigestContext context_;
};

class OpenSslMac final : public Hash::State {
 public:
  explicit OpenSslMac(MacContext context) : context_(std::move(context)) {}
  void Update(std::string_view bytes) override {
    EVP_MAC_update(context_.get(), BytesOf(bytes), bytes.size());
  }
  [[nodiscard]] std::string Digest() const override {
    const MacContext copy(EVP_MAC_CTX_dup(context_.get()));
    unsigned char bytes[EVP_MAX_MD_SIZE];
    std::size_t size = 0;
    EVP_MAC_final(copy.get(), bytes, &size, sizeof bytes);
    return {reinterpret_cast<const char*>(bytes), size};
  }

 private:
  MacContext context_;
};

class Md4 final : public Hash::State {
 public:
  Md4() { MD4_Init(&context_); }
  void Update(std::string_view bytes) override {
    MD4_Update(&context_, bytes.data(), bytes.size());
  }
  [[nodiscard]] std::string Digest() const override {
    MD4_CTX copy = context_;
    unsigned char bytes[MD4_DIGEST_LENGTH];
    MD4_Final(bytes, &copy);
    return {reinterpret_cast<const char*>(bytes), sizeof bytes};
  }

 private:
  MD4_CTX context_{};
};

// RFC 2104: the one HMAC that OpenSSL does not make without its legacy provider.
class Md4Mac final : public Hash::State {
 public:
  explicit Md4Mac(std::string_view key) {
    std::string padded(key);
    if (padded.size() > MD4_CBLOCK) {
      Md4 shortened;
      shortened.Update(key);
      padded = shortened.Digest();
    }
    padded.resize(MD4_CBLOCK, '\0');
    std::string inner = padded, outer = padded;
    for (char& c : inner) c = static_cast<char>(c ^ 0x36);
    for (char& c : outer) c = static_cast<char>(c ^ 0x5c);
    inner_.Update(inner);
    outer_.Update(outer);
  }
  void Update(std::string_view bytes) override { inner_.Update(bytes); }
  [[nodiscard]] std::string Digest() const override {
    Md4 outer = outer_;
    outer.Update(inner_.Digest());
    return outer.Digest();
  }

 private:
  Md4 inner_, outer_;
};

}  // namespace

Hash::Hash(std::unique_ptr<State> state) : state_(std::move(state)) {}
Hash::Hash(Hash&&) noexcept = default;
Hash& Hash::operator=(Hash&&) noexcept = default;
Hash::~Hash() = default;

std::optional<Hash> Hash::Make(std::string_view name) {
  if (name == "md4") return Hash(std::make_unique<Md4>());
  const char* known = OpenSslName(name);
  const EVP_MD* type = known == nullptr ? nullptr : EVP_get_digestbyname(known);
  DigestContext context(EVP_MD_CTX_new());
  if (type == nullptr || EVP_DigestInit_ex(context.get(), type, nullptr) != 1) return std::nullopt;
  return Hash(std::make_unique<OpenSslDigest>(std::move(context)));
}

std::optional<Hash> Hash::MakeHmac(std::string_view name, std::string_view key) {
  if (name == "md4") return Hash(std::make_unique<Md4Mac>(key));
  const char* known = OpenSslName(name);
  MacContext context = known == nullptr ? nullptr : MacOf(known);
  if (!context) return std::nullopt;
  // An empty key, but not none: that would keep the one before.
  const std::string_view given = key.empty() ? std::string_view("") : key;
  if (EVP_MAC_init(context.get(), BytesOf(given), given.size(), nullptr) != 1) return std::nullopt;
  return Hash(std::make_unique<OpenSslMac>(std::move(context)));
}

void Hash::Update(std::string_view bytes) { state_->Update(bytes); }

std::string Hash::Digest() const { return state_->Digest(); }

}  // namespace loadctl::modules::crypto
