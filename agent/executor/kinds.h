// One factory for each executor kind; executor.cc chooses. Each is one file of this folder.
#pragma once

#include <memory>

#include "agent/executor/executor.h"

namespace loadctl::executor {

std::unique_ptr<Executor> Make(const plan::ConstantVus& config, const plan::Scenario& scenario,
                               const plan::ExecutionTuple& tuple, TimePoint start);
std::unique_ptr<Executor> Make(const plan::PerVuIterations& config, const plan::Scenario& scenario,
                               const plan::ExecutionTuple& tuple, TimePoint start);
std::unique_ptr<Executor> Make(const plan::SharedIterations& config, const plan::Scenario& scenario,
                               const plan::ExecutionTuple& tuple, TimePoint start);

}  // namespace loadctl::executor
