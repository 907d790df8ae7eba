// The page's script, bundled from web/page.ts at build time.
#pragma once

#include <string_view>

namespace loadctl::page {

extern const std::string_view kScript;

}  // namespace loadctl::page
