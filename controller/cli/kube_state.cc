#include "controller/cli/kube_state.h"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <initializer_list>
#include <utility>

#include "common/text/utf8.h"

namespace loadctl::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostText = 600;  // bytes of Kubernetes' words
constexpr std::size_t kMostObstacles = 20;

/// The value at the end of a path of keys; null if there is none.
const json::value* At(const json::value& from, std::initializer_list<std::string_view> path) {
  const json::value* value = &from;
  for (const std::string_view key : path) {
    const json::object* object = value->if_object();
    value = object == nullptr ? nullptr : object->if_contains({key.data(), key.size()});
    if (value == nullptr) return nullptr;
  }
  return value;
}

std::string TextAt(const json::value& from, std::initializer_list<std::string_view> path) {
  const json::value* value = At(from, path);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? "" : std::string(text->data(), text->size());
}

const json::array& ListAt(const json::value& from, std::initializer_list<std::string_view> path) {
  static const json::array none;
  const json::value* value = At(from, path);
  const json::array* list = value == nullptr ? nullptr : value->if_array();
  return list == nullptr ? none : *list;
}

bool IsTrue(const json::value& pod, std::string_view condition, std::string_view status) {
  const json::array& all = ListAt(pod, {"status", "conditions"});
  return std::any_of(all.begin(), all.end(), [&](const json::value& one) {
    return TextAt(one, {"type"}) == condition && TextAt(one, {"status"}) == status;
  });
}

/// On one line, and not too long.
std::string Short(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return std::string(text::CutToBytes(text, kMostText));
}

/// `reason: message`.
std::string Told(const json::value& of) {
  const std::string reason = TextAt(of, {"reason"}), message = TextAt(of, {"message"});
  return Short(reason + (reason.empty() || message.empty() ? "" : ": ") + message);
}

/// `OOMKilled, exit status 137: ` and the last line of its log.
std::string HowEnded(const json::value& ended) {
  std::string text = "it ended: " + TextAt(ended, {"reason"});
  const json::value* code = At(ended, {"exitCode"});
  if (code != nullptr && code->is_int64())
    text += ", exit status " + std::to_string(code->get_int64());
  std::string log = TextAt(ended, {"message"});
  log.erase(log.find_last_not_of('\n') + 1);
  if (!log.empty()) text += ": " + log.substr(log.rfind('\n') + 1);
  return Short(std::move(text));
}

/// What a container waits for that is no step of a start, or how it ended.
std::optional<KubeObstacle> OfContainer(const json::value& status) {
  constexpr std::array kSteps = {"", "ContainerCreating", "PodInitializing"};
  if (const json::value* waiting = At(status, {"state", "waiting"}); waiting != nullptr) {
    const std::string reason = TextAt(*waiting, {"reason"});
    if (std::find(kSteps.begin(), kSteps.end(), reason) != kSteps.end()) return std::nullopt;
    return KubeObstacle{Told(*waiting), true};
  }
  if (const json::value* ended = At(status, {"state", "terminated"}); ended != nullptr)
    return KubeObstacle{HowEnded(*ended), true};
  return std::nullopt;
}

std::optional<KubeObstacle> OfPod(const json::value& pod) {
  for (const json::value& condition : ListAt(pod, {"status", "conditions"}))
    if (TextAt(condition, {"type"}) == "PodScheduled" && TextAt(condition, {"status"}) == "False")
      return KubeObstacle{Told(condition), false};
  std::optional<KubeObstacle> found;
  for (const json::value& status : ListAt(pod, {"status", "containerStatuses"}))
    if (!found) found = OfContainer(status);
  if (TextAt(pod, {"status", "phase"}) != "Failed") return found;
  // Of a pod that was evicted.
  const std::string why = Told(pod.at("status"));
  if (found && !why.empty()) found->text = Short(why + "; " + found->text);
  return found ? found : KubeObstacle{why, true};
}

}  // namespace

Result<KubeState> ReadKubePods(std::string_view list) {
  boost::system::error_code wrong;
  const json::value all = json::parse({list.data(), list.size()}, wrong);
  const json::value* items = wrong ? nullptr : At(all, {"items"});
  if (items == nullptr || !items->is_array()) return Fail("kubectl get pods: it is no list");
  KubeState state;
  for (const json::value& pod : items->get_array()) {
    const bool agent = TextAt(pod, {"metadata", "labels", "loadctl.dev/part"}) == "agent";
    const std::string phase = TextAt(pod, {"status", "phase"});
    if (agent) {
      state.agents += phase == "Running" ? 1 : 0;
      state.agent_pods += phase == "Failed" || phase == "Succeeded" ? 0 : 1;
    } else if (IsTrue(pod, "Ready", "True")) {
      state.controller = true;
    }
    if (state.obstacles.size() == kMostObstacles) continue;
    if (auto found = OfPod(pod)) {
      found->text = "pod " + TextAt(pod, {"metadata", "name"}) + ": " + found->text;
      state.obstacles.push_back(*std::move(found));
    }
  }
  return state;
}

std::optional<KubeObstacle> ReadKubeEvents(std::string_view list, std::string_view run) {
  boost::system::error_code wrong;
  const json::value all = json::parse({list.data(), list.size()}, wrong);
  if (wrong) return std::nullopt;
  std::string latest, time;
  for (const json::value& event : ListAt(all, {"items"})) {
    const bool refused = TextAt(event, {"reason"}) == "FailedCreate" &&
                         TextAt(event, {"involvedObject", "name"}).starts_with(run);
    const std::string at = TextAt(event, {"lastTimestamp"});
    if (!refused || at < time) continue;
    time = at;
    latest = "job " + TextAt(event, {"involvedObject", "name"}) + ": " + Told(event);
  }
  if (latest.empty()) return std::nullopt;
  return KubeObstacle{latest, true};
}

}  // namespace loadctl::cli
