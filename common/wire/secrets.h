// Secrets on the wire. Not for keeping them (common/secrets/keeper.h). Pure functions, any thread.
#pragma once

#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/secrets/keeper.h"
#include "loadctl/v1/session.pb.h"

namespace loadctl::wire {

[[nodiscard]] v1::Secrets WriteSecrets(const std::vector<secrets::Source>& sources);
/// Fails (kInvalidConfig) as secrets::CheckSources() does.
[[nodiscard]] Result<std::vector<secrets::Source>> ReadSecrets(const v1::Secrets& from);
/// Overwrites the values in a message that is no longer needed.
void ForgetSecrets(v1::Secrets& secrets);

[[nodiscard]] v1::SecretGiven WriteSecret(const std::string& source, const std::string& key,
                                          const Result<std::string>& value);
/// The value, or why there is none; one that is too long is none.
[[nodiscard]] Result<std::string> ReadSecret(const v1::SecretGiven& given);

}  // namespace loadctl::wire
