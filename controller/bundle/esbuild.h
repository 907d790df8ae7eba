// TypeScript, new syntax and npm packages turned into JavaScript that every agent's V8 knows, by
// the esbuild program that comes with loadctl.
// Not for deciding what needs it (scripts.h). Blocking, any thread.
#pragma once

#include <string>

#include "common/base/error.h"

namespace loadctl::controller {

struct Compiled {
  std::string code;
  std::string source_map;  ///< version 3, its sources as URLs or relative to the compiled file
};

class Esbuild final {
 public:
  enum class Loader { kJs, kJsx, kTs, kTsx };

  /// One file, its imports left as they are. What was made of the same file before is taken from
  /// this user's cache. Fails (kScript) with the author's place:
  /// `file:///x.ts: Line 4:8 Expected "}" but found "default" (and 1 more errors)`.
  [[nodiscard]] static Result<Compiled> Transform(const std::string& url, const std::string& text,
                                                  Loader loader);

  /// A package of a node_modules folder with all that it imports but k6's modules, in one file:
  /// CommonJS if the package is. `name` as the script imports it, from a file in `folder`. Fails
  /// (kScript) naming the package, and what it needs of Node.js.
  [[nodiscard]] static Result<Compiled> BundlePackage(const std::string& name,
                                                      const std::string& folder);
};

/// esbuild's complaints, `✘ [ERROR] TEXT` with ` FILE:LINE:COLUMN:` two lines below, in k6's words.
/// Pure.
[[nodiscard]] std::string DescribeErrors(const std::string& complaints, const std::string& url);

/// Removes the inline source map that ends `code`, and returns it; empty if there is none. Pure.
[[nodiscard]] std::string TakeInlineSourceMap(std::string& code);

}  // namespace loadctl::controller
