// Names of common/text for the files of options. Use common/text/go_json.h instead.
#pragma once

#include "common/text/go_json.h"

namespace loadctl::plan {

using text::HtmlEscape;
using text::SortKeys;
using text::ToGoJson;

}  // namespace loadctl::plan
