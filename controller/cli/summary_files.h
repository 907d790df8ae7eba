// Where the files of handleSummary() may be written when a test ran on other machines: what comes
// from there is not trusted with this one. Not for local runs, which write as k6 does. Blocking,
// one thread.
#pragma once

#include <string>
#include <vector>

#include "common/base/error.h"

namespace loadctl::cli {

class SummaryFiles final {
 public:
  /// Files below `folder` (empty: the current one), which must exist. Of those that exist already
  /// only `named` ones are written over; they are paths as the script writes them.
  static Result<SummaryFiles> Below(const std::string& folder, std::vector<std::string> named);
  SummaryFiles(SummaryFiles&& other) noexcept;
  SummaryFiles& operator=(SummaryFiles&&) = delete;
  ~SummaryFiles();

  /// Writes a file whose path is relative and stays below the folder: no `..`, no links on the way,
  /// no file that was there before unless it was named (this object's own may be written again), no
  /// control characters in its name. Returns what went wrong, or an empty text.
  [[nodiscard]] std::string Write(const std::string& path, const std::string& content);

 private:
  SummaryFiles(int folder, std::vector<std::string> named);

  int folder_;  // a descriptor
  std::vector<std::string> named_;
};

}  // namespace loadctl::cli
