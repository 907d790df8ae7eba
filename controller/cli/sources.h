// The text of a script and of the files that it imports, without evaluating it: for what must be
// said of a script that does not load. Not for running one (controller/bundle). Reads files; any
// thread.
#pragma once

#include <string>
#include <vector>

namespace loadctl::cli {

struct Source {
  std::string url;
  std::string text;
};

/// The script, and what it imports by a relative or absolute path, and so on; at most 1,000 files.
/// What cannot be read is left out.
[[nodiscard]] std::vector<Source> SourcesOf(const std::string& script);

/// What is wrong with their imports of k6's modules, a line each with its place:
/// `file:///a.js:3:20: there is no module "k6/htp"; did you mean "k6/http"?`.
[[nodiscard]] std::vector<std::string> ImportProblems(const std::vector<Source>& sources);

}  // namespace loadctl::cli
