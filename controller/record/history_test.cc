#include "controller/record/history.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace loadctl::record {
namespace {

class History : public testing::Test {
 protected:
  History() {
    std::string name = testing::TempDir() + "history-XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~History() override { std::filesystem::remove_all(folder_); }

  /// Of the run with this id, that many seconds after 2026-11-29T19:30:00Z.
  static v1::RunEvent Planned(const std::string& id, std::int64_t after = 0) {
    v1::RunEvent event;
    event.set_number(1);
    event.set_unix_ns((1'795'980'600 + after) * 1'000'000'000);
    event.mutable_planned()->set_run_id(id);
    event.mutable_planned()->set_script("dir/" + id + ".js");
    event.mutable_planned()->set_agents(3);
    return event;
  }
  static v1::RunEvent Outcome(int code) {
    v1::RunEvent event;
    event.set_number(2);
    auto& outcome = *event.mutable_outcome();
    outcome.mutable_summary()->set_complete(true);
    outcome.mutable_summary()->set_duration_ns(90'000'000'000);
    auto& requests = *outcome.mutable_summary()->add_metrics();
    requests.set_name("http_reqs");
    requests.mutable_counter()->set_count(900);
    requests.mutable_counter()->set_rate(10);
    auto& durations = *outcome.mutable_summary()->add_metrics();
    durations.set_name("http_req_duration");
    auto& stat = *durations.mutable_trend()->add_stats();
    stat.set_name("p(95)");
    stat.set_value(12.5);
    if (code != 0) {
      outcome.mutable_error()->set_code(v1::Failure::THRESHOLDS);
      outcome.mutable_error()->set_exit_code(static_cast<std::uint32_t>(code));
      outcome.mutable_error()->set_message("thresholds on metrics 'x' have been crossed");
    }
    return event;
  }
  std::unique_ptr<HistoryWriter> Writer() {
    auto writer = HistoryWriter::Make(folder_ + "/below/it");
    EXPECT_TRUE(writer) << writer.error().message;
    return std::move(*writer);
  }
  std::vector<KeptRun> List() {
    const auto runs = ListHistory(folder_ + "/below/it");
    EXPECT_TRUE(runs) << runs.error().message;
    return *runs;
  }

  std::string folder_;
};

constexpr const char* kOne = "0123456789ab";
constexpr const char* kTwo = "ffff56789abc";

TEST_F(History, ListsRunsWithTheirFiguresTheNewestFirst) {
  const auto writer = Writer();
  for (const auto& event : {Planned(kOne), Outcome(0), Planned(kTwo, 60), Outcome(42)})
    writer->On(event);
  EXPECT_EQ(writer->problem(), "");
  const auto runs = List();
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].id, kTwo);
  EXPECT_EQ(runs[0].code, 42);
  EXPECT_EQ(runs[0].cause, "thresholds on metrics 'x' have been crossed");
  EXPECT_EQ(runs[1].state, KeptRun::State::kEnded);
  EXPECT_EQ(runs[1].script, "dir/0123456789ab.js");
  EXPECT_EQ(runs[1].began_unix_ns, 1'795'980'600'000'000'000);
  EXPECT_EQ(runs[1].lasted, std::chrono::seconds(90));
  EXPECT_EQ(runs[1].agents, 3u);
  EXPECT_EQ(runs[1].code, 0);
  EXPECT_EQ(runs[1].requests, 900);
  EXPECT_EQ(runs[1].requests_per_second, 10);
  EXPECT_EQ(runs[1].duration_p95_ms, 12.5);
  EXPECT_EQ(runs[1].requests_failed, std::nullopt);
  EXPECT_EQ(std::filesystem::path(runs[1].file).filename(), "20261129T193000Z-0123456789ab.record");
}

TEST_F(History, TellsRunsThatGoOnFromThoseThatWereCut) {
  {
    const auto writer = Writer();
    writer->On(Planned(kOne));
    const auto runs = List();
    ASSERT_EQ(runs.size(), 1u);
    EXPECT_EQ(runs[0].state, KeptRun::State::kRunning);
    EXPECT_EQ(runs[0].script, "dir/0123456789ab.js");
  }
  EXPECT_EQ(List().at(0).state, KeptRun::State::kCut);
}

TEST_F(History, FindsARunByTheBeginningOfItsId) {
  const auto writer = Writer();
  for (const auto& event : {Planned(kOne), Outcome(0), Planned(kTwo, 1), Outcome(0)})
    writer->On(event);
  const std::string folder = folder_ + "/below/it";
  EXPECT_EQ(FindInHistory(folder, "01")->id, kOne);
  EXPECT_FALSE(FindInHistory(folder, ""));
  EXPECT_FALSE(FindInHistory(folder, "0124"));
  EXPECT_FALSE(FindInHistory(folder, "../x"));
}

TEST_F(History, WhatIsNoneOfARunIsPassedOver) {
  const auto writer = Writer();
  writer->On(Planned(kOne));
  writer->On(Outcome(0));
  const std::string folder = folder_ + "/below/it/";
  std::ofstream(folder + "notes.record") << "mine";
  std::ofstream(folder + "20261129T193000Z-0123456789zz.record") << "mine";
  std::ofstream(folder + "20261129T193001Z-00112233aabb.record") << "no record";
  std::filesystem::create_directory(folder + "20261129T193002Z-00112233aabb.record");
  EXPECT_EQ(List().size(), 1u);
  // Whatever a short file says.
  for (const std::string text :
       {"", "[]", "{\"code\":\"x\",\"seconds\":1e400}", "{\"seconds\":-5,\"code\":1e99}"}) {
    std::ofstream(folder + "20261129T193000Z-0123456789ab.json") << text;
    EXPECT_EQ(List().size(), 1u) << text;
  }
  std::ofstream(folder + "20261129T193000Z-0123456789ab.json") << std::string(100'000, '[');
  EXPECT_EQ(List().at(0).state, KeptRun::State::kCut);
}

TEST_F(History, AFolderThatCannotBeHadIsSaid) {
  std::ofstream(folder_ + "/file") << "x";
  EXPECT_FALSE(HistoryWriter::Make(folder_ + "/file"));
  EXPECT_FALSE(HistoryWriter::Make("/proc/none"));
  EXPECT_FALSE(ListHistory(folder_ + "/none"));
}

TEST_F(History, TwoRunsDoNotWriteToOneRecord) {
  const auto one = Writer::Create(folder_ + "/a.record");
  ASSERT_TRUE(one);
  const auto two = Writer::Create(folder_ + "/a.record");
  ASSERT_FALSE(two);
  EXPECT_EQ(two.error().message,
            "cannot record to '" + folder_ + "/a.record': another run writes to it");
}

}  // namespace
}  // namespace loadctl::record
