// What a run leaves behind in files at its end: --summary-export and --verdict-file.
// Not for what is in them (summary/json.h, verdict.h). The thread that publishes the outcome.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "common/base/error.h"
#include "controller/events/subscriber.h"

namespace loadctl::cli {

/// A file that is written when the outcome comes.
class ResultFile final : public events::Subscriber {
 public:
  /// The file's text; nullopt: none is to be written.
  using Make = std::function<std::optional<std::string>(const v1::Outcome&)>;

  /// An empty path: no file.
  ResultFile(std::string path, Make make) : path_(std::move(path)), make_(std::move(make)) {}

  /// Before the run: fails if the file cannot be written. A regular file then has `text`, if there
  /// is one, so that what an earlier run left there is not taken for this one's.
  Result<void> Begin(const std::string& text = "");

  void On(const v1::RunEvent& event) override;
  /// What went wrong, in k6's words; empty: nothing.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  std::string path_;
  const Make make_;
  std::string problem_;
};

}  // namespace loadctl::cli
