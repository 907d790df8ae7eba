// json(selector) of a response, where the selector is more than names.
#pragma once

#include "agent/js/call.h"

namespace loadctl::modules::http {

/// (body, path) → the value in the body, whose JSON is valid; undefined if the path leads nowhere.
void FindByPath(js::Call& call);

}  // namespace loadctl::modules::http
