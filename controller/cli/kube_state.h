// What kubectl tells of the pods of one `loadctl run --kube`, read. Not for asking it (kube_run.h).
// Pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace loadctl::cli {

/// What keeps a pod from running, or ended it.
struct KubeObstacle {
  std::string text;  ///< of Kubernetes, with the pod's name
  /// Time alone seldom mends it: an image that is not there, a quota, a refused pod. Another is a
  /// node that has no room yet.
  bool lasting = false;
};

struct KubeState {
  bool controller = false;              ///< is ready
  int agents = 0;                       ///< that run
  int agent_pods = 0;                   ///< that there are, those which have ended not counted
  std::vector<KubeObstacle> obstacles;  ///< of pods that wait or have ended; 20 at most
};

/// Of `kubectl get pods -o json`. Fails (kGeneric) if it is no list.
[[nodiscard]] Result<KubeState> ReadKubePods(std::string_view list);

/// Why pods of the Jobs whose names begin with `run` are not even made, the latest of `kubectl get
/// events -o json`; none: it does not say.
[[nodiscard]] std::optional<KubeObstacle> ReadKubeEvents(std::string_view list,
                                                         std::string_view run);

}  // namespace loadctl::cli
