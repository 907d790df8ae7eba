// Tar entries from and to memory, by libarchive. For .cc files of this folder only.
#pragma once

#include <ctime>
#include <functional>
#include <string>
#include <string_view>

#include "common/base/error.h"

struct archive;  // libarchive's

namespace loadctl::archive {

/// Calls `take` with name and content of each regular file, until it fails.
///
/// Fails (kGeneric) where the bytes are no tar or are cut short, at an entry that claims to be
/// larger than all bytes are, and after `max_entries`.
[[nodiscard]] Result<void> ReadTar(
    std::string_view bytes, std::size_t max_entries,
    const std::function<Result<void>(const std::string& name, std::string content)>& take);

/// Whether the bytes begin with the header of a tar.
[[nodiscard]] bool BeginsAsTar(std::string_view bytes);

/// Writes entry after entry.
class TarWriter {
 public:
  explicit TarWriter(std::time_t now);
  ~TarWriter();
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  void AddFile(const std::string& name, std::string_view content);
  void AddFolder(const std::string& name);
  void AddLink(const std::string& name, const std::string& to);
  /// The whole tar. Fails (kGeneric) with libarchive's reason if any entry could not be written.
  [[nodiscard]] Result<std::string> Finish();

 private:
  void Add(const std::string& name, unsigned type, unsigned mode, std::string_view content,
           const std::string* link);

  std::time_t now_;
  std::string out_, problem_;
  ::archive* archive_;
};

}  // namespace loadctl::archive
