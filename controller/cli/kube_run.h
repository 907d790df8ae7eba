// `loadctl run --kube`: a controller and agents in pods of their own, for one run, by kubectl.
// Not for the run itself, which is one with a remote controller (remote_run.h). Main thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "common/base/error.h"
#include "common/base/run_id.h"
#include "controller/cli/kube_manifests.h"
#include "controller/cli/kube_state.h"
#include "controller/cli/remote_run.h"
#include "controller/cli/signals.h"
#include "controller/plan/plan.h"
#include "controller/terminal/log.h"

namespace loadctl::cli {

/// Checks --kube and the flags that go with it, and makes the line one of a run elsewhere. Fails
/// (kGeneric) naming the flag.
[[nodiscard]] Result<void> ReadKubeFlags(plan::CommandLine& line);

/// Pods of one run: deleted when this is, and by themselves some minutes after this program is
/// gone.
class KubeRun final {
 public:
  /// Makes them and waits until all run, 5 minutes, or 20 s with what time does not mend. Fails
  /// (kGeneric) with what is in their way or kubectl's words, (kSignal) if a signal came meanwhile;
  /// then they are deleted.
  static Result<std::unique_ptr<KubeRun>> Start(const plan::CommandLine& line, const RunId& run,
                                                terminal::Logger& logger, Signals& signals);
  ~KubeRun();
  KubeRun(const KubeRun&) = delete;
  KubeRun& operator=(const KubeRun&) = delete;

  /// Where it is reached from here.
  [[nodiscard]] RemoteController controller() const;
  /// After a run that lost a pod: what Kubernetes tells of those that have ended, as warnings.
  void TellOfLost() const;

 private:
  KubeRun(const plan::CommandLine& line, terminal::Logger& logger);

  Result<void> Make(Signals& signals);
  Result<void> Await();
  Result<KubeState> Look(bool late) const;
  Result<void> Forward();
  void KeepForwarding();
  Result<std::string> Kubectl(std::vector<std::string> words, const std::string& input = {}) const;
  Result<std::string> Create(const boost::json::object& object, const std::string& print) const;

  const plan::CommandLine& line_;
  terminal::Logger& logger_;
  std::string program_, folder_;
  KubePods pods_;
  int port_ = 0;  ///< here, forwarded to the controller's
  bool made_ = false;
  std::atomic<bool> stopped_{false}, ending_{false};
  std::atomic<pid_t> forwarder_{0};
  std::thread keeper_;
};

}  // namespace loadctl::cli
