// The page's style sheet, web/style.css made small at build time.
#pragma once

#include <string_view>

namespace loadctl::page {

extern const std::string_view kStyle;

}  // namespace loadctl::page
