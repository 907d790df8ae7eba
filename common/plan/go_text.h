// Names of common/text for the files of options. Use common/text/quote.h and number.h instead.
#pragma once

#include "common/text/number.h"
#include "common/text/quote.h"

namespace loadctl::plan {

using text::IntegerBase;
using text::ParseGoBool;
using text::ParseGoInt;
using text::QuoteGo;

}  // namespace loadctl::plan
