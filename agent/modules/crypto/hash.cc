#include "agent/modules/crypto/hash.h"

#include <openssl/evp.h>
#include <openssl/md4.h>

#include <array>
#include <utility>

// MD4 is in OpenSSL's legacy provider, a file that need not be there; its old functions always are.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace loadctl::modules::crypto {
namespace {

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

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

}  // namespace

struct Hash::State {
  Context context;  ///< null: MD4
  MD4_CTX md4{};
  std::size_t block = 64;

  void Update(std::string_view bytes) {
    if (context) {
      EVP_DigestUpdate(context.get(), bytes.data(), bytes.size());
    } else {
      MD4_Update(&md4, bytes.data(), bytes.size());
    }
  }

  [[nodiscard]] std::unique_ptr<State> Copy() const {
    auto copy = std::make_unique<State>();
    copy->md4 = md4;
    copy->block = block;
    if (context) {
      copy->context.reset(EVP_MD_CTX_new());
      EVP_MD_CTX_copy_ex(copy->context.get(), context.get());
    }
    return copy;
  }

  [[nodiscard]] std::string Digest() const {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = MD4_DIGEST_LENGTH;
    const auto copy = Copy();
    if (copy->context) {
      EVP_DigestFinal_ex(copy->context.get(), bytes, &size);
    } else {
      MD4_Final(bytes, &copy->md4);
    }
    return {reinterpret_cast<const char*>(bytes), size};
  }
};

Hash::Hash(std::unique_ptr<State> state) : state_(std::move(state)) {}
Hash::Hash(Hash&&) noexcept = default;
Hash& Hash::operator=(Hash&&) noexcept = default;
Hash::~Hash() = default;

std::unique_ptr<Hash::State> Hash::NewState(std::string_view name) {
  auto state = std::make_unique<State>();
  if (name == "md4") {
    MD4_Init(&state->md4);
    return state;
  }
  for (const auto& [ours, theirs] : kNames) {
    if (name != ours) continue;
    const EVP_MD* type = EVP_get_digestbyname(theirs);
    state->context.reset(EVP_MD_CTX_new());
    if (type == nullptr || EVP_DigestInit_ex(state->context.get(), type, nullptr) != 1)
      return nullptr;
    state->block = static_cast<std::size_t>(EVP_MD_block_size(type));
    return state;
  }
  return nullptr;
}

std::optional<Hash> Hash::Make(std::string_view name) {
  auto state = NewState(name);
  if (!state) return std::nullopt;
  return Hash(std::move(state));
}

// RFC 2104.
std::optional<Hash> Hash::MakeHmac(std::string_view name, std::string_view key) {
  auto hash = Make(name);
  if (!hash) return std::nullopt;
  std::string padded(key);
  if (padded.size() > hash->state_->block) {
    const auto shortened = hash->state_->Copy();
    shortened->Update(key);
    padded = shortened->Digest();
  }
  padded.resize(hash->state_->block, '\0');
  hash->outer_ = hash->state_->Copy();
  std::string inner = padded, outer = padded;
  for (char& c : inner) c = static_cast<char>(c ^ 0x36);
  for (char& c : outer) c = static_cast<char>(c ^ 0x5c);
  hash->state_->Update(inner);
  hash->outer_->Update(outer);
  return hash;
}

void Hash::Update(std::string_view bytes) { state_->Update(bytes); }

std::string Hash::Digest() const {
  if (!outer_) return state_->Digest();
  const auto outer = outer_->Copy();
  outer->Update(state_->Digest());
  return outer->Digest();
}

}  // namespace loadctl::modules::crypto
