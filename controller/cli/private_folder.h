// A folder only its owner can enter, for the socket of a run's agents. Not for the sockets by which
// runs are found (controller/rest/local_runs.h). A value; main thread.
#pragma once

#include <string>
#include <utility>

#include "common/base/error.h"

namespace loadctl::cli {

class PrivateFolder final {
 public:
  /// A new folder in $TMPDIR or /tmp; those that runs left there whose process was killed are
  /// removed. Fails (kGeneric) if it cannot be made.
  static Result<PrivateFolder> Make();
  PrivateFolder(PrivateFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder() { Remove(); }

  /// Now, socket and all; also from another thread that ends the process.
  void Remove() const;
  [[nodiscard]] std::string Socket() const { return path_ + "/agents.sock"; }

 private:
  explicit PrivateFolder(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace loadctl::cli
