// Any bytes as an archive: no crash, nothing outside it, and what is read can be written and read.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "controller/archive/archive.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadctl::archive;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)IsArchive(bytes);
  (void)AnonymousPath(bytes);
  const auto archive = ReadArchive(bytes);
  if (!archive) return 0;
  for (const auto& [url, content] : archive->files.files()) {
    LOADCTL_CHECK(url.find("/../") == std::string::npos && !url.ends_with("/.."),
                  "no file is outside the archive");
    LOADCTL_CHECK(content.size() <= size, "no file is larger than the archive");
  }
  const auto written = WriteArchive(*archive, 0);
  if (!written) return 0;
  const auto again = ReadArchive(*written);
  LOADCTL_CHECK(again && again->main_url == AnonymousUrl(archive->main_url),
                "what was read can be written and read");
  return 0;
}
