#include "common/bundle/bundle.h"

#include <openssl/evp.h>

#include <cstdint>
#include <cstring>
#include <utility>

#include "common/bundle/urls.h"

namespace loadctl::bundle {
namespace {

// In the order in which Pack() writes them.
constexpr char kCode = 'c', kFile = 'f', kImport = 'i', kSourceMap = 'm', kShared = 's',
               kMissing = 'x';

const std::string* Get(const std::map<std::string, std::string>& from, const std::string& url) {
  const auto it = from.find(url);
  return it == from.end() ? nullptr : &it->second;
}

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

void Bundle::AddCode(std::string url, std::string code) {
  code_.try_emplace(std::move(url), std::move(code));
}

void Bundle::AddSourceMap(std::string url, std::string map) {
  source_maps_.try_emplace(std::move(url), std::move(map));
}

void Bundle::AddImport(std::string referrer, std::string specifier, std::string url) {
  imports_.try_emplace({std::move(referrer), std::move(specifier)}, std::move(url));
}

void Bundle::AddMissing(std::string url, std::string why) {
  missing_.try_emplace(std::move(url), std::move(why));
}

void Bundle::AddShared(std::string url, SharedFile file) {
  shared_files_.try_emplace(std::move(url), std::move(file));
}

const SharedFile* Bundle::FindShared(const std::string& url) const {
  const auto it = shared_files_.find(url);
  return it == shared_files_.end() ? nullptr : &it->second;
}

std::optional<std::string_view> Bundle::FindContent(const std::string& url) const {
  if (const std::string* file = Find(url)) return *file;
  if (const SharedFile* shared = FindShared(url)) return shared->text;
  return std::nullopt;
}

const std::string* Bundle::FindMissing(const std::string& url) const { return Get(missing_, url); }

const std::string* Bundle::Find(const std::string& url) const { return Get(files_, url); }

const std::string* Bundle::FindScript(const std::string& url) const {
  const std::string* code = Get(code_, url);
  return code != nullptr ? code : Get(files_, url);
}

const std::string* Bundle::FindSourceMap(const std::string& url) const {
  return Get(source_maps_, url);
}

Result<std::string> Bundle::Resolve(const std::string& specifier,
                                    const std::string& referrer) const {
  const auto known = imports_.find({referrer, specifier});
  if (known != imports_.end()) return known->second;
  return ResolveUrl(specifier, referrer);
}

std::string Bundle::Hash() const { return Sha256(Pack()); }

std::string Bundle::Pack(PackFor whom) const {
  std::string out;
  const auto append = [&](char kind, std::string_view key, std::string_view value) {
    out.push_back(kind);
    AppendSize(out, key.size());
    AppendSize(out, value.size());
    out.append(key).append(value);
  };
  for (const auto& [url, code] : code_) append(kCode, url, code);
  std::map<std::string_view, std::string_view> files(files_.begin(), files_.end());
  if (whom == PackFor::kAnyone) {
    for (const auto& [url, file] : shared_files_) files.try_emplace(url, file.text);
  }
  for (const auto& [url, content] : files) append(kFile, url, content);
  for (const auto& [import, url] : imports_) {
    append(kImport, import.first + '\0' + import.second, url);
  }
  for (const auto& [url, map] : source_maps_) append(kSourceMap, url, map);
  if (whom == PackFor::kThisMachine) {
    for (const auto& [url, file] : shared_files_) {
      std::string place;
      AppendSize(place, file.at);
      AppendSize(place, file.text.size());
      append(kShared, url, place);
    }
  }
  for (const auto& [url, why] : missing_) append(kMissing, url, why);
  return out;
}

Result<void> Bundle::Take(char kind, std::string key, std::string value, SharedFiles* shared) {
  switch (kind) {
    case kCode:
      AddCode(std::move(key), std::move(value));
      return {};
    case kFile:
      Add(std::move(key), std::move(value));
      return {};
    case kImport: {
      const auto zero = key.find('\0');
      if (zero == std::string::npos) return Fail("broken bundle: an import without a name");
      AddImport(key.substr(0, zero), key.substr(zero + 1), std::move(value));
      return {};
    }
    case kSourceMap:
      AddSourceMap(std::move(key), std::move(value));
      return {};
    case kShared: {
      std::string_view place = value;
      std::uint64_t at = 0, size = 0;
      if (!TakeSize(place, at) || !TakeSize(place, size) || !place.empty())
        return Fail("broken bundle: a shared file has no place");
      if (shared == nullptr) return Fail("broken bundle: no files are shared with this process");
      LOADCTL_TRY(SharedFile file, shared->Find(at, size));
      AddShared(std::move(key), std::move(file));
      return {};
    }
    case kMissing:
      AddMissing(std::move(key), std::move(value));
      return {};
    default:
      return Fail("broken bundle: it holds what this program does not know");
  }
}

Result<Bundle> Bundle::Unpack(std::string_view packed, const std::string& hash,
                              SharedFiles* shared) {
  if (Sha256(packed) != hash) return Fail("broken bundle: its SHA-256 is not the one announced");
  Bundle bundle;
  std::pair<char, std::string_view> last{0, ""};
  while (!packed.empty()) {
    const char kind = packed.front();
    packed.remove_prefix(1);
    std::uint64_t key_size = 0, value_size = 0;
    if (!TakeSize(packed, key_size) || !TakeSize(packed, value_size) || key_size > packed.size() ||
        value_size > packed.size() - key_size)
      return Fail("broken bundle: a file's size is beyond its end");
    const std::pair<char, std::string_view> key{kind, packed.substr(0, key_size)};
    if (last.first != 0 && key <= last) return Fail("broken bundle: its files are out of order");
    LOADCTL_CHECK_OK(bundle.Take(kind, std::string(key.second),
                                 std::string(packed.substr(key_size, value_size)), shared));
    last = key;
    packed.remove_prefix(key_size + value_size);
  }
  return bundle;
}

}  // namespace loadctl::bundle
