// What the VUs of a run load on this agent: the bundle that the controller sends, the modules that
// come with loadctl, and code once compiled. Not for running it (assignment_run.h).
// The conductor's thread, but for Fill().
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "agent/js/realm.h"
#include "agent/vu/program.h"
#include "agent/worker/offload_threads.h"
#include "common/base/error.h"
#include "common/bundle/bundle.h"
#include "loadctl/v1/session.pb.h"

namespace loadctl::session {

class RunScripts final {
 public:
  explicit RunScripts(std::vector<vu::ModuleDef> modules) : modules_(std::move(modules)) {}

  /// A part of the bundle; true if it was the last one. Fails (kGeneric) if they are not the bundle
  /// with this hash.
  [[nodiscard]] Result<bool> Take(const v1::BundleChunk& chunk, const std::string& hash);

  /// Gives a program its files, modules and code, which live as long as this. Any thread, once the
  /// bundle is there.
  void Fill(vu::Program& program);
  /// Whether something here or in `env` looks like a URL of TLS. Any thread, as Fill().
  [[nodiscard]] bool MayUseTls(const metrics::TagMap& env) const;

 private:
  const std::vector<vu::ModuleDef> modules_;
  js::CodeCache code_;
  worker::OffloadThreads offload_{std::max(1u, std::thread::hardware_concurrency() / 2)};
  std::string packed_;
  std::shared_ptr<const bundle::Bundle> bundle_;
};

}  // namespace loadctl::session
