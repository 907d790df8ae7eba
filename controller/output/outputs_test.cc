#include "controller/output/outputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <mutex>
#include <sstream>

#include "controller/output/format.h"
#include "controller/output/registry.h"

namespace loadctl::output {
namespace {

using metrics::Builtin;
using metrics::IdOf;
using testing::HasSubstr;
using testing::Not;

std::string Read(const std::string& path) {
  // Reads files that are not compressed, too.
  gzFile file = gzopen(path.c_str(), "rb");
  std::string text;
  char buffer[4096];
  for (int n = 0; (n = gzread(file, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(n));
  gzclose(file);
  return text;
}

/// A folder, a plan, agents' encoders.
struct World {
  World() {
    char name[] = "/tmp/loadctl-outputs-XXXXXX";
    folder = mkdtemp(name);
    setenv("TZ", "UTC", 1);
    tzset();
    options.system_tags = {"group", "status", "vu", "iter"};
    options.thresholds = {{"my_gauge",
                           {{"value<1", false, {}},
                            {"value<2", true, std::chrono::seconds(9)},
                            {"value<3", true, {}}}}};
    gauge = *set.Declare("my_gauge", metrics::MetricType::kGauge, metrics::ValueType::kDefault);
    (void)set.Keep(*metrics::ParseSelector("my_gauge{b:2,a:1}"));
    context.options = &options;
    context.version = "1.2.3";
    context.log = [this](Severity, const std::string& message, const Fields& fields) {
      const std::lock_guard lock(mutex);
      std::string line = message;
      for (const auto& [key, value] : fields) line += " " + key + "=" + value;
      log.push_back(line);
    };
    context.write_stdout = [this](std::string_view bytes) { out += bytes; };
  }
  ~World() { std::filesystem::remove_all(folder); }

  std::string Path(const std::string& name) { return folder + "/" + name; }
  std::unique_ptr<Outputs> Start(std::vector<std::string> asked) {
    auto made = Outputs::Make(asked, set, context);
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    const auto started = (*made)->Start();
    EXPECT_TRUE(started) << (started ? "" : started.error().message);
    return std::move(*made);
  }
  std::string Error(const std::string& asked) {
    const std::vector<std::string> list = {asked};
    auto made = Outputs::Make(list, set, context);
    if (!made) return made.error().message;
    const auto started = (*made)->Start();
    if (started) (void)(*made)->Stop();
    return started ? "" : started.error().message;
  }
  static std::string Chunk(metrics::SampleEncoder& encoder) {
    std::uint64_t samples = 0;
    return encoder.Take(samples);
  }

  std::string folder;
  plan::Options options;
  metrics::MetricSet set;
  metrics::MetricId gauge{};
  Context context;
  std::mutex mutex;
  std::vector<std::string> log;
  std::string out;
};

constexpr std::int64_t kNoon = 1'614'173'830'000'000'000;  // 2021-02-24T13:37:10Z

/// Two agents; the second's clock is a little behind.
void Feed(World& world, Outputs& outputs) {
  metrics::SampleEncoder one(0, world.set, world.set.metrics().size());
  metrics::SampleEncoder two(0, world.set, world.set.metrics().size());
  std::string metadata;
  metrics::SampleEncoder::ToBytes({{"iter", "3"}, {"vu", "1"}}, metadata);
  one.Add(world.gauge, 1, kNoon, one.Intern({{"t", "v<>&\"\n\xff"}}), metadata);
  one.Add(IdOf(Builtin::kDataSent), 0.1, kNoon + 123'450'000, one.Intern({{"group", ""}}), "");
  two.Add(world.gauge, 2.5e-7, kNoon + 1,
          two.Intern({{"a", "x,y"}, {"group", "::g"}, {"status", "200"}, {"z", "1"}}), "");
  outputs.Take(1, World::Chunk(one));
  outputs.Take(2, World::Chunk(two));
}

constexpr const char* kJsonLines =
    R"({"type":"Metric","data":{"name":"my_gauge","type":"gauge","contains":"default","thresholds":["value<1",{"threshold":"value<2","abortOnFail":true,"delayAbortEval":"9s"},{"threshold":"value<3","abortOnFail":true,"delayAbortEval":null}],"submetrics":[{"name":"my_gauge{b:2,a:1}","suffix":"b:2,a:1","tags":{"a":"1","b":"2"}}]},"metric":"my_gauge"}
{"metric":"my_gauge","type":"Point","data":{"time":"2021-02-24T13:37:10Z","value":1,"tags":{"t":"v<>&\"\n\ufffd"},"metadata":{"iter":"3","vu":"1"}}}
{"metric":"my_gauge","type":"Point","data":{"time":"2021-02-24T13:37:10.000000001Z","value":2.5e-7,"tags":{"a":"x,y","group":"::g","status":"200","z":"1"}}}
{"type":"Metric","data":{"name":"data_sent","type":"counter","contains":"data","thresholds":[],"submetrics":null},"metric":"data_sent"}
{"metric":"data_sent","type":"Point","data":{"time":"2021-02-24T13:37:10.12345Z","value":0.1,"tags":{"group":""}}}
)";

TEST(Outputs, JsonHasK6sBytesOfAllAgentsInTimeOrder) {
  World world;
  const auto outputs =
      world.Start({"json=" + world.Path("a.json"), "json=" + world.Path("b.json.gz"), "json"});
  EXPECT_EQ(outputs->Descriptions(),
            (std::vector<std::string>{"json (" + world.Path("a.json") + ")",
                                      "json (" + world.Path("b.json.gz") + ")", "json(stdout)"}));
  Feed(world, *outputs);
  const auto reports = outputs->Stop();
  EXPECT_EQ(Read(world.Path("a.json")), kJsonLines);
  EXPECT_EQ(Read(world.Path("b.json.gz")), kJsonLines);
  EXPECT_EQ(world.out, kJsonLines);
  ASSERT_EQ(reports.size(), 3u);
  EXPECT_EQ(reports[0].output, "json=" + world.Path("a.json"));
  EXPECT_EQ(reports[0].samples, 3u);
  EXPECT_EQ(reports[0].lost, 0u);
}

TEST(Outputs, CsvHasK6sBytes) {
  World world;
  const auto outputs = world.Start({"csv=" + world.Path("a.csv.gz")});
  Feed(world, *outputs);
  (void)outputs->Stop();
  EXPECT_EQ(Read(world.Path("a.csv.gz")),
            "metric_name,timestamp,metric_value,group,status,extra_tags,metadata\n"
            "my_gauge,1614173830,1.000000,,,\"t=v<>&\"\"\n\xff\",iter=3&vu=1\n"
            "my_gauge,1614173830,0.000000,::g,200,\"a=x,y&z=1\",\n"
            "data_sent,1614173830,0.100000,,,,\n");
}

TEST(Outputs, CsvTakesItsSettingsWhereK6DoesInItsOrder) {
  World world;
  world.context.environment = {{"K6_CSV_FILENAME", world.Path("env.csv")},
                               {"K6_CSV_TIME_FORMAT", "rfc3339_nano"}};
  world.context.collectors = {{"csv", R"({"file_name":"never","save_interval":"2s"})"}};
  auto outputs = world.Start({"csv"});
  EXPECT_EQ(outputs->Descriptions()[0], "csv (" + world.Path("env.csv") + ")");
  Feed(world, *outputs);
  (void)outputs->Stop();
  EXPECT_THAT(Read(world.Path("env.csv")), HasSubstr("data_sent,2021-02-24T13:37:10.12345Z,0.1"));
  outputs = world.Start({"csv=fileName=" + world.Path("arg.csv") + ",timeFormat=unix_milli"});
  Feed(world, *outputs);
  (void)outputs->Stop();
  EXPECT_THAT(Read(world.Path("arg.csv")), HasSubstr("data_sent,1614173830123,0.1"));

  EXPECT_EQ(world.Error("csv=fileName="),
            "could not create the 'csv' output: couldn't parse \"fileName=\" as argument for csv "
            "output");
  EXPECT_EQ(world.Error("csv=a=b"),
            "could not create the 'csv' output: unknown key \"a\" as argument for csv output");
  EXPECT_EQ(world.Error("csv=timeFormat=noon"),
            "could not create the 'csv' output: noon does not belong to TimeFormat values");
  EXPECT_THAT(world.Error("csv=saveInterval=0s"), HasSubstr("should be positive"));
  EXPECT_THAT(world.Error("csv=saveInterval=25h"), HasSubstr("must be at most 24h but was 25h"));
}

TEST(Outputs, AnArgumentThatIsNotUsedIsNoSecretToTheUser) {
  World world;
  ASSERT_TRUE(MakeOutput("statsd=host:8125", world.context));
  ASSERT_EQ(world.log.size(), 1u);
  EXPECT_THAT(world.log[0], HasSubstr("the 'statsd' output takes no argument"));
  EXPECT_THAT(world.log[0], Not(HasSubstr("host")));
  ASSERT_TRUE(MakeOutput("statsd", world.context));
  EXPECT_EQ(world.log.size(), 1u);
}

TEST(Outputs, ThatCannotBeMadeEndTheRunBeforeItBegins) {
  World world;
  EXPECT_EQ(world.Error("nosuch"),
            "invalid output type 'nosuch', available types are: csv, datadog, "
            "experimental-opentelemetry, "
            "experimental-prometheus-rw, influxdb, json, opentelemetry, parquet, statsd, traces, "
            "web-dashboard");
  EXPECT_THAT(world.Error("cloud"), HasSubstr("'cloud' is not yet supported"));
  EXPECT_EQ(world.Error("json=/nonexistent/x"), "open /nonexistent/x: no such file or directory");
  EXPECT_EQ(world.Error("json=" + world.folder), "open " + world.folder + ": is a directory");
  const auto outputs = world.Start({"json=" + world.Path("x")});
  EXPECT_EQ(
      world.Error("csv=" + world.Path("x")),
      "could not create the 'csv' output: open " + world.Path("x") + ": another run writes to it");
  (void)outputs->Stop();
}

TEST(Outputs, AFullDiskLosesWhatDoesNotFitAndSaysSoOnce) {
  World world;
  const auto outputs = world.Start({"json=/dev/full", "json=" + world.Path("good")});
  Feed(world, *outputs);
  const auto reports = outputs->Stop();
  EXPECT_EQ(reports[0].lost, 3u);
  EXPECT_EQ(reports[1].lost, 0u);
  EXPECT_EQ(Read(world.Path("good")), kJsonLines);
  EXPECT_EQ(world.log, std::vector<std::string>{
                           "the json output loses samples: write /dev/full: no space left on "
                           "device"});
}

TEST(Outputs, CountWhatAgentsDroppedAndWhatDidNotCome) {
  World world;
  const auto outputs = world.Start({"json=" + world.Path("x")});
  metrics::SampleEncoder encoder(0, world.set, world.set.metrics().size());
  encoder.NoteDropped(5);
  outputs->Take(1, World::Chunk(encoder));
  encoder.Add(world.gauge, 1, kNoon, encoder.Intern({{"a", "1"}}), "");
  (void)World::Chunk(encoder);  // never comes, nor the tags it defines
  encoder.Add(world.gauge, 1, kNoon, encoder.Intern({{"a", "1"}}), "");
  encoder.Add(world.gauge, 1, kNoon, encoder.Intern({{"b", "1"}}), "");
  outputs->Take(1, World::Chunk(encoder));
  outputs->Take(1, metrics::EndOfSamples(3, 7));
  const auto reports = outputs->Stop();
  EXPECT_EQ(reports[0].samples, 1u);
  EXPECT_EQ(reports[0].lost, 7u + 1u + 1u);
}

TEST(Outputs, AnAgentThatSendsNonsenseHasNoFurtherSay) {
  World world;
  const auto outputs = world.Start({"json=" + world.Path("x")});
  Feed(world, *outputs);
  outputs->Take(2, "nonsense");
  outputs->Take(2, std::string(3, '\xff'));
  metrics::SampleEncoder encoder(1, world.set, world.set.metrics().size());
  encoder.Add(world.gauge, 1, kNoon, encoder.Intern({}), "");
  outputs->Take(2, World::Chunk(encoder));
  const auto reports = outputs->Stop();
  EXPECT_EQ(reports[0].samples, 3u);
  EXPECT_EQ(reports[0].lost, 1u);
  ASSERT_EQ(world.log.size(), 1u);
  EXPECT_THAT(world.log[0], HasSubstr("agent 2 sends samples that cannot be read"));
}

TEST(Outputs, MetricsThatOnlyOneAgentDeclaresAreMetrics) {
  World world;
  const auto outputs = world.Start({"json=" + world.Path("x")});
  const std::size_t known = world.set.metrics().size();
  metrics::SampleEncoder encoder(0, world.set, known);
  const auto late =
      *world.set.Declare("late_one", metrics::MetricType::kTrend, metrics::ValueType::kTime);
  encoder.Add(late, 1, kNoon, encoder.Intern({}), "");
  encoder.Add(world.gauge, 1, kNoon, encoder.Intern({}), "");
  outputs->Take(1, World::Chunk(encoder));
  (void)outputs->Stop();
  const std::string text = Read(world.Path("x"));
  EXPECT_THAT(text, HasSubstr(R"("data":{"name":"late_one","type":"trend","contains":"time")"));
  EXPECT_THAT(text, HasSubstr(R"({"metric":"late_one","type":"Point")"));
}

TEST(Outputs, InfinityIsNoJson) {
  World world;
  const auto outputs = world.Start({"json=" + world.Path("x"), "csv=" + world.Path("y")});
  metrics::SampleEncoder encoder(0, world.set, world.set.metrics().size());
  encoder.Add(world.gauge, std::numeric_limits<double>::infinity(), kNoon, encoder.Intern({}), "");
  outputs->Take(1, World::Chunk(encoder));
  const auto reports = outputs->Stop();
  EXPECT_EQ(reports[0].lost, 1u);
  EXPECT_EQ(Read(world.Path("x")), "");
  EXPECT_EQ(reports[1].lost, 0u);
  EXPECT_THAT(Read(world.Path("y")), HasSubstr(",+Inf,"));
}

/// The tags of the samples in a file of JSON lines, a line each.
std::string TagsIn(const std::string& path) {
  std::stringstream lines(Read(path));
  std::string line, tags;
  while (std::getline(lines, line)) {
    const auto at = line.find(R"("tags":)");
    if (line.find("Point") != std::string::npos) tags += line.substr(at + 7) + "\n";
  }
  return tags;
}

TEST(Outputs, HaveTheMetricsAndTagsThatAreAskedFor) {
  World world;
  world.options.out_metrics = {"my_*", "!data_*", "vuss"};
  world.options.out_tags = {"!z", "!t"};
  const auto outputs = world.Start({"json=" + world.Path("x")});
  Feed(world, *outputs);
  const auto reports = outputs->Stop();
  EXPECT_EQ(TagsIn(world.Path("x")),
            "{},\"metadata\":{\"iter\":\"3\",\"vu\":\"1\"}}}\n"
            "{\"a\":\"x,y\",\"group\":\"::g\",\"status\":\"200\"}}}\n");
  EXPECT_EQ(Read(world.Path("x")).find("data_sent"), std::string::npos);
  EXPECT_EQ(reports[0].samples, 2u);
  EXPECT_EQ(reports[0].lost, 0u);
  ASSERT_EQ(world.log.size(), 1u);
  EXPECT_EQ(world.log[0], "--out-metrics: the script has no metric 'vuss'; did you mean \"vus\"?");

  world.options.out_metrics = {"!"};
  EXPECT_EQ(world.Error("json"), "--out-metrics: '!' is no name and no pattern");
}

TEST(Outputs, TellAgentsApartWhereThatIsAskedFor) {
  World world;
  world.options.out_tags = {"*", "agent"};
  const auto outputs = world.Start({"json=" + world.Path("x")});
  for (const int agent : {1, 12}) {
    metrics::SampleEncoder encoder(0, world.set, world.set.metrics().size());
    encoder.Add(world.gauge, 1, kNoon, encoder.Intern({{"a", "1"}, {"b", "2"}}), "");
    if (agent == 12) encoder.Add(world.gauge, 1, kNoon, encoder.Intern({{"agent", "own"}}), "");
    outputs->Take(agent, World::Chunk(encoder));
  }
  (void)outputs->Stop();
  EXPECT_EQ(TagsIn(world.Path("x")),
            "{\"a\":\"1\",\"agent\":\"1\",\"b\":\"2\"}}}\n"
            "{\"a\":\"1\",\"agent\":\"12\",\"b\":\"2\"}}}\n{\"agent\":\"own\"}}}\n");
}

TEST(Outputs, TagsBeyondTheCapAreOneSetAndCounted) {
  World world;
  world.options.out_max_series = 2;
  world.options.out_tags = {"a"};
  const auto outputs = world.Start({"json=" + world.Path("x")});
  metrics::SampleEncoder encoder(0, world.set, world.set.metrics().size());
  for (const char* value : {"1", "2", "3", "1", "4", "2"}) {
    const metrics::TagPairs tags = {{"a", value}, {"b", std::to_string(encoder.size())}};
    encoder.Add(world.gauge, 1, kNoon, encoder.Intern(tags), "");
  }
  outputs->Take(1, World::Chunk(encoder));
  (void)outputs->Stop();
  EXPECT_EQ(TagsIn(world.Path("x")),
            "{\"a\":\"1\"}}}\n{\"a\":\"2\"}}}\n{\"other\":\"true\"}}}\n{\"a\":\"1\"}}}\n"
            "{\"other\":\"true\"}}}\n{\"a\":\"2\"}}}\n");
  ASSERT_EQ(world.log.size(), 2u);
  EXPECT_THAT(world.log[0], HasSubstr("outputs have 2 sets of tags, as --out-max-series says"));
  EXPECT_THAT(world.log[1], HasSubstr("2 samples have the tag other=\"true\""));
}

TEST(Format, NumbersAreGos) {
  const auto number = [](double value) {
    std::string text;
    AppendGoJsonNumber(value, text);
    return text;
  };
  EXPECT_EQ(number(0), "0");
  EXPECT_EQ(number(-0.0), "-0");
  EXPECT_EQ(number(123.456), "123.456");
  EXPECT_EQ(number(1e-6), "0.000001");
  EXPECT_EQ(number(9.5e-7), "9.5e-7");
  EXPECT_EQ(number(1e-10), "1e-10");
  EXPECT_EQ(number(123456789012345680000.0), "123456789012345680000");
  EXPECT_EQ(number(1e21), "1e+21");
  EXPECT_EQ(number(-1.5e300), "-1.5e+300");
}

TEST(Format, TimesAreGosInTheLocalZone) {
  const auto time = [](std::int64_t at, Fraction fraction) {
    TimeText text;
    std::string out;
    text.Append(at, fraction, out);
    return out;
  };
  setenv("TZ", "Asia/Kolkata", 1);
  tzset();
  EXPECT_EQ(time(kNoon + 120'000'000, Fraction::kNanoseconds), "2021-02-24T19:07:10.12+05:30");
  EXPECT_EQ(time(kNoon + 120'000'000, Fraction::kNone), "2021-02-24T19:07:10+05:30");
  setenv("TZ", "America/St_Johns", 1);
  tzset();
  EXPECT_EQ(time(kNoon, Fraction::kNanoseconds), "2021-02-24T10:07:10-03:30");
  setenv("TZ", "UTC", 1);
  tzset();
  EXPECT_EQ(time(-1, Fraction::kNanoseconds), "1969-12-31T23:59:59.999999999Z");
}

}  // namespace
}  // namespace loadctl::output
