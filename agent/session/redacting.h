// Secrets between an agent and its controller: taken in, and taken out of what the agent says.
// Not for keeping them (common/secrets). Any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "agent/metrics/recorder.h"
#include "agent/session/agent_link.h"
#include "common/secrets/keeper.h"
#include "loadctl/v1/session.pb.h"

namespace loadctl::session {

/// Fills the keeper with what a Prepare brought; what is not there is asked for by `send`, any
/// thread.
void TakeSecrets(std::vector<secrets::Source> sources, secrets::Keeper& keeper,
                 std::function<void(v1::FromAgent)> send);
/// An answer to that.
void TakeSecret(const v1::SecretGiven& given, secrets::Keeper& keeper);

/// The texts of a message. Only what setup() returned stays as it is, for VUs need it: whoever
/// shows it redacts it (controller/events).
void Redact(v1::FromAgent& message, const secrets::Redactor& redactor);

/// Redacts what goes over another link. Both outlive it.
class RedactingLink final : public AgentLink {
 public:
  RedactingLink(AgentLink& link, const secrets::Redactor& redactor)
      : link_(link), redactor_(redactor) {}
  void Send(v1::FromAgent message) override {
    Redact(message, redactor_);
    link_.Send(std::move(message));
  }
  void Tell(v1::FromAgent message) override {
    Redact(message, redactor_);
    link_.Tell(std::move(message));
  }
  [[nodiscard]] std::size_t Backlog() const override { return link_.Backlog(); }

 private:
  AgentLink& link_;
  const secrets::Redactor& redactor_;
};

/// The names in what workers measured. Of checks, groups and parts whose names are one without the
/// secrets in them, one is made.
void Redact(metrics::Recorder::Collected& collected, const secrets::Redactor& redactor);

}  // namespace loadctl::session
