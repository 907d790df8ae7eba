// Any bytes are a Prepare that an agent can run, or an error: no number of it leaves its range.
#include <cstddef>
#include <cstdint>

#include "common/base/check.h"
#include "common/plan/scenario.h"
#include "common/wire/assignment.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadctl;
  v1::Prepare prepare;
  if (!prepare.ParseFromArray(data, static_cast<int>(size))) return 0;
  const auto prepared = wire::ReadPrepare(prepare);
  if (!prepared) {
    LOADCTL_CHECK(!prepared.error().message.empty(), "an error without words");
    return 0;
  }
  // What an agent computes of it before it makes the first VU.
  const auto& share = prepared->assignments.at(0).share;
  const auto& scenarios = prepared->options.scenarios;
  const auto needs = plan::RequirementsOf(scenarios, share);
  LOADCTL_CHECK(needs.planned_vus >= 0 && needs.max_vus >= needs.planned_vus, "VUs");
  LOADCTL_CHECK(needs.max_duration.count() >= 0, "a duration below 0");
  for (const auto& scenario : scenarios) {
    LOADCTL_CHECK(plan::VusOf(scenario, share) <= plan::kMaxVus, "VUs of a scenario");
    (void)plan::IterationsOf(scenario, share);
    (void)plan::IterationTuple(scenario, share);
    (void)plan::EndOffset(scenario);
  }
  if (needs.planned_vus <= 10000) (void)plan::AssignVus(share, needs.planned_vus);
  (void)prepared->metrics.NewSinks();
  return 0;
}
