// `loadctl token`: tokens by which agents join a controller that have no certificate.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "common/base/duration.h"
#include "common/text/flags.h"
#include "controller/cli/commands.h"
#include "controller/fleet/join_tokens.h"

namespace loadctl::cli {
namespace {

using fleet::JoinToken;

constexpr char kIntro[] =
    R"(Make, list and take back the tokens by which agents join a controller without a certificate.

Usage:
  loadctl token create --file FILE [--ttl DURATION] [--name NAME]
  loadctl token list --file FILE
  loadctl token revoke ID --file FILE

Flags:
)";
constexpr text::Flag kFlags[] = {
    {"file", 0, "FILE", "what the controller's --join-tokens names; made if it is not there"},
    {"ttl", 0, "DURATION", "how long agents may join by it (default 24h)"},
    {"name", 0, "NAME",
     "what such agents are called in logs, and for --allow-agents (default agent)"},
    text::Switch("help", 'h', "this text"),
};
constexpr char kOutro[] = R"(
`create` prints the token, once: the file keeps a hash of it. An agent reads it from a file of its
own: `loadctl-agent --controller ctl:6566 --tls-ca ca.pem --token-file FILE`. After its time, or
once it is taken back, nobody joins by a token; who works by one that has expired goes on.
)";

constexpr std::size_t kMostBytes = std::size_t{4} << 20;

/// The file, held against other programs that would change it meanwhile.
class TokensFile final {
 public:
  static Result<TokensFile> Open(const std::string& path, int flags) {
    while (true) {
      const int file = open(path.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, 0600);
      if (file < 0) return Fail("cannot open " + path + ": " + std::strerror(errno));
      TokensFile made(path, file);
      if (flock(file, LOCK_EX) != 0) return Fail("cannot lock " + path);
      // Another program may have put a new file there while this one waited.
      struct stat held {
      }, there{};
      const bool same =
          fstat(file, &held) == 0 && stat(path.c_str(), &there) == 0 && held.st_ino == there.st_ino;
      if (!same) continue;
      LOADCTL_CHECK_OK(made.Read());
      return made;
    }
  }
  TokensFile(TokensFile&& other) noexcept
      : path_(std::move(other.path_)),
        file_(std::exchange(other.file_, -1)),
        tokens_(std::move(other.tokens_)) {}
  TokensFile& operator=(TokensFile&&) = delete;
  ~TokensFile() {
    if (file_ >= 0) close(file_);
  }

  [[nodiscard]] std::vector<JoinToken>& tokens() { return tokens_; }

  /// In place of what is there, whole or not at all.
  Result<void> Write() {
    const std::string text = fleet::FormatJoinTokens(tokens_), fresh = path_ + ".new";
    const int file =
        open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    const bool written =
        file >= 0 && write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        fsync(file) == 0;
    if (file >= 0) close(file);
    if (written && rename(fresh.c_str(), path_.c_str()) == 0) return {};
    return Fail("cannot write " + path_ + ": " + std::strerror(errno));
  }

 private:
  TokensFile(std::string path, int file) : path_(std::move(path)), file_(file) {}

  Result<void> Read() {
    std::array<char, 4096> part{};
    std::string text;
    for (ssize_t size = 1; size > 0 && text.size() <= kMostBytes;) {
      size = read(file_, part.data(), part.size());
      if (size < 0) return Fail("cannot read " + path_ + ": " + std::strerror(errno));
      text.append(part.data(), static_cast<std::size_t>(size));
    }
    LOADCTL_TRY(tokens_, fleet::ParseJoinTokens(text, path_));
    return {};
  }

  std::string path_;
  int file_;
  std::vector<JoinToken> tokens_;
};

Result<int> Create(const std::string& path, const text::GivenFlags& flags) {
  const auto ttl = ParseGoDuration(flags.Last("ttl", "24h"));
  if (!ttl) return Fail("--ttl: it must be a duration, such as 1h");
  LOADCTL_TRY(auto file, TokensFile::Open(path, O_RDWR | O_CREAT));
  const auto now = fleet::WallClock::now();
  LOADCTL_TRY(fleet::NewJoinToken made,
              fleet::MakeJoinToken(flags.Last("name", "agent"),
                                   std::chrono::floor<std::chrono::seconds>(*ttl), now));
  // Whoever still works by one a day old is not to be refused when its stream breaks.
  std::erase_if(file.tokens(),
                [&](const JoinToken& one) { return one.expires + std::chrono::hours(24) < now; });
  file.tokens().push_back(made.kept);
  LOADCTL_CHECK_OK(file.Write());
  std::printf("%s\n", made.text.c_str());
  std::fprintf(stderr, "token %s of %s: agents join by it until %s\n", made.kept.id.c_str(),
               made.kept.name.c_str(), fleet::FormatInstant(made.kept.expires).c_str());
  return 0;
}

Result<int> List(const std::string& path) {
  LOADCTL_TRY(auto file, TokensFile::Open(path, O_RDONLY));
  const auto now = fleet::WallClock::now();
  std::printf("%-12s  %-20s  %-8s  %s\n", "ID", "EXPIRES", "", "NAME");
  for (const JoinToken& token : file.tokens()) {
    std::printf("%-12s  %-20s  %-8s  %s\n", token.id.c_str(),
                fleet::FormatInstant(token.expires).c_str(), token.expires <= now ? "expired" : "",
                token.name.c_str());
  }
  return 0;
}

Result<int> Revoke(const std::string& path, const std::string& id) {
  LOADCTL_TRY(auto file, TokensFile::Open(path, O_RDWR));
  if (std::erase_if(file.tokens(), [&](const JoinToken& one) { return one.id == id; }) == 0)
    return Fail("there is no token " + id + " in " + path);
  LOADCTL_CHECK_OK(file.Write());
  std::printf("token %s is taken back\n", id.c_str());
  return 0;
}

Result<int> Do(std::span<const std::string> given) {
  LOADCTL_TRY(const text::GivenFlags flags, text::ParseFlags(kFlags, given));
  if (flags.IsOn("help") || flags.arguments().empty()) {
    std::fputs((kIntro + text::DescribeFlags(kFlags) + kOutro).c_str(), stdout);
    return flags.IsOn("help") ? 0 : 255;
  }
  const std::string& what = flags.arguments().front();
  const std::string path = flags.Last("file");
  const std::size_t arguments = what == "revoke" ? 2 : 1;
  if (what != "create" && what != "list" && what != "revoke")
    return Fail("unknown command \"" + what + "\": create, list or revoke");
  if (path.empty()) return Fail("--file is missing: what the controller's --join-tokens names");
  if (flags.arguments().size() != arguments)
    return Fail(what == "revoke" ? "which token? loadctl token revoke ID" : "unexpected argument");
  if (what == "create") return Create(path, flags);
  return what == "list" ? List(path) : Revoke(path, flags.arguments().back());
}

}  // namespace

int Token(std::span<const std::string> arguments) {
  const auto status = Do(arguments);
  if (status) return *status;
  std::fprintf(stderr, "loadctl token: %s\n", status.error().message.c_str());
  return ExitStatus(status.error().code);
}

}  // namespace loadctl::cli
