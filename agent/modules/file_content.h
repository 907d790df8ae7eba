// A file of k6/experimental/fs as natives know it: the modules fs and csv share it.
// Immutable: any thread.
#pragma once

#include <string>
#include <string_view>

namespace loadctl::modules {

struct FileContent {
  std::string path;
  std::string_view bytes;  ///< of the bundle, once for all VUs; lives as long as the run
};

}  // namespace loadctl::modules
