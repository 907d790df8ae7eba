#include "agent/js/shared_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <mutex>

#include "agent/js/call_info.h"
#include "common/bundle/shared_files.h"

namespace loadctl::js {
namespace {

std::mutex mutex;
int file = -1;             // guarded by mutex until it is made; then constant
std::int64_t end = 0;      // of what is in the file; guarded by mutex
std::atomic<int> buffers;  // mapped now

void MakeFile() {
  if (file < 0) file = memfd_create("loadctl-files", MFD_CLOEXEC);
}

bool Write(std::string_view bytes, std::int64_t at) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(file, bytes.data(), bytes.size(), at);
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
    at += written;
  }
  return true;
}

void Unmap(void* memory, std::size_t size, void*) {
  munmap(memory, size);
  buffers.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace

void SharedPages::Prepare() {
  const std::lock_guard lock(mutex);
  MakeFile();
}

SharedPages::SharedPages(std::string_view bytes) : bytes_(bytes) {
  if (bytes.size() < kLeast) return;
  if (const auto& shared = bundle::SharedFiles::Inherited()) {
    if (const auto place = shared->PlaceOf(bytes)) {
      file_ = shared->descriptor();
      place_ = static_cast<std::int64_t>(*place);
      return;
    }
  }
  const std::lock_guard lock(mutex);
  MakeFile();
  if (file < 0 || !Write(bytes, end)) return;
  file_ = file;
  place_ = end;
  const std::int64_t page = sysconf(_SC_PAGESIZE);
  end = (end + static_cast<std::int64_t>(bytes.size()) + page - 1) / page * page;
}

Value SharedPages::Buffer(const Scope& scope) const {
  if (place_ < 0) return scope.OfBytes(bytes_);
  const bool room = buffers.fetch_add(1, std::memory_order_relaxed) < kMostBuffers;
  void* const memory = room ? mmap(nullptr, bytes_.size(), PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_NORESERVE, file_, place_)
                            : MAP_FAILED;
  if (memory == MAP_FAILED) {
    buffers.fetch_sub(1, std::memory_order_relaxed);
    return scope.OfBytes(bytes_);
  }
  auto store = v8::ArrayBuffer::NewBackingStore(memory, bytes_.size(), Unmap, nullptr);
  return Handles::Wrap(v8::ArrayBuffer::New(scope.isolate(), std::move(store)));
}

}  // namespace loadctl::js
