#include "controller/doctor/fleet.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "common/base/duration.h"
#include "controller/doctor/certificates.h"

namespace loadctl::doctor {
namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr nanoseconds kClockWarn = 1s, kClockFail = 60s;
constexpr nanoseconds kFar = 250ms;

/// `1.4` of `1.4.2`, as two numbers; none if the text is no version.
struct Minor {
  int major = -1, minor = -1;
};

Minor MinorOf(std::string_view version) {
  Minor found;
  const char* end = version.data() + version.size();
  const auto first = std::from_chars(version.data(), end, found.major);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '.') return {};
  if (std::from_chars(first.ptr + 1, end, found.minor).ec != std::errc()) return {};
  return found;
}

State JudgeVersions(std::string_view a, std::string_view b) {
  if (a == b) return State::kOk;
  const Minor one = MinorOf(a), other = MinorOf(b);
  const bool near =
      one.major >= 0 && one.major == other.major && std::abs(one.minor - other.minor) <= 1;
  if (!near) return State::kFail;
  return one.minor == other.minor ? State::kOk : State::kWarn;
}

State JudgeClock(nanoseconds ahead) {
  const nanoseconds off = ahead < 0ns ? -ahead : ahead;
  return off > kClockFail ? State::kFail : off > kClockWarn ? State::kWarn : State::kOk;
}

std::string Ahead(nanoseconds ahead) {
  const auto shown = std::chrono::round<std::chrono::milliseconds>(ahead < 0ns ? -ahead : ahead);
  return FormatGoDuration(shown) + (ahead < 0ns ? " behind" : " ahead");
}

/// What one agent shows in one respect.
struct Finding {
  State state = State::kOk;
  std::string text;
};

/// One line for all agents: those that something is wrong with are named, five at most.
template <class Judge>
Check ForAll(const std::vector<Agent>& agents, std::string name, std::string good, std::string cure,
             const Judge& judge) {
  constexpr int kMostNamed = 5;
  Check check{std::move(name), State::kOk, "", std::move(cure)};
  int wrong = 0;
  for (const Agent& agent : agents) {
    const Finding finding = judge(agent);
    if (finding.state == State::kOk) continue;
    check.state = std::max(check.state, finding.state);
    if (++wrong > kMostNamed) continue;
    check.found += (check.found.empty() ? "" : ", ") + agent.name + ": " + finding.text;
  }
  if (wrong > kMostNamed) check.found += ", and " + std::to_string(wrong - kMostNamed) + " more";
  if (wrong == 0) {
    check.found = std::move(good);
    check.cure.clear();
  }
  return check;
}

Check JudgeCount(const std::vector<Agent>& agents) {
  const auto idle =
      std::count_if(agents.begin(), agents.end(), [](const Agent& agent) { return agent.idle; });
  const std::string found =
      std::to_string(agents.size()) + " registered, " + std::to_string(idle) + " idle";
  if (!agents.empty()) return {"agents", State::kOk, found, ""};
  return {"agents", State::kWarn, found,
          "start `loadctl-agent --controller` on the machines that make load; its log says why it "
          "does not get in"};
}

Checks JudgeAgents(const Controller& controller, std::int64_t now_unix_s) {
  const auto& agents = controller.agents;
  Checks checks = {JudgeCount(agents)};
  if (agents.empty()) return checks;
  checks.push_back(ForAll(agents, "agent versions", "all " + controller.version,
                          "install one version on all machines", [&](const Agent& agent) {
                            return Finding{JudgeVersions(agent.version, controller.version),
                                           agent.version.empty() ? "none" : agent.version};
                          }));
  checks.push_back(
      ForAll(agents, "agent clocks", "within a second of the controller's",
             "switch on a time service there, such as chrony", [](const Agent& agent) {
               if (!agent.clock_ahead) return Finding{State::kWarn, "does not say"};
               return Finding{JudgeClock(*agent.clock_ahead), Ahead(*agent.clock_ahead)};
             }));
  checks.push_back(ForAll(
      agents, "agent round trips", "all below 250ms", "run the controller nearer to them",
      [](const Agent& agent) {
        return Finding{
            agent.round_trip > kFar ? State::kWarn : State::kOk,
            FormatGoDuration(std::chrono::round<std::chrono::milliseconds>(agent.round_trip))};
      }));
  if (std::any_of(agents.begin(), agents.end(),
                  [](const Agent& agent) { return agent.certificate_ends_unix_s != 0; })) {
    const Check usual = JudgeExpiry("", 0);
    checks.push_back(ForAll(agents, "agent certificates", "all good for two weeks or more",
                            usual.cure, [&](const Agent& agent) {
                              if (agent.certificate_ends_unix_s == 0) return Finding{};
                              const Check one = JudgeExpiry(
                                  "",
                                  static_cast<double>(agent.certificate_ends_unix_s - now_unix_s));
                              return Finding{one.state, one.found};
                            }));
  }
  return checks;
}

}  // namespace

Checks JudgeController(const Controller& controller, const std::string& version,
                       std::int64_t now_unix_s) {
  Checks checks;
  const State versions = JudgeVersions(version, controller.version);
  checks.push_back(
      {"controller version", versions,
       controller.version + (versions == State::kOk ? "" : ", and this is loadctl " + version),
       versions == State::kOk ? "" : "install one version on all machines"});
  const State clock = JudgeClock(controller.clock_ahead);
  checks.push_back(
      {"controller clock", clock, Ahead(controller.clock_ahead),
       clock == State::kOk ? "" : "switch on a time service here and there, such as chrony"});
  if (controller.certificate_ends_unix_s != 0) {
    checks.push_back(
        JudgeExpiry("controller certificate",
                    static_cast<double>(controller.certificate_ends_unix_s - now_unix_s)));
  }
  const Checks agents = JudgeAgents(controller, now_unix_s);
  checks.insert(checks.end(), agents.begin(), agents.end());
  return checks;
}

}  // namespace loadctl::doctor
