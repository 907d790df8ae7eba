#include "controller/cli/result_files.h"

#include "controller/cli/screen.h"

namespace loadctl::cli {

void ResultFile::On(const v1::RunEvent& event) {
  if (!event.has_outcome() || path_.empty()) return;
  if (const auto text = make_(event.outcome())) problem_ = WriteFile(path_, *text);
}

}  // namespace loadctl::cli
