#include "controller/cli/sources.h"

#include <deque>
#include <filesystem>
#include <set>
#include <utility>

#include "controller/bundle/inspection.h"
#include "controller/plan/shortfalls.h"

namespace loadctl::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 1000;

/// Where a relative or absolute import leads; empty for what is no path, or nowhere.
std::string PathOf(const std::string& name, const fs::path& folder) {
  if (name.starts_with("file://")) return name.substr(7);
  const bool path = name.starts_with("./") || name.starts_with("../") || name.starts_with('/');
  if (!path) return "";
  const std::string exact = (folder / name).lexically_normal().string();
  std::error_code ignored;
  for (const char* ending : {"", ".ts", ".js"}) {  // TypeScript names files without their ending
    if (fs::is_regular_file(exact + ending, ignored)) return exact + ending;
  }
  return "";
}

/// That an import leads to no file; empty where it may, whatever ending is left out.
std::string ProblemOfPath(const std::string& name, const fs::path& folder) {
  if (!name.starts_with("./") && !name.starts_with("../") && !name.starts_with('/')) return "";
  const fs::path path = (folder / name).lexically_normal();
  std::error_code ignored;
  if (fs::exists(path, ignored)) return "";
  const std::string stem = path.stem().string() + ".";
  for (const auto& entry : fs::directory_iterator(path.parent_path(), ignored)) {
    if (entry.path().filename().string().starts_with(stem)) return "";
  }
  return "the file \"" + name +
         "\" couldn't be found on local disk. Make sure that you've specified the right path to "
         "the "
         "file.";
}

fs::path FolderOf(const std::string& url) {
  return fs::path(url.substr(std::string("file://").size())).parent_path();
}

}  // namespace

std::vector<Source> SourcesOf(const std::string& script) {
  std::vector<Source> out;
  std::deque<std::string> left = {script};
  std::set<std::string> seen;
  while (!left.empty() && out.size() < kMostFiles) {
    const std::string path = std::move(left.front());
    left.pop_front();
    const std::string url = controller::MainUrl(path);
    if (!seen.insert(url).second || path == "-") continue;
    auto text = controller::ReadScript(path);
    if (!text) continue;
    const fs::path folder = FolderOf(url);
    for (const plan::Import& one : plan::ImportsOf(*text)) {
      if (std::string next = PathOf(one.name, folder); !next.empty())
        left.push_back(std::move(next));
    }
    out.push_back({url, std::move(*text)});
  }
  return out;
}

std::vector<std::string> ImportProblems(const std::vector<Source>& sources) {
  std::vector<std::string> out;
  for (const Source& source : sources) {
    for (const plan::Import& one : plan::ImportsOf(source.text)) {
      std::string problem = plan::ProblemOfImport(one.name);
      if (problem.empty()) problem = ProblemOfPath(one.name, FolderOf(source.url));
      if (problem.empty()) continue;
      out.push_back(source.url + ":" + std::to_string(one.line) + ":" + std::to_string(one.column) +
                    ": " + problem);
    }
  }
  return out;
}

}  // namespace loadctl::cli
