// Templates of `loadctl new`: the built-in ones, and the part of Go's template language that k6's
// users need for their own. Not for files (controller/cli). Pure functions: any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loadctl::plan {

/// What a template may name.
struct TemplateValues {
  std::string script_name;  ///< {{ .ScriptName }}
  std::string project_id;   ///< {{ .ProjectID }}
};

/// `minimal`, `protocol` or `browser`; empty if there is no such template.
[[nodiscard]] std::string_view BuiltinTemplate(std::string_view name);

/// Fills `{{ .ScriptName }}` and `{{ .ProjectID }}`, and keeps what is between
/// `{{ if .ProjectID }}` (or `.ScriptName`) and `{{ end }}`, with `{{ else }}`, where it is not
/// empty. `{{-` and `-}}` take the white space beside them; `{{/* comments */}}` vanish.
///
/// Fails (kGeneric) naming the line on anything else.
[[nodiscard]] Result<std::string> FillTemplate(std::string_view text, const TemplateValues& values);

}  // namespace loadctl::plan
