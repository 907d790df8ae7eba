#include "controller/archive/tar.h"

#include <archive.h>
#include <archive_entry.h>

#include <utility>

#include "common/base/owned.h"

namespace loadctl::archive {
namespace {

using Reader = Owned<::archive, archive_read_free>;

Reader Open(std::string_view bytes) {
  Reader reader(archive_read_new());
  archive_read_support_format_tar(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) return {};
  return reader;
}

std::string ReasonOf(::archive* archive) {
  const char* reason = archive_error_string(archive);
  return reason == nullptr ? "it is broken" : reason;
}

// A warning is about names that are not in the locale's character set: their bytes are kept.
bool IsGood(la_ssize_t status) { return status == ARCHIVE_OK || status == ARCHIVE_WARN; }

Result<std::string> ReadContent(::archive* reader, const std::string& name, std::size_t size) {
  std::string content(size, '\0');
  std::size_t at = 0;
  while (at < size) {
    const la_ssize_t got = archive_read_data(reader, content.data() + at, size - at);
    if (got < 0) return Fail("archive entry " + name + ": " + ReasonOf(reader));
    if (got == 0) return Fail("archive entry " + name + ": it is cut short");
    at += static_cast<std::size_t>(got);
  }
  return content;
}

}  // namespace

bool BeginsAsTar(std::string_view bytes) {
  const Reader reader = Open(bytes);
  if (!reader) return false;
  archive_entry* entry = nullptr;
  return IsGood(archive_read_next_header(reader.get(), &entry));
}

Result<void> ReadTar(
    std::string_view bytes, std::size_t max_entries,
    const std::function<Result<void>(const std::string& name, std::string content)>& take) {
  const Reader reader = Open(bytes);
  if (!reader) return Fail("it is not a tar");
  for (std::size_t entries = 0;; ++entries) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) return {};
    if (!IsGood(status)) return Fail("it is not a tar: " + ReasonOf(reader.get()));
    if (entries == max_entries) {
      return Fail("the archive has more than " + std::to_string(max_entries) + " entries");
    }
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr || archive_entry_filetype(entry) != AE_IFREG ||
        archive_entry_hardlink(entry) != nullptr) {
      continue;
    }
    const std::string named = name;
    const auto size = archive_entry_size(entry);
    // Only a sparse file, or a broken one, is larger than its tar.
    if (size < 0 || static_cast<std::uint64_t>(size) > bytes.size()) {
      return Fail("archive entry " + named + ": it claims to be larger than the archive");
    }
    LOADCTL_TRY(std::string content,
                ReadContent(reader.get(), named, static_cast<std::size_t>(size)));
    LOADCTL_CHECK_OK(take(named, std::move(content)));
  }
}

TarWriter::TarWriter(std::time_t now) : now_(now), archive_(archive_write_new()) {
  archive_write_set_format_pax_restricted(archive_);
  archive_write_set_bytes_per_block(archive_, 0);
  archive_write_open(
      archive_, &out_, nullptr,
      [](::archive*, void* out, const void* bytes, std::size_t size) -> la_ssize_t {
        static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
        return static_cast<la_ssize_t>(size);
      },
      nullptr);
}

TarWriter::~TarWriter() { archive_write_free(archive_); }

void TarWriter::Add(const std::string& name, unsigned type, unsigned mode, std::string_view content,
                    const std::string* link) {
  const Owned<archive_entry, archive_entry_free> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_filetype(entry.get(), type);
  archive_entry_set_perm(entry.get(), static_cast<mode_t>(mode));
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
  archive_entry_set_mtime(entry.get(), link != nullptr ? 0 : now_, 0);
  if (link != nullptr) archive_entry_set_hardlink(entry.get(), link->c_str());
  const bool written = IsGood(archive_write_header(archive_, entry.get())) &&
                       archive_write_data(archive_, content.data(), content.size()) ==
                           static_cast<la_ssize_t>(content.size());
  if (!written && problem_.empty()) problem_ = name + ": " + ReasonOf(archive_);
}

void TarWriter::AddFile(const std::string& name, std::string_view content) {
  Add(name, AE_IFREG, 0644, content, nullptr);
}

void TarWriter::AddFolder(const std::string& name) { Add(name, AE_IFDIR, 0755, "", nullptr); }

void TarWriter::AddLink(const std::string& name, const std::string& to) {
  Add(name, AE_IFREG, 0, "", &to);
}

Result<std::string> TarWriter::Finish() {
  if (!IsGood(archive_write_close(archive_)) && problem_.empty()) problem_ = ReasonOf(archive_);
  if (!problem_.empty()) return Fail("writing the archive: " + problem_);
  return std::move(out_);
}

}  // namespace loadctl::archive
