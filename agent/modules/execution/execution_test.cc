// exec.test.options and the VU's tags, without a run around them.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "agent/modules/registry.h"
#include "agent/vu/vu_test_world.h"

namespace loadctl::modules {
namespace {

constexpr plan::Source kScript = plan::Source::kScript;

struct ExecutionWorld : vu::World {
  explicit ExecutionWorld(const std::string& body)
      : World(
            "import exec from 'k6/execution'; const show = (x) => { throw JSON.stringify(x); };"
            "export default function () { " +
            body + " }") {
    program.modules.erase(program.modules.begin());  // the empty globals
    for (auto& module : AllModules()) program.modules.push_back(std::move(module));
    plan::Scenario shared;
    shared.name = "default";
    shared.executor = plan::SharedIterations{2, 3};
    shared.given = {"vus", "iterations"};
    plan::Options& options = program.options;
    options.scenarios = {shared};
    options.user_agent = "loadctl/1.2.3";
    options.Set(&plan::Options::system_tags, {"scenario", "group", "status"}, kScript);
    options.Set(&plan::Options::tags, {{"of_run", "r"}}, kScript);
    scenario->tags = {{"of_scenario", "s"}};
  }
  /// What the script shows; its other exceptions as they are.
  std::string Shown() {
    const std::string shown = Iterate(Ready()).error;
    return shown.substr(0, shown.find('\n'));
  }
};

TEST(Execution, OptionsThatNobodySetAreNull) {
  ExecutionWorld world(
      "const o = exec.test.options; show([o.scenarios, o.batch, o.setupTimeout, o.userAgent, "
      "o.dns, "
      "o.thresholds, o.systemTags, o.tags, o.rps]);");
  EXPECT_EQ(
      world.Shown(),
      R"([{"default":{"executor":"shared-iterations","startTime":null,"gracefulStop":null,)"
      R"("env":null,"exec":null,"tags":null,"vus":2,"iterations":3,"maxDuration":null}},null,null,)"
      R"(null,{"ttl":null,"select":null,"policy":null},null,["group","scenario","status"],)"
      R"({"of_run":"r"},null])");
}

TEST(Execution, OptionsThatAreSetAreShownAsK6ShowsThem) {
  ExecutionWorld world(
      "const o = exec.test.options; show([o.batch, o.batchPerHost, o.setupTimeout, "
      "o.minIterationDuration, o.dns.ttl, o.thresholds, o.scenarios.default.gracefulStop, "
      "o.rps]);");
  plan::Options& options = world.program.options;
  options.Set(&plan::Options::batch, 20, kScript);
  options.Set(&plan::Options::batch_per_host, 7, kScript);
  options.Set(&plan::Options::setup_timeout, std::chrono::seconds(60), kScript);
  options.Set(&plan::Options::min_iteration_duration, std::chrono::milliseconds(1500), kScript);
  options.Set(&plan::Options::dns, {"1m"}, kScript);
  options.Set(&plan::Options::rps, 0, kScript);
  options.Set(&plan::Options::thresholds,
              {{"checks", {{"rate>0.5", false, {}}, {"rate>0.1", true, std::chrono::seconds(3)}}}},
              kScript);
  options.scenarios[0].given.insert("gracefulStop");
  EXPECT_EQ(world.Shown(),
            R"([20,7,"1m0s","1.5s","1m",{"checks":["rate>0.5",{"threshold":"rate>0.1",)"
            R"("abortOnFail":true,"delayAbortEval":"3s"}]},"30s",0])");
}

TEST(Execution, OptionsAreWrittenIntoThoseOfTheScript) {
  const auto shown = [](const std::string& script, const std::string& body) {
    ExecutionWorld world("");
    world.text = script + "; export default function () { throw JSON.stringify(" + body + "); }";
    world.program.options.Set(&plan::Options::vus, 3, plan::Source::kFlag);
    world.program.written_options =
        plan::ShownOptions(world.program.options, plan::OptionsView::kWritten);
    return world.Shown();
  };
  const std::string seen =
      "[options.vus, options.mine, options.tags, options.scenarios.default.vus]";
  const std::string expected = R"([3,"x",{"of_run":"r"},2])";
  EXPECT_EQ(shown("export let options = { vus: 1, mine: 'x' }", seen), expected);
  EXPECT_EQ(shown("const options = { mine: 'x' }; export { options }", seen), expected);
  // What cannot take them stays as it is.
  EXPECT_EQ(shown("export const options = Object.freeze({ vus: 1 })", "options.vus"), "1");
  EXPECT_EQ(shown("export const options = null", "options"), "null");
  EXPECT_EQ(shown("const options = { vus: 1 }", "options.vus"), "1");
}

TEST(Execution, OptionsCannotBeChanged) {
  ExecutionWorld world(
      "const o = exec.test.options; let thrown = 0;"
      "for (const change of [() => { o.batch = 1; }, () => { delete o.batch; }, () => { o.dns.ttl "
      "= 1; },"
      "  () => { o.more = 1; }, () => { exec.test.options = 1; }])"
      "  try { change(); } catch (e) { thrown += e instanceof TypeError; }"
      "show(thrown);");
  EXPECT_EQ(world.Shown(), "5");
}

TEST(Execution, TagsCanBeSetAndDeletedWhereverTheyComeFrom) {
  ExecutionWorld world(
      "const { tags, metadata } = exec.vu.metrics; const all = () => Object.entries(tags).join(' "
      "');"
      "const before = all(); tags.mine = 5; metadata.m = true; delete tags.of_run; delete "
      "tags.group;"
      "show([before, all(), Object.entries(metadata), exec.vu.tags.mine]);");
  EXPECT_EQ(world.Shown(), R"(["group, of_run,r of_scenario,s scenario,default",)"
                           R"("mine,5 of_scenario,s scenario,default",[["m","true"]],"5"])");
  // They stay for the scenario's next iteration: what samples carry is what the script sees.
  vu::Vu& vu = *world.vus.front();
  const auto now = vu.tags().Now({}, nullptr);
  EXPECT_EQ(now.Find("mine"), "5");
  EXPECT_EQ(now.Find("of_run"), std::nullopt);
  EXPECT_EQ(now.Find("group"), std::nullopt);
  EXPECT_EQ(now.Find("of_scenario"), "s");
}

TEST(Execution, SystemTagsThatAreOffAreNotSeen) {
  ExecutionWorld world("show(Object.keys(exec.vu.tags));");
  world.program.options.system_tags = {"vu", "iter"};
  EXPECT_EQ(world.Shown(), R"(["of_run","of_scenario"])");
  ExecutionWorld numbers("show(Object.entries(exec.vu.metrics.metadata).join(' '));");
  numbers.program.options.system_tags = {"vu", "iter"};
  EXPECT_EQ(numbers.Shown(), R"("iter,0 vu,1")");
}

TEST(Execution, NothingOfAVuInInitCode) {
  ExecutionWorld world("");
  world.text = "import exec from 'k6/execution'; exec.vu; export default function () {}";
  const auto made = world.Make().Init(vu::TimePoint::max());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message.rfind(
                "GoError: getting VU information in the init context is not supported", 0),
            0u);
}

}  // namespace
}  // namespace loadctl::modules
