#include "common/bundle/shared_files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace loadctl::bundle {
namespace {

std::shared_ptr<SharedFiles>& InheritedOnes() {
  static std::shared_ptr<SharedFiles> files;
  return files;
}

tl::unexpected<Error> FailAs(const std::string& what) { return Fail(what + std::strerror(errno)); }

}  // namespace

std::shared_ptr<SharedFiles> SharedFiles::Make() {
  const int descriptor = memfd_create("loadctl-files", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) return nullptr;
  // Whoever looks at a page must find it there.
  fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK);
  return std::shared_ptr<SharedFiles>(new SharedFiles(descriptor));
}

void SharedFiles::Inherit(int descriptor) {
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  InheritedOnes().reset(new SharedFiles(descriptor));
}

const std::shared_ptr<SharedFiles>& SharedFiles::Inherited() { return InheritedOnes(); }

SharedFiles::~SharedFiles() {
  for (const Mapping& mapping : mappings_) munmap(mapping.memory, mapping.size);
  close(descriptor_);
}

Result<SharedFiles::Mapping> SharedFiles::Map(std::uint64_t at, std::uint64_t size,
                                              int protection) {
  void* const memory =
      mmap(nullptr, size, protection, MAP_SHARED, descriptor_, static_cast<off_t>(at));
  if (memory == MAP_FAILED) return FailAs("no memory for a shared file: ");
  const Mapping mapping{static_cast<char*>(memory), at, size};
  const std::lock_guard lock(mutex_);
  mappings_.push_back(mapping);
  return mapping;
}

Result<SharedFile> SharedFiles::Add(int descriptor, std::uint64_t size) {
  if (size == 0) return Fail("an empty file is not shared");
  const std::uint64_t at = end_;
  if (fallocate(descriptor_, 0, static_cast<off_t>(at), static_cast<off_t>(size)) != 0)
    return FailAs("no memory for a shared file: ");
  LOADCTL_TRY(const Mapping mapping, Map(at, size, PROT_READ | PROT_WRITE));
  std::uint64_t had = 0;
  while (had < size) {
    const ssize_t got = read(descriptor, mapping.memory + had, size - had);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Fail(ErrorCode::kScript, std::strerror(errno));
    if (got == 0) break;  // it has become shorter
    had += static_cast<std::uint64_t>(got);
  }
  mprotect(mapping.memory, size, PROT_READ);
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  end_ = (at + size + page - 1) / page * page;
  return SharedFile{{mapping.memory, had}, at, shared_from_this()};
}

std::optional<std::uint64_t> SharedFiles::PlaceOf(std::string_view text) {
  const std::lock_guard lock(mutex_);
  for (const Mapping& mapping : mappings_) {
    if (mapping.memory == text.data() && text.size() <= mapping.size) return mapping.at;
  }
  return std::nullopt;
}

Result<SharedFile> SharedFiles::Find(std::uint64_t at, std::uint64_t size) {
  {
    const std::lock_guard lock(mutex_);
    for (const Mapping& mapping : mappings_) {
      if (mapping.at == at && mapping.size == size)
        return SharedFile{{mapping.memory, size}, at, shared_from_this()};
    }
  }
  struct stat info {};
  if (fstat(descriptor_, &info) != 0) return FailAs("shared files: ");
  const auto end = static_cast<std::uint64_t>(info.st_size);
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  if (size == 0 || at % page != 0 || at > end || size > end - at)
    return Fail("there is no such shared file");
  LOADCTL_TRY(const Mapping mapping, Map(at, size, PROT_READ));
  return SharedFile{{mapping.memory, size}, at, shared_from_this()};
}

}  // namespace loadctl::bundle
