#include "controller/cli/types.h"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "common/text/json_writer.h"
#include "controller/bundle/subprocess.h"
#include "controller/fleet/processes.h"

namespace loadctl::cli {
namespace {

namespace fs = std::filesystem;

/// The first that is there of `name` in a folder and those above it.
std::optional<fs::path> FindAbove(fs::path folder, const fs::path& name) {
  std::error_code error;
  for (;; folder = folder.parent_path()) {
    if (fs::exists(folder / name, error)) return folder / name;
    if (folder == folder.parent_path()) return std::nullopt;
  }
}

Result<std::string> FindCompiler(const fs::path& folder) {
  if (const auto own = FindAbove(folder, "node_modules/typescript/bin/tsc")) return own->string();
  const auto in_path = fleet::FindProgram("tsc");
  std::error_code error;
  if (in_path) return fs::canonical(*in_path, error).string();
  return Fail(
      "types are checked by TypeScript's compiler, which is not installed: npm install --save-dev "
      "typescript @types/k6");
}

/// One file and what it imports; beside that what the author's tsconfig.json says.
std::string Configuration(const fs::path& script, const std::optional<fs::path>& authors) {
  text::JsonWriter json(2);
  json.Object([&] {
    if (authors) json.Key("extends").String(authors->string());
    json.Key("files").Array([&] { json.Element().String(script.string()); });
    json.Key("include").Array([] {});
    json.Key("compilerOptions").Object([&] {
      json.Key("noEmit").Bool(true);
      json.Key("allowImportingTsExtensions").Bool(true);
      json.Key("skipLibCheck").Bool(true);
      if (authors) return;
      json.Key("strict").Bool(true);
      json.Key("allowJs").Bool(true);
      json.Key("checkJs").Bool(true);
      json.Key("target").String("es2022");
      json.Key("module").String("esnext");
      json.Key("moduleResolution").String("bundler");
      json.Key("resolveJsonModule").Bool(true);
    });
  });
  return json.Take();
}

class ScratchFile {
 public:
  explicit ScratchFile(const std::string& text) {
    std::error_code error;
    std::string pattern = (fs::temp_directory_path(error) / "loadctl-XXXXXX.json").string();
    const int file = mkstemps(pattern.data(), 5);
    if (file < 0) return;
    close(file);
    if (std::ofstream(pattern) << text) path_ = pattern;
  }
  ~ScratchFile() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove(path_, ignored);
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

Result<std::string> CheckTypes(const std::string& given) {
  std::error_code error;
  const fs::path script = fs::canonical(given, error);
  if (error) return Fail("cannot read '" + given + "': " + error.message());
  LOADCTL_TRY(const std::string compiler, FindCompiler(script.parent_path()));
  LOADCTL_TRY(const std::string node, fleet::FindProgram("node"));
  const ScratchFile config(Configuration(script, FindAbove(script.parent_path(), "tsconfig.json")));
  if (config.path().empty())
    return Fail(std::string("no file for tsc's configuration: ") + std::strerror(errno));
  controller::ProgramRun run;
  run.program = node;
  run.arguments = {compiler, "--pretty", "false", "--project", config.path()};
  LOADCTL_TRY(controller::ProgramResult result, controller::RunProgram(run));
  if (result.status == 0) return std::string();
  if (result.output.empty()) return Fail("tsc failed: " + result.errors);
  return std::move(result.output);
}

}  // namespace loadctl::cli
