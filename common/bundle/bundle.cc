#include "common/bundle/bundle.h"

#include <openssl/evp.h>

#include <cstdint>
#include <cstring>
#include <utility>

namespace loadctl::bundle {
namespace {

void AppendSize(std::string& out, std::uint64_t size) {
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(size >> (8 * i)));
}

bool TakeSize(std::string_view& from, std::uint64_t& size) {
  if (from.size() < 8) return false;
  size = 0;
  for (int i = 0; i < 8; ++i)
    size |=
        static_cast<std::uint64_t>(static_cast<unsigned char>(from[static_cast<std::size_t>(i)]))
        << (8 * i);
  from.remove_prefix(8);
  return true;
}

}  // namespace

std::string Sha256(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr);
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (unsigned i = 0; i < size; ++i) {
    out.push_back(kHex[digest[i] >> 4]);
    out.push_back(kHex[digest[i] & 15]);
  }
  return out;
}

void Bundle::Add(std::string url, std::string content) {
  files_.try_emplace(std::move(url), std::move(content));
}

const std::string* Bundle::Find(const std::string& url) const {
  const auto it = files_.find(url);
  return it == files_.end() ? nullptr : &it->second;
}

std::string Bundle::Hash() const { return Sha256(Pack()); }

std::string Bundle::Pack() const {
  std::string out;
  for (const auto& [url, content] : files_) {
    AppendSize(out, url.size());
    AppendSize(out, content.size());
    out += url;
    out += content;
  }
  return out;
}

Result<Bundle> Bundle::Unpack(std::string_view packed, const std::string& hash) {
  if (Sha256(packed) != hash) return Fail("broken bundle: its SHA-256 is not the one announced");
  Bundle bundle;
  while (!packed.empty()) {
    std::uint64_t url_size = 0, content_size = 0;
    if (!TakeSize(packed, url_size) || !TakeSize(packed, content_size) ||
        url_size > packed.size() || content_size > packed.size() - url_size)
      return Fail("broken bundle: a file's size is beyond its end");
    const std::string_view url = packed.substr(0, url_size);
    if (!bundle.files_.empty() && url <= bundle.files_.rbegin()->first)
      return Fail("broken bundle: its files are out of order");
    bundle.Add(std::string(url), std::string(packed.substr(url_size, content_size)));
    packed.remove_prefix(url_size + content_size);
  }
  return bundle;
}

}  // namespace loadctl::bundle
