// Large files of a script in memory that `loadctl` and the agents it starts on this machine share:
// one copy, however many processes look at it. Not for agents elsewhere (Bundle::Pack()).
// One thread at a time adds; any thread looks.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace loadctl::bundle {

class SharedFiles;

/// One of them.
struct SharedFile {
  std::string_view text;
  std::uint64_t at = 0;  ///< where it lies, for SharedFiles::Find()
  std::shared_ptr<const SharedFiles> memory;
  friend bool operator==(const SharedFile& a, const SharedFile& b) { return a.text == b.text; }
};

class SharedFiles final : public std::enable_shared_from_this<SharedFiles> {
 public:
  /// Files of less are passed on as they are.
  static constexpr std::uint64_t kLeast = 1 << 20;

  /// None yet; null if the kernel has no memory for it.
  static std::shared_ptr<SharedFiles> Make();
  /// Those that this process was started with, under that descriptor.
  static void Inherit(int descriptor);
  /// Null: it was started with none.
  static const std::shared_ptr<SharedFiles>& Inherited();

  ~SharedFiles();
  SharedFiles(const SharedFiles&) = delete;
  SharedFiles& operator=(const SharedFiles&) = delete;

  /// For a process that is started: what Inherit() takes, to be kept open in it.
  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// Adds what can be read from `descriptor`, at most `size` bytes. Fails (kGeneric) with the
  /// reason.
  [[nodiscard]] Result<SharedFile> Add(int descriptor, std::uint64_t size);
  /// Where a text of one of them lies, from its first byte; nothing if it is none of them.
  [[nodiscard]] std::optional<std::uint64_t> PlaceOf(std::string_view text);
  /// The one that lies there. Fails (kGeneric) if nothing can.
  [[nodiscard]] Result<SharedFile> Find(std::uint64_t at, std::uint64_t size);

 private:
  explicit SharedFiles(int descriptor) : descriptor_(descriptor) {}
  struct Mapping {
    char* memory = nullptr;
    std::uint64_t at = 0, size = 0;
  };
  Result<Mapping> Map(std::uint64_t at, std::uint64_t size, int protection);

  const int descriptor_;
  std::uint64_t end_ = 0;  // of what was added
  std::mutex mutex_;
  std::vector<Mapping> mappings_;  // guarded by mutex_
};

}  // namespace loadctl::bundle
