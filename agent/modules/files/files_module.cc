// The natives of files that are opened in init code and read later.
#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

#include "agent/modules/faces.h"
#include "agent/modules/file_content.h"
#include "agent/modules/registry.h"
#include "agent/vu/vu.h"
#include "common/bundle/urls.h"

namespace loadctl::modules::files {
namespace {

using Content = js::Held<const FileContent>;

struct Opened {
  std::string path;
  Content content;
};

/// A path is relative to the script that the run was started with, as in k6.
Result<Opened> OpenFile(vu::Vu& vu, std::string path) {
  if (path.find("://") == std::string::npos && path[0] != '/') path = "./" + path;
  LOADCTL_TRY(const std::string url, bundle::ResolveUrl(path, vu.program().main_url));
  LOADCTL_TRY(const std::string_view bytes, vu.program().load_file(url));
  std::string name = url.starts_with("file://") ? url.substr(7) : url;
  return Opened{name, Content(std::make_shared<const FileContent>(FileContent{name, bytes}))};
}

// readFile(content, from, at most)
js::BytesView ReadFile(Content content, std::uint64_t from, std::uint64_t most) {
  const std::string_view bytes = content->bytes;
  return {bytes.substr(std::min<std::uint64_t>(from, bytes.size()), most)};
}

std::size_t SizeOf(Content content) { return content->bytes.size(); }

}  // namespace
}  // namespace loadctl::modules::files

template <>
struct loadctl::js::Members<loadctl::modules::files::Opened> {
  using T = modules::files::Opened;
  static constexpr std::tuple list{Member{"path", &T::path}, Member{"content", &T::content}};
};

namespace loadctl::modules::files {

Module Describe() {
  return {faces::kFiles,
          {js::Native<&OpenFile>("openFile"), js::Native<&ReadFile>("readFile"),
           js::Native<&SizeOf>("sizeOf")}};
}

}  // namespace loadctl::modules::files
