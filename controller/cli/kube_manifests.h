// The Kubernetes objects of one `loadctl run --kube`, as JSON for kubectl. Not for making them
// (kube_run.h). Pure functions, any thread.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>

#include "common/base/error.h"

namespace loadctl::cli {

/// What is asked for, and what the cluster gave.
struct KubePods {
  std::string name;   ///< of every object: `loadctl-3f9c01d2e4b5`
  std::string image;  ///< holds loadctl and loadctl-agent
  int agents = 1;
  std::string cpu, memory;  ///< of each agent, as Kubernetes writes them; empty: not said
  std::string owner;        ///< uid of the controller's Job, which all else belongs to
  std::string address;      ///< cluster IP of the Service
};

/// Reads `cpu=2,memory=1Gi` into cpu and memory. Fails (kGeneric) naming the flag.
[[nodiscard]] Result<void> ReadKubeResources(const std::string& text, KubePods& pods);

/// The controller. It ends a minute after the last client did, and everything a minute after that:
/// so a client that is lost leaves nothing behind.
[[nodiscard]] boost::json::object KubeController(const KubePods& pods);
[[nodiscard]] boost::json::object KubeService(const KubePods& pods);
/// Of what `loadctl certs` made in `folder`, without what is the client's. Fails if it cannot be
/// read.
[[nodiscard]] Result<boost::json::object> KubeSecret(const KubePods& pods,
                                                     const std::string& folder);
[[nodiscard]] boost::json::object KubeAgents(const KubePods& pods);

}  // namespace loadctl::cli
