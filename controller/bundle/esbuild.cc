#include "controller/bundle/esbuild.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <boost/json.hpp>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <regex>
#include <utility>
#include <vector>

#include "common/bundle/bundle.h"
#include "controller/bundle/kept_files.h"
#include "controller/bundle/subprocess.h"
#include "controller/fleet/processes.h"

namespace loadctl::controller {
namespace {

// What V8 10.2, the oldest that agents may have, knows without exception.
constexpr char kTarget[] = "--target=es2022";
constexpr std::string_view kInlineMap = "//# sourceMappingURL=data:application/json;base64,";

Result<std::string> FindEsbuild() {
  auto program = fleet::FindProgram("loadctl-esbuild");
  if (program) return program;
  return Fail(ErrorCode::kScript,
              "TypeScript, new syntax and packages need a program that comes with loadctl: " +
                  program.error().message);
}

std::string DecodeBase64(std::string_view text) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return "";
  const auto padding = text.size() - std::min(text.find_last_not_of('=') + 1, text.size());
  out.resize(static_cast<std::size_t>(size) - std::min<std::size_t>(padding, 2));
  return out;
}

const char* NameOf(Esbuild::Loader loader) {
  switch (loader) {
    case Esbuild::Loader::kJs:
      return "js";
    case Esbuild::Loader::kJsx:
      return "jsx";
    case Esbuild::Loader::kTs:
      return "ts";
    case Esbuild::Loader::kTsx:
      return "tsx";
  }
  return "js";
}

// Globals that browsers and Node.js have and scripts have not, for packages that name them; what a
// package does not name is left out of it. Scripts themselves see k6's globals, no others.
constexpr char kPackageGlobals[] = R"js(
export class Event {
  constructor(type, options = {}) {
    this.type = String(type);
    this.cancelable = Boolean(options.cancelable);
    this.defaultPrevented = false;
    this.target = this.currentTarget = null;
  }
  preventDefault() { if (this.cancelable) this.defaultPrevented = true; }
  stopImmediatePropagation() { this.stopped = true; }
}
export class EventTarget {
  #listeners = new Map();
  addEventListener(type, listener, options) {
    const all = this.#listeners.get(type) || [];
    if (listener == null || all.some((each) => each.listener === listener)) return;
    this.#listeners.set(type, [...all, { listener, once: Boolean(options && options.once) }]);
  }
  removeEventListener(type, listener) {
    const all = this.#listeners.get(type) || [];
    this.#listeners.set(type, all.filter((each) => each.listener !== listener));
  }
  dispatchEvent(event) {
    event.target = event.currentTarget = this;
    for (const { listener, once } of this.#listeners.get(event.type) || []) {
      if (event.stopped) break;
      if (once) this.removeEventListener(event.type, listener);
      if (typeof listener === 'function') listener.call(this, event);
      else listener.handleEvent(event);
    }
    return !event.defaultPrevented;
  }
}
export const queueMicrotask = (callback) => { Promise.resolve().then(callback); };
)js";

/// A folder of this process's own, removed at the end of the scope.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::error_code error;
    std::string pattern = (std::filesystem::temp_directory_path(error) / "loadctl-XXXXXX").string();
    if (!error && mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

enum class Format { kEsm, kCommonJs };

/// What kind of module the package's first file is, by esbuild's metafile.
Format FormatOf(const std::string& metafile) {
  boost::system::error_code error;
  const auto value = boost::json::parse(metafile, error);
  const auto at = [](const boost::json::value* from, boost::json::string_view key) {
    const auto* object = from == nullptr ? nullptr : from->if_object();
    return object == nullptr ? nullptr : object->if_contains(key);
  };
  const auto* outputs = error ? nullptr : at(&value, "outputs");
  if (outputs == nullptr || !outputs->is_object()) return Format::kEsm;
  for (const auto& output : outputs->get_object()) {
    const auto* entry = at(&output.value(), "entryPoint");
    if (entry == nullptr || !entry->is_string()) continue;
    const auto* format = at(at(at(&value, "inputs"), entry->get_string()), "format");
    if (format != nullptr && format->is_string() && format->get_string() == "cjs")
      return Format::kCommonJs;
  }
  return Format::kEsm;
}

std::string WhyNoPackage(const std::string& name, const std::string& complaints) {
  static const std::regex builtin(R"re(Could not resolve "([^"]+)"\n[\s\S]*?built into node)re");
  std::smatch found;
  if (std::regex_search(complaints, found, builtin)) {
    return "the package \"" + name + "\" needs Node.js's own module \"" + found[1].str() +
           "\", which scripts do not have: look for a package, or a build of it, for browsers";
  }
  return "the package \"" + name + "\": " + DescribeErrors(complaints, "");
}

}  // namespace

std::string TakeInlineSourceMap(std::string& code) {
  const auto at = code.rfind(kInlineMap);
  if (at == std::string::npos) return "";
  std::string_view encoded = std::string_view(code).substr(at + kInlineMap.size());
  while (!encoded.empty() && (encoded.back() == '\n' || encoded.back() == '\r'))
    encoded.remove_suffix(1);
  if (encoded.find_first_of("\r\n ") != std::string_view::npos) return "";
  std::string map = DecodeBase64(encoded);
  code.resize(at);
  return map;
}

std::string DescribeErrors(const std::string& complaints, const std::string& url) {
  static const std::regex error(R"re(\[ERROR\] ([^\n]*)\n(?:\n    ([^\n]*):(\d+):(\d+):\n)?)re");
  std::string text;
  int more = 0;
  for (std::sregex_iterator each(complaints.begin(), complaints.end(), error), end; each != end;
       ++each) {
    if (!text.empty()) {
      ++more;
      continue;
    }
    const std::smatch& found = *each;
    if (found[3].matched) {
      text = (url.empty() ? found[2].str() : url) + ": Line " + found[3].str() + ":" +
             found[4].str() + " ";
    }
    text += found[1].str();
  }
  if (text.empty()) return complaints.empty() ? "esbuild failed, and did not say why" : complaints;
  if (more > 0) text += " (and " + std::to_string(more) + " more errors)";
  return text;
}

namespace {

/// What was made of one file is kept, and need not be made again while the file, its name and the
/// program are the same.
class KeptCode {
 public:
  KeptCode(const std::string& program, const std::string& url, const std::string& text,
           Esbuild::Loader loader) {
    std::error_code error;
    const auto size = std::filesystem::file_size(program, error);
    const auto time = std::filesystem::last_write_time(program, error).time_since_epoch().count();
    if (!error && !folder_.empty()) {
      file_ = folder_ + "/" +
              bundle::Sha256(std::string(kTarget) + "\n" + NameOf(loader) + "\n" +
                             std::to_string(size) + "\n" + std::to_string(time) + "\n" + url +
                             "\n" + text);
    }
  }
  /// The code behind its size and its hash, then the source map.
  [[nodiscard]] std::optional<Compiled> Read() const {
    if (file_.empty()) return std::nullopt;
    const std::string kept = ReadFile(file_);
    const std::size_t end = kept.find('\n');
    if (end == std::string::npos) return std::nullopt;
    const std::string_view rest = std::string_view(kept).substr(end + 1);
    std::size_t size = 0;
    const auto read = std::from_chars(kept.data(), kept.data() + end, size);
    const std::string hash = read.ec == std::errc() ? kept.substr(kept.find(' ') + 1, 64) : "";
    if (size > rest.size() || bundle::Sha256(rest) != hash) return std::nullopt;
    return Compiled{std::string(rest.substr(0, size)), std::string(rest.substr(size))};
  }
  void Write(const Compiled& made) const {
    if (file_.empty()) return;
    const std::string both = made.code + made.source_map;
    KeepFile(file_, std::to_string(made.code.size()) + " " + bundle::Sha256(both) + "\n" + both);
    Prune(folder_, kMost);
  }

 private:
  static constexpr std::size_t kMost = 2000;
  const std::string folder_ = CacheFolder("compiled");
  std::string file_;
};

}  // namespace

Result<Compiled> Esbuild::Transform(const std::string& url, const std::string& text,
                                    Loader loader) {
  LOADCTL_TRY(const std::string program, FindEsbuild());
  const KeptCode kept(program, url, text, loader);
  if (auto made = kept.Read()) return std::move(*made);
  ProgramRun run;
  run.program = program;
  run.folder = "/";
  run.arguments = {std::string("--loader=") + NameOf(loader),
                   kTarget,
                   "--sourcemap=inline",
                   "--sources-content=false",
                   "--sourcefile=" + url,
                   "--charset=utf8",
                   "--legal-comments=none",
                   "--tsconfig-raw={}",
                   "--log-level=error",
                   "--log-limit=0",
                   "--color=false"};
  // An empty standard input would be read as none.
  run.input = text.empty() ? "\n" : text;
  LOADCTL_TRY(ProgramResult result, RunProgram(run));
  if (result.status != 0) return Fail(ErrorCode::kScript, DescribeErrors(result.errors, url));
  Compiled compiled{std::move(result.output), ""};
  compiled.source_map = TakeInlineSourceMap(compiled.code);
  kept.Write(compiled);
  return compiled;
}

Result<Compiled> Esbuild::BundlePackage(const std::string& name, const std::string& folder) {
  LOADCTL_TRY(const std::string program, FindEsbuild());
  const ScratchFolder scratch;
  if (scratch.path().empty())
    return Fail(std::string("no folder for temporary files: ") + std::strerror(errno));
  // The map names its sources relative to where the file is written.
  const std::string out = scratch.path() + "/package.js", about = scratch.path() + "/about.json";
  const std::string globals = scratch.path() + "/globals.js";
  if (!(std::ofstream(globals) << kPackageGlobals).flush())
    return Fail("writing " + globals + ": " + std::strerror(errno));
  const auto attempt = [&](Format format) -> Result<Compiled> {
    ProgramRun run;
    run.program = program;
    run.folder = folder;
    run.arguments = {name,
                     "--bundle",
                     format == Format::kEsm ? "--format=esm" : "--format=cjs",
                     "--platform=browser",
                     "--main-fields=browser,module,main",
                     "--external:k6",
                     "--external:k6/*",
                     "--define:process.env.NODE_ENV=\"production\"",
                     "--define:global=globalThis",
                     "--inject:" + globals,
                     kTarget,
                     "--sourcemap=external",
                     "--sources-content=false",
                     "--charset=utf8",
                     "--legal-comments=none",
                     "--log-level=error",
                     "--log-limit=0",
                     "--color=false",
                     "--outfile=" + out,
                     "--metafile=" + about};
    LOADCTL_TRY(const ProgramResult result, RunProgram(run));
    if (result.status != 0) return Fail(ErrorCode::kScript, WhyNoPackage(name, result.errors));
    Compiled compiled{ReadFile(out), ReadFile(out + ".map")};
    return compiled;
  };
  LOADCTL_TRY(Compiled compiled, attempt(Format::kEsm));
  if (FormatOf(ReadFile(about)) == Format::kCommonJs) {
    LOADCTL_TRY(compiled, attempt(Format::kCommonJs));
  }
  // As seen from the URL under which the file goes on.
  boost::system::error_code error;
  auto map = boost::json::parse(compiled.source_map, error);
  if (!error && map.is_object() && map.get_object().contains("sources")) {
    for (auto& source : map.get_object()["sources"].as_array()) {
      const auto path = std::filesystem::path(scratch.path()) / source.get_string().c_str();
      source = "file://" + path.lexically_normal().string();
    }
    compiled.source_map = boost::json::serialize(map);
  }
  return compiled;
}

}  // namespace loadctl::controller
