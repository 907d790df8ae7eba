#include "common/daemon/token.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "common/daemon/endpoint.h"
#include "common/daemon/runtime_folder.h"

namespace loadctl::daemon {
namespace {

std::string PathOf(const std::string& folder, const std::string& port) {
  return folder + "/controller-" + port + ".token";
}

/// The first line of a file that nobody else can have written; empty if it is none.
std::string ReadToken(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return "";
  struct stat status {};
  std::array<char, 256> text{};
  ssize_t size = 0;
  if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 022) == 0)
    size = read(file, text.data(), text.size());
  close(file);
  std::string token(text.data(), static_cast<std::size_t>(size > 0 ? size : 0));
  token.resize(std::min(token.find_first_of("\r\n"), token.size()));
  return token;
}

}  // namespace

Result<std::string> NewToken() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) return Fail("OpenSSL has no random bytes");
  std::string token;
  for (const unsigned char byte : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    token += kDigits[byte >> 4];
    token += kDigits[byte & 15];
  }
  return token;
}

Result<TokenFile> TokenFile::Make(int port, std::string token) {
  LOADCTL_TRY(const std::string folder, RuntimeFolder());
  const std::string path = PathOf(folder, std::to_string(port));
  const std::string fresh = path + "." + std::to_string(getpid());
  unlink(fresh.c_str());
  const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const auto failed = [&] { return Fail("cannot write " + path + ": " + std::strerror(errno)); };
  if (file < 0) return failed();
  const std::string line = token + "\n";
  const bool written = write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  close(file);
  if (!written || rename(fresh.c_str(), path.c_str()) != 0) return failed();
  return TokenFile(path, std::move(token));
}

TokenFile::TokenFile(std::string path, std::string token)
    : path_(std::move(path)), token_(std::move(token)) {}
TokenFile::TokenFile(TokenFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), token_(std::move(other.token_)) {}
TokenFile::~TokenFile() {
  if (!path_.empty() && ReadToken(path_) == token_) unlink(path_.c_str());
}

std::string FindToken(const std::string& address, const std::string& file) {
  if (!file.empty()) return ReadToken(file);
  const auto endpoint = ParseEndpoint(address);
  if (!endpoint || !endpoint->path.empty() || !IsLocal(*endpoint)) return "";
  const auto folder = RuntimeFolder();
  return folder ? ReadToken(PathOf(*folder, endpoint->port)) : "";
}

bool IsToken(const std::string& given, const std::string& wanted) {
  return given.size() == wanted.size() &&
         CRYPTO_memcmp(given.data(), wanted.data(), wanted.size()) == 0;
}

}  // namespace loadctl::daemon
