// Secrets between an agent and its controller: taken in, and taken out of what the agent says.
// Not for keeping them (common/secrets). Any thread.
#pragma once

#include <functional>

#include "agent/metrics/recorder.h"
#include "common/base/error.h"
#include "common/secrets/keeper.h"
#include "loadctl/v1/session.pb.h"

namespace loadctl::session {

/// Fills the keeper with what a Prepare brings, which then has it no more; what is not there is
/// asked for by `send`, any thread. Fails (kInvalidConfig) as wire::ReadSecrets().
[[nodiscard]] Result<secrets::Keeper*> TakeSecrets(v1::Prepare& prepare, secrets::Keeper& keeper,
                                                   std::function<void(v1::FromAgent)> send);
/// An answer to that.
void TakeSecret(const v1::SecretGiven& given, secrets::Keeper& keeper);

/// The texts of a message. Only what setup() returned stays as it is, for VUs need it: whoever
/// shows it redacts it (controller/events).
void Redact(v1::FromAgent& message, const secrets::Redactor& redactor);

/// `send`, with what is sent redacted. `redactor` outlives it.
[[nodiscard]] std::function<void(v1::FromAgent)> Redacting(std::function<void(v1::FromAgent)> send,
                                                           const secrets::Redactor& redactor);

/// The names in what workers measured. Of checks, groups and parts whose names are one without the
/// secrets in them, one is made.
void Redact(metrics::Recorder::Collected& collected, const secrets::Redactor& redactor);

}  // namespace loadctl::session
