#include "common/metrics/samples.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace loadctl::metrics {
namespace {

struct Seen {
  MetricId metric;
  double value;
  std::int64_t time;
  TagPairs tags, metadata;
  bool operator==(const Seen&) const = default;
};

/// One stream's other end.
struct Reader {
  std::map<std::uint32_t, TagPairs> sets;
  std::map<MetricId, std::string> metrics;
  TagPairs metadata;
  std::vector<Seen> seen;
  std::pair<std::uint64_t, std::uint64_t> end;

  Result<ChunkHead> Read(std::string_view bytes) {
    metadata.clear();
    return DecodeSamples(
        bytes, {[&](MetricId id, std::string_view name, MetricType, ValueType) {
                  metrics[id] = std::string(name);
                },
                [&](std::uint32_t number, TagPairs tags) { sets[number] = std::move(tags); },
                [&](TagPairs pairs) { metadata = std::move(pairs); },
                [&](std::uint64_t sent, std::uint64_t dropped) {
                  end = {sent, dropped};
                },
                [&](MetricId metric, double value, std::int64_t time, std::uint32_t tags) {
                  seen.push_back({metric, value, time, sets.at(tags), metadata});
                }});
  }
};

std::string Bytes(const TagPairs& tags) {
  std::string out;
  SampleEncoder::ToBytes(tags, out);
  return out;
}

TEST(Samples, ArriveAsTheyWereTaken) {
  const MetricSet set;
  SampleEncoder encoder(3, set, set.metrics().size());
  const TagPairs a = {{"group", ""}, {"scenario", "default"}}, b = {{"status", "200"}};
  const TagPairs meta = {{"iter", "7"}, {"vu", "1"}};
  std::vector<Seen> sent;
  const auto add = [&](Builtin metric, double value, std::int64_t time, const TagPairs& tags,
                       const TagPairs& metadata) {
    encoder.Add(IdOf(metric), value, time, encoder.Intern(tags), Bytes(metadata));
    sent.push_back({IdOf(metric), value, time, tags, metadata});
  };
  const std::int64_t now = 1'700'000'000'123'456'789;
  add(Builtin::kHttpReqs, 1, now, a, meta);
  add(Builtin::kHttpReqDuration, 1.234567, now, a, meta);
  add(Builtin::kDataSent, 12345, now - 5, b, {});
  add(Builtin::kIterationDuration, -0.0, now, a, {});
  add(Builtin::kIterationDuration, 1.0 / 3, now, a, meta);
  add(Builtin::kIterationDuration, std::numeric_limits<double>::infinity(), 0, a, meta);
  add(Builtin::kIterationDuration, 1e300, std::numeric_limits<std::int64_t>::min(), b, meta);
  Reader reader;
  std::uint64_t samples = 0;
  const auto head = reader.Read(encoder.Take(samples));
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(samples, sent.size());
  EXPECT_EQ(head->stream, 3u);
  EXPECT_EQ(head->sequence, 1u);
  EXPECT_EQ(head->samples, sent.size());
  ASSERT_EQ(reader.seen, sent);
  EXPECT_TRUE(std::signbit(reader.seen[3].value));
}

TEST(Samples, TagSetsAreSentOnce) {
  const MetricSet set;
  SampleEncoder encoder(0, set, set.metrics().size());
  const TagPairs tags = {{"url", std::string(1000, 'u')}};
  Reader reader;
  std::uint64_t samples = 0;
  for (int chunk = 0; chunk < 3; ++chunk) {
    for (int i = 0; i < 10; ++i)
      encoder.Add(IdOf(Builtin::kHttpReqs), 1, 1000 + i, encoder.Intern(tags), "");
    const std::string bytes = encoder.Take(samples);
    EXPECT_EQ(bytes.size() > 1000, chunk == 0);
    ASSERT_TRUE(reader.Read(bytes));
  }
  ASSERT_EQ(reader.seen.size(), 30u);
  for (const auto& one : reader.seen) EXPECT_EQ(one.tags, tags);
}

TEST(Samples, AMillionTagSetsNeedNoMoreMemoryThanThousands) {
  const MetricSet set;
  SampleEncoder encoder(0, set, set.metrics().size());
  Reader reader;
  std::uint64_t samples = 0;
  const std::size_t many = 3 * SampleEncoder::kMaxTagSets + 5;
  for (std::size_t i = 0; i < many; ++i) {
    const TagPairs tags = {{"url", std::to_string(i)}};
    encoder.Add(IdOf(Builtin::kHttpReqs), 1, 1, encoder.Intern(tags), "");
    if (i % 1000 == 0) {
      ASSERT_TRUE(reader.Read(encoder.Take(samples)));
    }
  }
  ASSERT_TRUE(reader.Read(encoder.Take(samples)));
  EXPECT_EQ(encoder.generation(), 4u);
  EXPECT_EQ(reader.sets.size(), SampleEncoder::kMaxTagSets);
  ASSERT_EQ(reader.seen.size(), many);
  for (std::size_t i = 0; i < many; ++i)
    EXPECT_EQ(reader.seen[i].tags[0].second, std::to_string(i));
}

TEST(Samples, MetricsTheOtherSideDoesNotKnowAreDefinedOnce) {
  MetricSet set;
  SampleEncoder encoder(0, set, set.metrics().size());
  const auto late = *set.Declare("late_one", MetricType::kGauge, ValueType::kTime);
  encoder.Add(late, 2, 1, encoder.Intern({}), "");
  encoder.Add(late, 3, 1, encoder.Intern({}), "");
  Reader reader;
  std::uint64_t samples = 0;
  ASSERT_TRUE(reader.Read(encoder.Take(samples)));
  EXPECT_EQ(reader.metrics, (std::map<MetricId, std::string>{{late, "late_one"}}));
  encoder.Add(late, 3, 1, encoder.Intern({}), "");
  reader.metrics.clear();
  ASSERT_TRUE(reader.Read(encoder.Take(samples)));
  EXPECT_TRUE(reader.metrics.empty());
}

TEST(Samples, WhatWasDroppedIsSaidOnce) {
  const MetricSet set;
  SampleEncoder encoder(0, set, set.metrics().size());
  EXPECT_TRUE(encoder.empty());
  encoder.NoteDropped(5);
  EXPECT_FALSE(encoder.empty());
  std::uint64_t samples = 0;
  EXPECT_EQ(ReadChunkHead(encoder.Take(samples))->dropped, 5u);
  EXPECT_EQ(ReadChunkHead(encoder.Take(samples))->dropped, 0u);
}

TEST(Samples, AnEndSaysWhatWasSentAndDropped) {
  Reader reader;
  const auto head = reader.Read(EndOfSamples(1'000'000'000'000, 7));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->stream, kEndStream);
  EXPECT_EQ(reader.end, (std::pair<std::uint64_t, std::uint64_t>(1'000'000'000'000, 7)));
}

TEST(Samples, BrokenBytesAreRefused) {
  const MetricSet set;
  SampleEncoder encoder(0, set, set.metrics().size());
  for (int i = 0; i < 20; ++i) {
    encoder.Add(IdOf(Builtin::kHttpReqs), i * 0.37, i, encoder.Intern({{"n", std::to_string(i)}}),
                Bytes({{"vu", std::to_string(i)}}));
  }
  std::uint64_t samples = 0;
  const std::string good = encoder.Take(samples);
  for (std::size_t cut = 0; cut < good.size(); ++cut)
    EXPECT_FALSE(Reader().Read(good.substr(0, cut))) << cut;
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string bad = good;
    bad[random() % bad.size()] = static_cast<char>(random());
    std::uint64_t seen = 0;
    const auto head =
        DecodeSamples(bad, {[](MetricId, std::string_view, MetricType, ValueType) {},
                            [](std::uint32_t, const TagPairs&) {}, [](const TagPairs&) {},
                            [](std::uint64_t, std::uint64_t) {},
                            [&](MetricId, double, std::int64_t, std::uint32_t) { ++seen; }});
    EXPECT_TRUE(!head || head->samples == seen);
  }
}

}  // namespace
}  // namespace loadctl::metrics
