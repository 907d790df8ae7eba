// Finds a value in JSON by a path of k6's Response.json(): `a.b.0`, `list.#(age>45)#.name`,
// `{name,first:list.0}|@pretty`. The syntax is gjson's, version 1.19. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loadctl::text {

/// The value as JSON, but for the words `NaN`, `Infinity` and `-Infinity`, which paths can make;
/// nullopt if there is none. `json` is valid. Fails on JSON nested deeper than 256, on a path of
/// more than 1,000 steps, and on one that looks at far more than the JSON has (`@dig:@dig:@dig:a`).
[[nodiscard]] Result<std::optional<std::string>> FindByJsonPath(std::string_view json,
                                                                std::string_view path);

}  // namespace loadctl::text
