// The file of --cpu-profile: what the first agent tells of it, in parts.
// The thread that publishes the run's events.
#pragma once

#include <optional>
#include <string>

#include "common/base/error.h"
#include "controller/cli/result_files.h"
#include "controller/events/subscriber.h"

namespace loadctl::cli {

class CpuProfileFile final : public events::Subscriber {
 public:
  /// An empty path: no file.
  explicit CpuProfileFile(const std::string& path)
      : file_(path, [this](const v1::Outcome&) { return Whole(); }), wanted_(!path.empty()) {}

  /// Before the run; fails as ResultFile::Begin().
  Result<void> Begin() { return file_.Begin(); }

  void On(const v1::RunEvent& event) override;
  /// What went wrong; empty: nothing.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  std::optional<std::string> Whole();

  ResultFile file_;
  const bool wanted_;
  std::string text_, problem_;
  bool whole_ = false;
};

}  // namespace loadctl::cli
