// Hostile agents: whatever they say in whatever order, the run ends and can be shown.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "controller/fleet/registry.h"
#include "controller/run/run.h"
#include "controller/summary/json.h"
#include "controller/summary/text.h"
#include "controller/terminal/log.h"
#include "controller/terminal/progress.h"

namespace {

using namespace loadctl;

constexpr int kAgents = 2;

struct World {
  plan::Plan plan;
  controller::Inspection inspection;
  fleet::Registry registry{fleet::RegistryOptions{}};

  World() {
    plan::Scenario scenario;
    scenario.name = "default";
    scenario.executor = plan::SharedIterations{2, 10};
    plan.options.scenarios.push_back(scenario);
    plan.options.thresholds.push_back({"http_req_duration{a:b}", {{"p(95)<200", false, {}}}});
    plan.options.thresholds.push_back({"own", {{"count>1", true, {}}}});
    plan.options.system_tags = {"expected_response"};
    plan.requirements = plan::RequirementsOf(plan.options.scenarios, plan::ExecutionTuple());
    inspection.main_url = "file:///s.js";
    inspection.bundle.Add("file:///s.js", "export default function () {}");
    inspection.functions = {"default", "setup", "teardown", "handleSummary"};
    auto& metric = inspection.metrics.emplace_back();
    metric.set_name("own");
  }
};

void Show(const v1::Outcome& outcome) {
  (void)terminal::RenderProgress(outcome.progress(), {});
  if (!outcome.has_summary()) return;
  LOADCTL_CHECK(!outcome.summary().complete() || outcome.summary().lost().empty(),
                "lost, yet complete");
  (void)summary::SummaryExportJson(outcome.summary());
  (void)summary::RenderText(outcome.summary(), summary::Colors::kNo);
}

/// Shows everything, and adds it up a second time.
class Shown final : public events::Subscriber {
 public:
  void On(const v1::RunEvent& event) override {
    if (event.has_planned()) results.emplace(*controller::Results::Make(event.planned()));
    results->On(event);
    if (event.has_outcome()) Show(event.outcome());
    if (event.has_progress())
      (void)terminal::RenderProgress(event.progress(), {true, terminal::Colors::kYes, 100});
    if (!event.has_log()) return;
    const auto level = terminal::LogLevelOf(static_cast<unsigned>(event.log().level()));
    (void)text::FormatPlain({{}, {}, level, event.log().message(), {}});
    (void)text::FormatJson({{}, {}, level, event.log().message(), {}});
  }
  std::optional<controller::Results> results;
};

}  // namespace

namespace {

struct Part {
  std::uint8_t head = 0;
  std::string bytes;
};

std::vector<Part> Split(std::string_view rest) {
  std::vector<Part> parts;
  while (rest.size() >= 3) {
    const std::size_t length = static_cast<std::uint8_t>(rest[1]) |
                               static_cast<std::size_t>(static_cast<std::uint8_t>(rest[2])) << 8;
    const std::string_view bytes = rest.substr(3, length);
    parts.push_back({static_cast<std::uint8_t>(rest[0]), std::string(bytes)});
    rest.remove_prefix(3 + bytes.size());
  }
  return parts;
}

std::string Join(const std::vector<Part>& parts) {
  std::string out;
  for (const auto& part : parts) {
    const std::size_t size = std::min<std::size_t>(part.bytes.size(), 0xffff);
    out += static_cast<char>(part.head);
    out += static_cast<char>(size & 0xff);
    out += static_cast<char>(size >> 8);
    out += part.bytes.substr(0, size);
  }
  return out;
}

}  // namespace

// libFuzzer's own mutation of one message, or a message taken away, doubled, moved or given to the
// other agent: so that what comes before and after it stays the run that was recorded.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  auto parts = Split({reinterpret_cast<const char*>(data), size});
  if (parts.empty()) return LLVMFuzzerMutate(data, size, most);
  std::minstd_rand random(seed);
  const std::size_t at = random() % parts.size();
  Part& part = parts[at];
  switch (random() % 8) {
    case 0:
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case 1:
      parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(random() % parts.size()),
                   Part(part));
      break;
    case 2:
      std::swap(part, parts[random() % parts.size()]);
      break;
    case 3:
      part.head ^= 1;
      break;
    default: {
      const std::size_t room = part.bytes.size() + 64;
      const std::size_t before = part.bytes.size();
      part.bytes.resize(room);
      part.bytes.resize(
          LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(part.bytes.data()), before, room));
    }
  }
  const std::string joined = Join(parts);
  const std::size_t made = std::min(joined.size(), most);
  std::copy_n(joined.data(), made, reinterpret_cast<char*>(data));
  return made;
}

// A byte for the agent (lowest bit) or for what else happens (highest), two bytes of size, a
// FromAgent; over and over. In the end all agents are lost, so that nothing waits for the clock.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fleet::Event;
  static World world;
  const auto agents = world.registry.Expect(kAgents);
  fleet::AgentInfo info;
  info.clock_samples = 1;  // without a clock the run would end where the scenarios start
  for (int agent = 1; agent <= kAgents; ++agent) agents->Impersonate(agent, info);
  for (const auto& [head, bytes] : Split({reinterpret_cast<const char*>(data), size})) {
    Event event{Event::Kind::kMessage, 1 + head % kAgents, {}, ""};
    if (head >= 254) {
      agents->Push({Event::Kind::kInterrupt, 0, {}, controller::ReceivedSignal("interrupt")});
    } else if (event.message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      agents->Push(std::move(event));
    }
  }
  for (int agent = 1; agent <= kAgents; ++agent) agents->GiveUp(agent, "the input has ended");

  Shown shown;
  events::Publisher publisher;
  publisher.Add(shown);
  const controller::RunInputs inputs{world.plan, world.inspection, kAgents, 0, 0, 0,
                                     {},         "s.js",           {}};
  const auto run = controller::Run::Make(inputs, publisher);
  LOADCTL_CHECK(run, "the plan is good");
  const v1::Outcome outcome = (*run)->Execute(*agents);
  // Whoever only reads the events comes to the same.
  v1::Outcome read = shown.results->Conclude();
  LOADCTL_CHECK(!outcome.has_summary() ||
                    outcome.summary().SerializeAsString() == read.summary().SerializeAsString(),
                "the events tell of another run");
  return 0;
}
