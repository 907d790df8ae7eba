// The outputs that there are, by type. Not for running them (outputs.h). Any thread.
#pragma once

#include "controller/output/output.h"

namespace loadctl::output {

#define OUTPUT(type, maker, takes) \
  Result<std::unique_ptr<Output>> maker(const Request& request, const Context& context);
#include "controller/output/registry.inc"
#undef OUTPUT

/// Makes what `--out` asks for: `json=out.json`.
///
/// Fails with k6's texts: `invalid output type 'x', available types are: ...` (255), `could not
/// create the 'x' output: ...`, or (104) for an output that k6 knows and this build does not have.
[[nodiscard]] Result<std::unique_ptr<Output>> MakeOutput(const std::string& asked,
                                                         const Context& context);

}  // namespace loadctl::output
