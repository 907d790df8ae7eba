// Takes secrets out of what programs tell each other. Any thread.
#pragma once

#include <google/protobuf/message.h>

#include "common/secrets/redactor.h"

namespace loadctl::secrets {

/// Redacts every text of the message and of those in it; a field whose name ends with `json` stays
/// JSON. Not for messages with encoded bytes in them: a delta, samples.
void RedactMessage(google::protobuf::Message& message, const Redactor& redactor);

}  // namespace loadctl::secrets
