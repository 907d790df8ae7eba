#include "controller/page/watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "common/metrics/delta.h"
#include "common/plan/options.h"
#include "controller/page/document.h"

namespace loadctl::page {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::Not;

v1::RunEvent Planned(const std::string& script) {
  v1::RunEvent event;
  event.set_number(1);
  event.mutable_planned()->set_script(script);
  event.mutable_planned()->set_agents(1);
  event.mutable_planned()->set_options_json(plan::OptionsToJson(plan::Options()));
  return event;
}

v1::RunEvent Line(const std::string& text) {
  v1::RunEvent event;
  event.set_number(2);
  event.mutable_log()->set_level(v1::LogEntry::WARNING);
  event.mutable_log()->set_message(text);
  return event;
}

TEST(Watch, ShowsWhatIsThereBeforeAnythingWasMeasured) {
  const Watch watch;
  const auto shown = json::parse(watch.Snapshot());
  EXPECT_EQ(shown.at("history").at("count").as_int64(), 0);
  EXPECT_FALSE(shown.as_object().contains("outcome"));
}

TEST(Watch, NewsHaveTheLinesSinceTheLast) {
  Watch watch;
  watch.On(Planned("a.js"));
  watch.On(Line("one"));
  std::uint64_t since = 0;
  EXPECT_EQ(json::parse(watch.News(since)).at("log").as_array().size(), 1u);
  watch.On(Line("two"));
  const auto news = json::parse(watch.News(since));
  ASSERT_EQ(news.at("log").as_array().size(), 1u);
  EXPECT_EQ(news.at("log").at(0).at("message").as_string(), "two");
}

TEST(Watch, LinesAreBounded) {
  Watch watch;
  watch.On(Planned("a.js"));
  for (int i = 0; i < 2000; ++i) watch.On(Line(std::string(2000, 'x')));
  EXPECT_LT(watch.Snapshot().size(), 2 * Watch::kMostLogBytes);
}

v1::RunEvent Second(std::int64_t at) {
  metrics::Delta delta;
  delta.sequence = static_cast<std::uint64_t>(at + 1);
  delta.first_interval = delta.interval = at;
  v1::RunEvent event;
  event.set_number(static_cast<std::uint64_t>(at) + 10);
  event.set_at_ns((at + 1) * 1'000'000'000);
  event.mutable_second()->set_delta(metrics::EncodeDelta(delta));
  return event;
}

TEST(Watch, AThousandAgentsAreToldWhenTheyComeAndWhenOneIsLost) {
  Watch watch;
  auto planned = Planned("a.js");
  planned.mutable_planned()->set_agents(1000);
  watch.On(planned);
  for (std::uint32_t agent = 1; agent <= 1000; ++agent) {
    v1::RunEvent event;
    event.mutable_agent()->set_agent(agent);
    event.mutable_agent()->mutable_attached()->set_name("host-" + std::to_string(agent) + ":4711");
    event.mutable_agent()->mutable_attached()->set_workers(8);
    watch.On(event);
  }
  std::uint64_t since = 0;
  const auto first = json::parse(watch.News(since));
  EXPECT_EQ(first.at("agents").as_array().size(), 1000u);
  EXPECT_EQ(first.at("run").at("agents_tell_every"), 10);
  EXPECT_EQ(first.at("agents").at(999).at("workers"), 8);
  for (std::int64_t at = 0; at < 100; ++at) watch.On(Second(at));
  const std::string news = watch.News(since);
  EXPECT_TRUE(json::parse(news).at("agents").as_array().empty());
  EXPECT_LT(news.size(), 4096u);
  EXPECT_LT(watch.Snapshot().size(), 200'000u);

  const std::uint64_t serial = watch.serial();
  v1::RunEvent lost;
  lost.set_number(110);
  lost.set_at_ns(100'500'000'000);
  lost.mutable_agent()->set_agent(7);
  lost.mutable_agent()->set_lost("it is gone");
  watch.On(lost);
  EXPECT_GT(watch.serial(), serial);
  const auto told = json::parse(watch.News(since));
  ASSERT_EQ(told.at("agents").as_array().size(), 1u);
  EXPECT_EQ(told.at("agents").at(0).at("lost").as_string(), "it is gone");
  for (std::int64_t at = 100; at < 110; ++at) watch.On(Second(at));
  EXPECT_TRUE(json::parse(watch.News(since)).at("agents").as_array().empty());
}

TEST(Watch, OfAgentsOnlyThoseAreNewsThatSaidHowTheyDo) {
  Watch watch;
  watch.On(Planned("a.js"));
  for (std::uint32_t agent = 1; agent <= 3; ++agent) {
    v1::RunEvent event;
    event.mutable_agent()->set_agent(agent);
    event.mutable_agent()->mutable_attached()->set_name("host");
    watch.On(event);
    event.mutable_agent()->mutable_ready()->set_workers(2);
    watch.On(event);
  }
  for (std::int64_t at = 0; at < 10; ++at) watch.On(Second(at));
  std::uint64_t since = 0;
  EXPECT_TRUE(json::parse(watch.News(since)).at("agents").as_array().empty());
  v1::RunEvent event;
  event.set_number(20);
  event.set_at_ns(10'500'000'000);
  event.mutable_agent()->set_agent(2);
  auto& now = *event.mutable_agent()->mutable_health();
  now.set_active_vus(4);
  now.mutable_start_lag()->set_p99(7);
  now.mutable_health()->set_heap_bytes(12'000'000);
  now.mutable_health()->mutable_loop_lag()->set_max_ns(3'000'000);
  now.mutable_health()->mutable_cpu()->set_wall_ns(1000);
  now.mutable_health()->mutable_cpu()->set_used_ns(250);
  watch.On(event);
  const auto news = json::parse(watch.News(since));
  ASSERT_EQ(news.at("agents").as_array().size(), 1u);
  const auto& agent = news.at("agents").at(0).as_object();
  EXPECT_EQ(agent.at("agent").as_int64(), 2);
  EXPECT_EQ(agent.at("busy").as_int64(), 4);
  EXPECT_EQ(agent.at("heap").as_int64(), 12'000'000);
  EXPECT_EQ(agent.at("workers").as_int64(), 2);
  EXPECT_EQ(agent.at("start_lag_p99").as_int64(), 7);
  EXPECT_EQ(agent.at("loop_lag_max").as_int64(), 3);
  EXPECT_DOUBLE_EQ(agent.at("cpu").as_double(), 0.25);
  EXPECT_DOUBLE_EQ(agent.at("told").as_double(), 10.5);
  EXPECT_TRUE(json::parse(watch.News(since)).at("agents").as_array().empty());
  EXPECT_EQ(json::parse(watch.Snapshot()).at("agents").as_array().size(), 3u);
}

// Whatever a script names, it is data: neither markup nor the end of the data.
TEST(Document, NoTextOfARunIsMarkup) {
  const std::string evil = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(1)>";
  Watch watch;
  watch.On(Planned(evil));
  watch.On(Line(evil + "\x01\xff\xe2\x80\xa8"));
  const std::string report = Report(watch.Snapshot());
  EXPECT_THAT(report, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(report, Not(HasSubstr("<img")));
  EXPECT_THAT(report, Not(HasSubstr("<!-- ")));
  std::size_t scripts = 0;
  for (auto at = report.find("</script"); at != std::string::npos;
       at = report.find("</script", at + 1))
    ++scripts;
  EXPECT_EQ(scripts, 2u);  // the data's and the page's own
}

TEST(Document, NothingIsFetchedFromElsewhere) {
  const std::string page = Live();
  EXPECT_THAT(page, HasSubstr("default-src 'none'; script-src 'sha256-"));
  EXPECT_THAT(page, Not(HasSubstr("src=\"")));
  EXPECT_THAT(page, Not(HasSubstr("https://")));
  EXPECT_LT(page.size(), 60'000u);
}

}  // namespace
}  // namespace loadctl::page
