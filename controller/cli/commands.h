// The commands of `loadctl`: each is one file of this folder. Main thread.
#pragma once

#include <span>
#include <string>

namespace loadctl::cli {

/// `loadctl run`: runs a script; the process's exit status.
int Run(std::span<const std::string> arguments);

/// `loadctl debug`: runs one iteration of a script under a debugger; the process's exit status.
int Debug(std::span<const std::string> arguments);

/// `loadctl archive`: writes a script with all it needs into one tar.
int Archive(std::span<const std::string> arguments);

/// `loadctl inspect`: prints the options of a script, or what of a folder's scripts would run.
int Inspect(std::span<const std::string> arguments);

/// `loadctl new`: writes a first script.
int New(std::span<const std::string> arguments);

/// `loadctl report`: shows a recorded run.
int Report(std::span<const std::string> arguments);

/// `loadctl judge`: judges a recorded run again, or a part of it.
int Judge(std::span<const std::string> arguments);

/// `loadctl compare`: whether a recorded run is as good as another.
int Compare(std::span<const std::string> arguments);

/// `loadctl runs`: lists the runs of a controller, or stops one.
int Runs(std::span<const std::string> arguments);

/// `loadctl attach`: follows a run of a controller.
int Attach(std::span<const std::string> arguments);

/// `loadctl controller`: serves agents and clients until it is told to stop.
int Controller(std::span<const std::string> arguments);

/// `loadctl pause`, `resume`, `scale`, `status`, `stats`, `agents`, `stop`: asks a running test.
int Control(const std::string& command, std::span<const std::string> arguments);

/// `loadctl doctor`: says what of this machine and its controller is not ready for a test.
int Doctor(std::span<const std::string> arguments);

/// `loadctl certs`: makes an authority and certificates for controller, agents and clients.
int Certs(std::span<const std::string> arguments);

/// `loadctl token`: makes, lists and takes back tokens by which agents join a controller.
int Token(std::span<const std::string> arguments);

/// `loadctl help [COMMAND]`, `loadctl help compat [TEXT]`.
int Help(std::span<const std::string> arguments);

/// Runs the command that the first argument names; the process's exit status.
int Dispatch(std::span<const std::string> arguments);

}  // namespace loadctl::cli
