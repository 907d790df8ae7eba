// What a script asks for and this build does not have, all of it at once: for `inspect --compat`.
// Not for refusing a run (make_plan.cc), which ends at the first. Pure functions: any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "controller/plan/plan.h"

namespace loadctl::plan {

/// How far a module of k6 is there.
enum class ModuleState { kWorks, kInPart, kMissing };

struct Module {
  std::string_view name;  ///< as imported; with `/` at the end, all that begin so
  ModuleState state = ModuleState::kWorks;
  std::string_view missing;  ///< of one that is there in part: texts of scripts, `|` between them
};

[[nodiscard]] std::span<const Module> Modules();
/// Null if k6 has no such module: a file of the user's, a URL, or a mistake.
[[nodiscard]] const Module* FindModule(std::string_view name);

/// A name that a source imports, and where it first does.
struct Import {
  std::string name;
  int line = 1, column = 1;  ///< from 1, of the text's opening quote
};

/// What is imported by `import`, `export ... from`, `import()` or `require()` of a literal text in
/// the source, each once, in order. Comments and other texts are passed over.
[[nodiscard]] std::vector<Import> ImportsOf(std::string_view source);

/// What is wrong with the import of a module: `the module "k6/html" is not yet supported (...)`,
/// `there is no module "k6/htp"; did you mean "k6/http"?`; empty if nothing is.
[[nodiscard]] std::string ProblemOfImport(std::string_view name);

/// What of a script is not, or not quite, as under k6.
struct Shortfalls {
  std::vector<std::string> differs;  ///< runs all the same: `option ext of the script is ignored`
  std::vector<std::string> missing;  ///< does not run: `option rps`, `import k6/html`
};

/// Options of all layers. Fails as MakePlan() does on values it cannot read.
[[nodiscard]] Result<Shortfalls> FindOptionShortfalls(const PlanInputs& inputs);
/// Adds what the sources of a script import, and what they seem to use of a module that is there in
/// part: the text stands in a source that imports it.
void AddImportShortfalls(std::span<const std::string_view> sources, Shortfalls& out);

}  // namespace loadctl::plan
