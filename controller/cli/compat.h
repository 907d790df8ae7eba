// `loadctl inspect --compat`: what of a script, or of those in a folder, would run here.
#pragma once

#include <string>

#include "controller/cli/load.h"

namespace loadctl::cli {

/// Prints a table of all scripts (*.js, *.ts, *.mjs) below the folder, by path, or of the one
/// script. What others import and that is no test itself is a module. The exit status: 0 unless a
/// script cannot run at all; an error's if the folder cannot be read or has no script.
int ShowCompatibility(const std::string& folder, const std::string& agent_program,
                      const plan::CommandLine& line, const plan::Environment& environment,
                      const plan::RuntimeOptions& runtime, terminal::Logger& logger);

}  // namespace loadctl::cli
