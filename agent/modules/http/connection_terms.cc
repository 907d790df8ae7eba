#include "agent/modules/http/connection_terms.h"

#include <string_view>

namespace loadctl::modules::http {

ConnectionTerms::Of ConnectionTerms::Read(const plan::Options& options,
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

}  // namespace loadctl::modules::http
