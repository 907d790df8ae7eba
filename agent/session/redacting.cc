#include "agent/session/redacting.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "common/base/saturating.h"
#include "common/secrets/messages.h"
#include "common/wire/secrets.h"

namespace loadctl::session {
namespace {

void RedactChecks(std::vector<metrics::CheckDelta>& checks, const secrets::Redactor& redactor) {
  for (std::size_t i = 0; i < checks.size();) {
    metrics::CheckDelta& check = checks[i];
    const bool group = redactor.Redact(check.group), name = redactor.Redact(check.name);
    const auto end = checks.begin() + static_cast<std::ptrdiff_t>(i);
    const auto same = group || name ? std::find_if(checks.begin(), end,
                                                   [&](const auto& other) {
                                                     return other.group == check.group &&
                                                            other.name == check.name;
                                                   })
                                    : end;
    if (same == end) {
      ++i;
      continue;
    }
    same->passes = SaturatingAdd(same->passes, check.passes);
    same->fails = SaturatingAdd(same->fails, check.fails);
    checks.erase(end);
  }
}

void RedactGroups(std::vector<std::string>& groups, const secrets::Redactor& redactor) {
  for (std::size_t i = 0; i < groups.size();) {
    const auto end = groups.begin() + static_cast<std::ptrdiff_t>(i);
    if (redactor.Redact(groups[i]) && std::find(groups.begin(), end, groups[i]) != end) {
      groups.erase(end);
    } else {
      ++i;
    }
  }
}

}  // namespace

void TakeSecrets(std::vector<secrets::Source> sources, secrets::Keeper& keeper,
                 std::function<void(v1::FromAgent)> send) {
  keeper.Fill(std::move(sources),
              [send = std::move(send)](const std::string& source, const std::string& key) {
                v1::FromAgent message;
                message.mutable_secret_wanted()->set_source(source);
                message.mutable_secret_wanted()->set_key(key);
                send(std::move(message));
              });
}

void TakeSecret(const v1::SecretGiven& given, secrets::Keeper& keeper) {
  keeper.Answer(given.source(), given.key(), wire::ReadSecret(given));
}

void Redact(v1::FromAgent& message, const secrets::Redactor& redactor) {
  if (redactor.empty()) return;
  switch (message.body_case()) {
    case v1::FromAgent::kDelta:       // its names were redacted before it was encoded
    case v1::FromAgent::kSamples:     // the same
    case v1::FromAgent::kCpuProfile:  // before it was cut into parts
    case v1::FromAgent::kHeartbeat:
    case v1::FromAgent::kClock:
    case v1::FromAgent::kProgress:
    case v1::FromAgent::kControlled:
    case v1::FromAgent::kSecretWanted:  // names
      return;
    case v1::FromAgent::kCallDone: {
      auto& done = *message.mutable_call_done();
      if (done.has_failure()) secrets::RedactMessage(*done.mutable_failure(), redactor);
      for (auto& file : *done.mutable_files()) secrets::RedactMessage(file, redactor);
      return;
    }
    default:
      return secrets::RedactMessage(message, redactor);
  }
}

void Redact(metrics::Recorder::Collected& collected, const secrets::Redactor& redactor) {
  if (redactor.empty()) return;
  RedactChecks(collected.checks, redactor);
  RedactGroups(collected.groups, redactor);
  metrics::Parts::Series parts;
  for (auto& [key, sink] : collected.parts) {
    auto [place, fresh] =
        parts.try_emplace({key.first, redactor.Redacted(key.second)}, std::move(sink));
    if (!fresh) metrics::Merge(place->second, sink);
  }
  collected.parts = std::move(parts);
}

}  // namespace loadctl::session
