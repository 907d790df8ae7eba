// k6's form of settings in one text: `loki=http://...,level=info,allowedLabels=[a,b]`.
// Not for what they mean. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace loadctl::text {

struct KeyValue {
  std::string key, value;
};

/// In their order; a list in brackets is a value as it is between them. Fails (kGeneric) in k6's
/// words (internal/lib/strvals): "key `level` with no value".
[[nodiscard]] Result<std::vector<KeyValue>> ParseKeyValues(std::string_view text);

}  // namespace loadctl::text
