// What import and require() mean, and the JavaScript that runs for it: file names without their
// endings, TypeScript, JSON, packages of node_modules.
// Not for reading files (files.h) nor for compiling them (esbuild.h). Main thread, blocking.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/error.h"
#include "common/bundle/bundle.h"
#include "controller/bundle/files.h"
#include "controller/bundle/import_map.h"
#include "controller/bundle/remote.h"

namespace loadctl::controller {

class Scripts final {
 public:
  /// What is found and made is kept in the bundle of `files`, so that agents need nothing else.
  Scripts(Files& files, RemoteScripts& remote) : files_(files), remote_(remote) {}

  /// Names stand for what the map says, before anything else is tried.
  void Use(ImportMap map) { map_ = std::move(map); }

  /// The URL that an import in the file `referrer` names, whether or not it is there:
  /// - a name that begins with `./`, `../`, `/` or `file://`: that file; if there is none, the
  /// first
  ///   that is there with an ending of a script (`.ts` before `.js`), or as the folder's index. For
  ///   `x.js` where only `x.ts` is, `x.ts`, as TypeScript has it;
  /// - `https://...`: itself;
  /// - any other name: a package of the nearest node_modules folder that has it, bundled at once.
  /// Fails (kScript) with k6's texts, and for packages with esbuild's.
  Result<std::string> Resolve(const std::string& specifier, const std::string& referrer);

  struct Script {
    std::string_view text, source_map;
  };
  /// The JavaScript that runs for a URL, and its source map if it is not what the author wrote.
  Result<Script> Load(const std::string& url);
  /// The same for a script that the agent's V8 could not parse: in older syntax, and from standard
  /// input also as TypeScript, as k6 does. Fails (kScript) if that is no help.
  Result<Script> Lower(const std::string& url);

 private:
  [[nodiscard]] std::string FindFile(const std::string& url) const;
  Result<std::string> Find(const std::string& specifier, const std::string& referrer);
  Result<std::string> FindPackage(const std::string& name, const std::string& referrer);
  Result<Script> CompileJson(const std::string& url, const std::string& text);
  [[nodiscard]] Script Known(const std::string& url) const;
  void TakeSourceMap(const std::string& url, const std::string& text);

  Files& files_;
  RemoteScripts& remote_;
  std::optional<ImportMap> map_;
};

}  // namespace loadctl::controller
