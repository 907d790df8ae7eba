#include "controller/cli/kube_manifests.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

namespace loadctl::cli {
namespace {

namespace json = boost::json;

constexpr char kTls[] = "/run/loadctl/tls";
constexpr int kPort = 6566;
constexpr int kUser = 65532;  // of the images
constexpr int kDrainSeconds = 600;

json::object Labels(const KubePods& pods, const std::string& part) {
  return {{"app.kubernetes.io/name", "loadctl"},
          {"loadctl.dev/run", pods.name},
          {"loadctl.dev/part", part}};
}

json::object Meta(const KubePods& pods, const std::string& name, const std::string& part) {
  json::object meta{{"name", name}, {"labels", Labels(pods, part)}};
  if (pods.owner.empty()) return meta;
  meta["ownerReferences"] = json::array{json::object{{"apiVersion", "batch/v1"},
                                                     {"kind", "Job"},
                                                     {"name", pods.name},
                                                     {"uid", pods.owner},
                                                     {"blockOwnerDeletion", false}}};
  return meta;
}

json::array Words(const std::vector<std::string>& words) {
  json::array out;
  for (const std::string& word : words) out.emplace_back(word);
  return out;
}

std::vector<std::string> TlsFlags(const std::string& role) {
  const auto in = [](std::string_view name) {
    std::string path(kTls);
    path += '/';
    return path += name;
  };
  return {"--tls-cert", in(role + ".pem"), "--tls-key",    in(role + ".key"),
          "--tls-ca",   in("ca.pem"),      "--log-format", "json"};
}

/// What the standard "restricted" of Pod Security asks for; `role` has its own key and no other.
json::object PodSpec(const KubePods& pods, const std::string& role, json::object container) {
  json::array items;
  for (const std::string& file : {std::string("ca.pem"), role + ".pem", role + ".key"})
    items.push_back(json::object{{"key", file}, {"path", file}});
  container["name"] = role;
  container["image"] = pods.image;
  container["terminationMessagePolicy"] = "FallbackToLogsOnError";
  container["securityContext"] =
      json::object{{"allowPrivilegeEscalation", false},
                   {"readOnlyRootFilesystem", true},
                   {"capabilities", json::object{{"drop", json::array{"ALL"}}}}};
  container["volumeMounts"] =
      json::array{json::object{{"name", "tls"}, {"mountPath", kTls}, {"readOnly", true}},
                  json::object{{"name", "tmp"}, {"mountPath", "/tmp"}}};
  return {{"restartPolicy", "Never"},
          {"automountServiceAccountToken", false},
          {"enableServiceLinks", false},
          {"securityContext",
           json::object{{"runAsNonRoot", true},
                        {"runAsUser", kUser},
                        {"runAsGroup", kUser},
                        {"fsGroup", kUser},
                        {"seccompProfile", json::object{{"type", "RuntimeDefault"}}}}},
          {"containers", json::array{std::move(container)}},
          {"volumes", json::array{json::object{{"name", "tls"},
                                               {"secret", json::object{{"secretName", pods.name},
                                                                       {"defaultMode", 0440},
                                                                       {"items", items}}}},
                                  json::object{{"name", "tmp"}, {"emptyDir", json::object()}}}}};
}

json::object Job(const KubePods& pods, const std::string& name, const std::string& part,
                 json::object spec, json::object pod) {
  spec["template"] = json::object{{"metadata", json::object{{"labels", Labels(pods, part)}}},
                                  {"spec", std::move(pod)}};
  return {{"apiVersion", "batch/v1"},
          {"kind", "Job"},
          {"metadata", Meta(pods, name, part)},
          {"spec", std::move(spec)}};
}

}  // namespace

Result<void> ReadKubeResources(const std::string& text, KubePods& pods) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string one = text.substr(at, end - at);
    const auto equals = one.find('=');
    const std::string key = one.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : one.substr(equals + 1);
    const bool good =
        !value.empty() && value.find_first_not_of("0123456789.mkMGTPEi") == std::string::npos;
    if (!good || (key != "cpu" && key != "memory"))
      return Fail("--kube-resources wants cpu=2,memory=1Gi, or one of them, not \"" + text + "\"");
    (key == "cpu" ? pods.cpu : pods.memory) = value;
    at = end + 1;
  }
  return {};
}

json::object KubeController(const KubePods& pods) {
  std::vector<std::string> flags = TlsFlags("controller");
  for (const char* flag :
       {"--listen", "0.0.0.0:6566", "--wait-for-agents", "5m", "--exit-when-idle", "1m"})
    flags.emplace_back(flag);
  json::object container{
      {"command", json::array{"loadctl", "controller"}},
      {"args", Words(flags)},
      {"env", json::array{json::object{{"name", "XDG_RUNTIME_DIR"}, {"value", "/tmp"}}}},
      {"ports", json::array{json::object{{"name", "grpc"}, {"containerPort", kPort}}}},
      {"readinessProbe",
       json::object{{"tcpSocket", json::object{{"port", kPort}}}, {"periodSeconds", 1}}},
      {"resources",
       json::object{{"requests", json::object{{"cpu", "100m"}, {"memory", "128Mi"}}}}}};
  // A day at most: a client that is lost before the Secret is made leaves a pod that never starts.
  return Job(
      pods, pods.name, "controller",
      {{"backoffLimit", 0}, {"activeDeadlineSeconds", 86400}, {"ttlSecondsAfterFinished", 60}},
      PodSpec(pods, "controller", std::move(container)));
}

json::object KubeService(const KubePods& pods) {
  return {{"apiVersion", "v1"},
          {"kind", "Service"},
          {"metadata", Meta(pods, pods.name, "controller")},
          {"spec", json::object{
                       {"selector", Labels(pods, "controller")},
                       {"publishNotReadyAddresses", true},
                       {"ports", json::array{json::object{
                                     {"name", "grpc"}, {"port", kPort}, {"targetPort", kPort}}}}}}};
}

Result<json::object> KubeSecret(const KubePods& pods, const std::string& folder) {
  json::object data;
  for (const char* name :
       {"ca.pem", "controller.pem", "controller.key", "agent.pem", "agent.key"}) {
    std::ifstream file(folder + "/" + name, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file || text.empty()) return Fail("cannot read " + folder + "/" + name);
    data[name] = text;
  }
  return json::object{{"apiVersion", "v1"},
                      {"kind", "Secret"},
                      {"metadata", Meta(pods, pods.name, "controller")},
                      {"stringData", std::move(data)}};
}

json::object KubeAgents(const KubePods& pods) {
  std::vector<std::string> flags = TlsFlags("agent");
  // A node that is drained waits for the run, so long; an idle agent ends at once.
  flags.insert(flags.end(), {"--drain-limit", std::to_string(kDrainSeconds) + "s"});
  flags.emplace_back("--controller");
  const bool six = pods.address.find(':') != std::string::npos;
  flags.push_back((six ? "[" + pods.address + "]" : pods.address) + ":" + std::to_string(kPort));
  json::object container{{"command", json::array{"loadctl-agent"}}, {"args", Words(flags)}};
  json::object resources;
  if (!pods.cpu.empty()) resources["cpu"] = pods.cpu;
  if (!pods.memory.empty()) resources["memory"] = pods.memory;
  if (!resources.empty())
    container["resources"] = json::object{{"requests", resources}, {"limits", resources}};
  json::object pod = PodSpec(pods, "agent", std::move(container));
  pod["terminationGracePeriodSeconds"] = kDrainSeconds + 15;
  pod["topologySpreadConstraints"] = json::array{
      json::object{{"maxSkew", 1},
                   {"topologyKey", "kubernetes.io/hostname"},
                   {"whenUnsatisfiable", "ScheduleAnyway"},
                   {"labelSelector", json::object{{"matchLabels", Labels(pods, "agent")}}}}};
  return Job(
      pods, pods.name + "-agents", "agent",
      {{"parallelism", pods.agents}, {"completions", pods.agents}, {"backoffLimit", pods.agents}},
      std::move(pod));
}

}  // namespace loadctl::cli
