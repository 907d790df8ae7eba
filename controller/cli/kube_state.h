// What kubectl tells of the pods of one `loadctl run --kube`, read. Not for asking it (kube_run.h).
// Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loadctl::cli {

/// What keeps pods from running; empty text: nothing that is told.
struct KubeObstacle {
  std::string text;  ///< of Kubernetes, with the pod's name
  /// Time alone seldom mends it: an image that is not there, a quota, a refused pod. Another is a
  /// node that has no room yet.
  bool lasting = false;
};

struct KubeState {
  bool controller = false;  ///< is ready
  int agents = 0;           ///< that run
  int agent_pods = 0;       ///< that there are, those which have ended not counted
  KubeObstacle obstacle;    ///< the first
};

/// Of `kubectl get pods -o json`. Fails (kGeneric) if it is no list.
[[nodiscard]] Result<KubeState> ReadKubePods(std::string_view list);

/// Why pods of the Jobs whose names begin with `run` are not even made, the latest of `kubectl get
/// events -o json`; empty: it does not say.
[[nodiscard]] KubeObstacle ReadKubeEvents(std::string_view list, std::string_view run);

}  // namespace loadctl::cli
