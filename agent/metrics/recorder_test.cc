#include "agent/metrics/recorder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

namespace loadctl::metrics {
namespace {

/// A recorder with a sub-metric of `iterations` for each condition.
struct World {
  explicit World(std::initializer_list<const char*> submetrics) {
    for (const char* one : submetrics)
      kept.push_back(*set.Keep(*ParseSelector("iterations{" + std::string(one) + "}")));
    recorder.emplace(set, 2);
  }
  double Sum(std::size_t i) {
    recorder->CollectInto(collected);
    return std::get<CounterSink>(collected.sinks[Index(kept[i])]).sum();
  }
  MetricSet set;
  std::vector<SeriesId> kept;
  std::optional<Recorder> recorder;
  Recorder::Collected collected;
};

std::vector<std::string> Texts(const SampleTags& tags) {
  std::vector<SystemTag> effective;
  tags.Effective(effective);
  std::vector<std::string> texts;
  for (const auto& tag : effective) {
    texts.push_back(std::string(tag.key) + "=" + std::string(tag.value));
    EXPECT_EQ(tags.Find(tag.key), tag.value);  // both by the same rule
  }
  return texts;
}

TEST(SampleTags, OfTwoWithTheSameKeyTheUpperCounts) {
  const SystemTag system[] = {{"check", "c"}, {"name", "of the system"}};
  const TagList call = {{"name", "of the call"}, {"a", "call"}};
  const TagList vu = {{"a", "vu"}, {"b", "vu"}, {"group", "of the VU"}};
  const TagMap scenario = {{"b", "scenario"}, {"c", "scenario"}, {"scenario", "tag"}};
  const TagMap run = {{"c", "run"}, {"d", "run"}};
  SampleTags tags;
  tags.system = system;
  tags.call = &call;
  tags.vu = &vu;
  tags.group = "::g";
  tags.scenario = "s";
  tags.scenario_tags = &scenario;
  tags.run_tags = &run;
  EXPECT_EQ(Texts(tags),
            (std::vector<std::string>{"a=call", "b=vu", "c=scenario", "check=c", "d=run",
                                      "group=of the VU", "name=of the system", "scenario=s"}));
  // Switched off, they are no tags; what a script gave under their names still is one.
  tags.group.reset();
  tags.scenario.reset();
  tags.vu = nullptr;
  EXPECT_EQ(tags.Find("group"), std::nullopt);
  EXPECT_EQ(tags.Find("scenario"), "tag");
}

TEST(SampleTags, OneThatIsOffMatchesNoSubmetric) {
  World world({"group:::g", "scenario:s"});
  SampleTags on;
  on.group = "::g";
  on.scenario = "s";
  world.recorder->Add(Builtin::kIterations, 1, 1, on);
  world.recorder->Add(Builtin::kIterations, 1, 1, SampleTags{});
  EXPECT_EQ(world.Sum(0), 1);
  EXPECT_EQ(world.Sum(1), 1);
}

struct RawWorld : World {
  explicit RawWorld(std::size_t most = 1 << 20) : World({}), queue(most) {
    recorder->KeepRaw({&queue, set.metrics().size(), {IdOf(Builtin::kStartLag)}});
  }
  std::uint64_t dropped = 0;
  std::map<std::uint32_t, std::string> sets;  // are defined once
  std::vector<std::string> Read() {
    std::vector<std::string> texts;
    while (const auto chunk = queue.Pop()) {
      std::string metadata;
      const auto text = [](const TagPairs& pairs) {
        std::string out;
        for (const auto& [key, value] : pairs) out += " " + key + "=" + value;
        return out;
      };
      const auto head = DecodeSamples(
          chunk->bytes, {[](MetricId, std::string_view, MetricType, ValueType) {},
                         [&](std::uint32_t n, const TagPairs& tags) { sets[n] = text(tags); },
                         [&](const TagPairs& pairs) { metadata = text(pairs); },
                         [](std::uint64_t, std::uint64_t) {},
                         [&](MetricId id, double value, std::int64_t time, std::uint32_t tags) {
                           texts.push_back(set.metric(id).name + " " +
                                           std::to_string(static_cast<int>(value)) + "@" +
                                           std::to_string(time) + sets.at(tags) +
                                           (metadata.empty() ? "" : " |" + metadata));
                         }});
      EXPECT_TRUE(head);
      EXPECT_EQ(head->stream, 2u);
      dropped += head->dropped;
    }
    return texts;
  }
  SampleQueue queue;
};

TEST(RawSamples, AreWhatWasRecordedWithTagsAndMetadata) {
  RawWorld world;
  const TagMap metadata = {{"iter", "3"}, {"vu", "1"}};
  SampleTags tags, other;
  tags.group = "";
  tags.metadata = &metadata;
  world.recorder->Add(Builtin::kIterations, 1, 10, tags);
  world.recorder->Add(Builtin::kStartLag, 5, 11, tags);
  world.recorder->Add(Builtin::kIterationDuration, 7, 12, tags);
  world.recorder->Add(Builtin::kIterations, 2, 13, other);
  EXPECT_FALSE(world.recorder->Add(Builtin::kIterations, std::nan(""), 13, other));
  world.recorder->raw()->Flush();
  EXPECT_EQ(world.Read(), (std::vector<std::string>{
                              "iterations 1@10 group= | iter=3 vu=1",
                              "iteration_duration 7@12 group= | iter=3 vu=1",
                              "iterations 2@13",
                          }));
  EXPECT_EQ(world.dropped, 0u);
}

TEST(RawSamples, AreDroppedAndCountedWhereNobodyTakesThem) {
  RawWorld world(200'000);
  const SampleTags tags;
  const int all = 1'000'000;
  for (int i = 0; i < all; ++i) world.recorder->Add(Builtin::kIterations, 1, i, tags);
  world.recorder->raw()->Flush();
  const auto kept = world.Read().size();
  EXPECT_GT(kept, 50'000u);
  EXPECT_LT(kept, 200'000u);
  EXPECT_EQ(kept + world.recorder->raw()->dropped(), static_cast<std::size_t>(all));
  // The merged figures have them all, and there is room again.
  world.recorder->CollectInto(world.collected);
  EXPECT_EQ(std::get<CounterSink>(
                world.collected.sinks[Index(world.set.base_series(IdOf(Builtin::kIterations)))])
                .sum(),
            all);
  world.recorder->Add(Builtin::kIterations, 1, 5, tags);
  world.recorder->raw()->Flush();
  EXPECT_EQ(world.Read(), std::vector<std::string>{"iterations 1@5"});
  EXPECT_EQ(kept + world.dropped, static_cast<std::size_t>(all));
}

}  // namespace
}  // namespace loadctl::metrics
