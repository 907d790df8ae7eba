#include "controller/bundle/files.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <utility>

#include "controller/archive/archive.h"

namespace loadctl::controller {

std::string NotFound(const std::string& specifier) {
  return "the file \"" + specifier +
         "\" couldn't be found on local disk. Make sure that you've specified the right path to "
         "the file.";
}

namespace {

std::string TooLarge() {
  return "it is larger than " + std::to_string(kMostFileBytes >> 20) + " MiB, or never ends";
}

}  // namespace

// Files of /proc say that they are empty, so the end is found by reading.
Result<std::string> ReadToEnd(int descriptor, std::size_t expected) {
  std::string text;
  ssize_t size = 0;
  do {
    const std::size_t had = text.size();
    const std::size_t room = had == 0 && expected > 0 ? expected + 1 : 65536;
    text.resize(had + room);
    size = read(descriptor, text.data() + had, room);
    const int error = size < 0 ? errno : 0;
    text.resize(had + static_cast<std::size_t>(size > 0 ? size : 0));
    if (error != 0 && error != EINTR) return Fail(ErrorCode::kScript, std::strerror(error));
    if (text.size() > kMostFileBytes) return Fail(ErrorCode::kScript, TooLarge());
  } while (size != 0);
  return text;
}

Result<std::string> ReadWhole(const std::string& path, const std::string& as_typed) {
  const auto fail = [&](const std::string& why) {
    return Fail(ErrorCode::kScript, "reading " + path + ": " + why);
  };
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return Fail(ErrorCode::kScript, NotFound(as_typed));
    return fail(std::strerror(errno));
  }
  if (S_ISDIR(info.st_mode)) return fail("it is a directory, not a file");
  if (S_ISREG(info.st_mode) && info.st_size > static_cast<off_t>(kMostFileBytes))
    return fail(TooLarge());
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fail(std::strerror(errno));
  auto text =
      ReadToEnd(descriptor, S_ISREG(info.st_mode) ? static_cast<std::size_t>(info.st_size) : 0);
  close(descriptor);
  if (!text) return fail(text.error().message);
  return text;
}

// A script from standard input has its URL in `/`, but what it names relative to that is meant in
// the current folder; nobody can tell it from an absolute path here, so the current folder comes
// first.
std::string Files::PathOf(const std::string& url) const {
  const std::string path = url.rfind("file://", 0) == 0 ? url.substr(7) : url;
  if (main_url_ != kStdinUrl) return path;
  char folder[PATH_MAX];
  if (getcwd(folder, sizeof(folder)) == nullptr) return path;
  const std::string here = folder + path;
  return access(here.c_str(), F_OK) == 0 ? here : path;
}

bool Files::Has(const std::string& url) const {
  if (bundle_.Find(url) != nullptr) return true;
  if (archive_) return bundle_.Find(archive::AnonymousUrl(url)) != nullptr;
  struct stat info {};
  return stat(PathOf(url).c_str(), &info) == 0 && !S_ISDIR(info.st_mode);
}

bool Files::HasFolder(const std::string& url) const {
  struct stat info {};
  return !archive_ && stat(PathOf(url).c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

// Of an archive only what is in it; it is found there whatever the user was called where the
// archive was made.
Result<const std::string*> Files::Provide(const std::string& url) {
  if (const std::string* known = bundle_.Find(url)) return known;
  if (archive_) {
    const std::string* packed = bundle_.Find(archive::AnonymousUrl(url));
    if (packed == nullptr) return Fail(ErrorCode::kScript, NotFound(url));
    bundle_.Add(url, *packed);
  } else {
    LOADCTL_TRY(std::string text, ReadWhole(PathOf(url), url));
    bundle_.Add(url, std::move(text));
  }
  return bundle_.Find(url);
}

bool Files::Share(const std::string& url) {
  if (bundle_.FindShared(url) != nullptr) return true;
  constexpr std::string_view kScripts[] = {".js", ".ts", ".mjs", ".cjs", ".mts", ".cts", "sx"};
  const bool script = std::any_of(std::begin(kScripts), std::end(kScripts),
                                  [&](std::string_view ending) { return url.ends_with(ending); });
  if (script || archive_ || !shared_ || bundle_.Find(url) != nullptr) return false;
  const int descriptor = open(PathOf(url).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  struct stat info {};
  const bool large = fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode) &&
                     info.st_size >= static_cast<off_t>(bundle::SharedFiles::kLeast) &&
                     info.st_size <= static_cast<off_t>(kMostFileBytes);
  if (large) {
    auto file = shared_->Add(descriptor, static_cast<std::uint64_t>(info.st_size));
    if (file) bundle_.AddShared(url, std::move(*file));
  }
  close(descriptor);
  return bundle_.FindShared(url) != nullptr;
}

Result<Files::Opened> Files::Open(const std::string& url) {
  if (Share(url)) {
    const bundle::SharedFile* shared = bundle_.FindShared(url);
    return Opened{shared->text, shared};
  }
  auto file = Provide(url);
  if (file) return Opened{**file};
  std::string why = std::move(file.error().message);
  if (HasFolder(url)) {
    why = "open() can't be used with directories, path: \"" + PathOf(url) + "\"";
  } else if (!Has(url)) {
    why = "stat " + PathOf(url) + ": no such file or directory";
  }
  bundle_.AddMissing(url, why);
  return Fail(ErrorCode::kScript, std::move(why));
}

}  // namespace loadctl::controller
