// ConnectionTerms: what a scenario, or else the run, says of connections, read once for many requests.
// One VU's; its worker's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

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
                 const std::shared_ptr<const vu::ScenarioInfo>& scenario) {
    std::string_view reuse = options.connection_reuse;
    if (reuse.empty() && options.no_vu_connection_reuse) reuse = "iteration";
    Of read{scenario};
    if (scenario != nullptr) {
      if (!scenario->connection_reuse.empty()) reuse = scenario->connection_reuse;
      read.version = net::ReadHttpVersion(scenario->http_version).value_or(read.version);
    }
    if (reuse == "iteration") read.reuse = Reuse::kIteration;
    if (reuse == "shared") read.reuse = Reuse::kShared;
    return read;
  }

  std::optional<Of> read_;
};

}  // namespace loadctl::modules::http
