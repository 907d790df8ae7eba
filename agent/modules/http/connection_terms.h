// ConnectionTerms: what a scenario, or else the run, says of connections, read once for many
// requests. One VU's; its worker's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "agent/net/http/http_message.h"
#include "agent/vu/vu.h"

namespace loadctl::modules::http {

class ConnectionTerms final {
 public:
  /// Who uses a connection again.
  enum class Reuse : std::uint8_t { kVu, kIteration, kShared };
  struct Of {
    std::shared_ptr<const vu::ScenarioInfo> scenario;  ///< null outside scenarios
    Reuse reuse = Reuse::kVu;
    net::HttpVersion version = net::HttpVersion::kAny;  ///< kAny: it leaves that to the run
  };

  /// Of the scenario that the VU is in.
  const Of& Now(vu::Vu& vu) {
    const auto& scenario = vu.execution().kept_scenario();
    if (!read_ || read_->scenario != scenario) read_ = Read(vu.program().options, scenario);
    return *read_;
  }

 private:
  static Of Read(const plan::Options& options,
                 const std::shared_ptr<const vu::ScenarioInfo>& scenario);

  std::optional<Of> read_;
};

}  // namespace loadctl::modules::http
