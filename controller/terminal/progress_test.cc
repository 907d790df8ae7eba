#include "controller/terminal/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace loadctl::terminal {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

ScenarioProgress Scenario(std::string name, ScenarioProgress::Shape shape, std::int64_t vus,
                          nanoseconds elapsed, nanoseconds total) {
  ScenarioProgress scenario;
  scenario.set_name(std::move(name));
  scenario.set_shape(shape);
  scenario.set_started(true);
  scenario.set_vus(vus);
  scenario.set_elapsed_ns(nanoseconds(elapsed).count());
  scenario.set_total_ns(nanoseconds(total).count());
  return scenario;
}

google::protobuf::RepeatedPtrField<ScenarioProgress> Listed(
    std::initializer_list<ScenarioProgress> scenarios) {
  return {scenarios.begin(), scenarios.end()};
}

/// The state in which k6 printed the blocks below.
ProgressState AllShapes() {
  ProgressState state;
  state.set_phase(ProgressState::RUNNING);
  state.set_elapsed_ns(nanoseconds(milliseconds(2010)).count());
  state.set_max_duration_ns(nanoseconds(seconds(632)).count());
  state.set_active_vus(11);
  state.set_initialized_vus(15);
  state.set_max_vus(25);
  state.set_complete_iterations(7);
  auto a = Scenario("a", ScenarioProgress::CONSTANT_VUS, 2, milliseconds(490), seconds(2));
  auto b = Scenario("bb_long_name_of_a_scenario_that_is_over_thirty", ScenarioProgress::RAMPING_VUS,
                    1, milliseconds(490), seconds(2));
  b.set_max_vus(3);
  auto d = Scenario("d", ScenarioProgress::PER_VU_ITERATIONS, 2, milliseconds(490), minutes(10));
  d.set_done_iterations(2);
  d.set_total_iterations(6);
  d.set_iterations_per_vu(3);
  auto e = Scenario("e", ScenarioProgress::CONSTANT_ARRIVAL_RATE, 3, milliseconds(490), seconds(2));
  e.set_busy_vus(3);
  e.set_max_vus(12);
  e.set_iterations_per_second(12);
  auto f = Scenario("f", ScenarioProgress::RAMPING_ARRIVAL_RATE, 2, milliseconds(490), seconds(2));
  f.set_busy_vus(1);
  f.set_max_vus(3);
  f.set_iterations_per_second(3.76);
  f.set_max_iterations_per_second(10);
  auto h = Scenario("h", ScenarioProgress::CONSTANT_VUS, 1, milliseconds(1200), seconds(1));
  h.set_status(ScenarioProgress::STOPPING);
  ScenarioProgress c;
  c.set_name("c");
  c.set_shape(ScenarioProgress::SHARED_ITERATIONS);
  c.set_status(ScenarioProgress::WAITING);
  c.set_start_time_ns(nanoseconds(seconds(2)).count());
  c.set_starts_in_ns(nanoseconds(milliseconds(1510)).count());
  c.set_vus(2);
  c.set_total_ns(nanoseconds(minutes(10)).count());
  c.set_total_iterations(12);
  *state.mutable_scenarios() = Listed({a, b, d, e, f, h, c});
  return state;
}

TEST(RenderProgress, PlainBlockIsK6sToTheByte) {
  ProgressState state = AllShapes();
  EXPECT_EQ(
      RenderProgress(state, {}).text,
      "\n"
      "running (00m02.0s), 11/15 VUs, 7 complete and 0 interrupted iterations\n"
      "a                                [  24% ] 2 VUs      0.5s/2s        \n"
      "bb_long_name_of_a_scenario_...   [  24% ] 1/3 VUs    0.5s/2.0s      \n"
      "d                                [  33% ] 2 VUs      00m00.5s/10m0s  2/6 iters, 3 per VU\n"
      "e                                [  24% ] 03/03 VUs  0.5s/2s         12.00 iters/s\n"
      "f                                [  24% ] 1/2 VUs    0.5s/2s         03.76 iters/s\n"
      "h                              ↓ [ 100% ] 1 VUs      1s             \n"
      "c                              • [   0% ] waiting    1.5s           \n");
}

TEST(RenderProgress, PlainBlockAtTheEndIsK6sToTheByte) {
  ProgressState state = AllShapes();
  ScenarioProgress& c = *state.mutable_scenarios()->rbegin();
  c.set_started(true);
  c.set_status(ScenarioProgress::DONE);
  c.set_elapsed_ns(nanoseconds(milliseconds(1830)).count());
  c.set_done_iterations(12);
  state.mutable_scenarios(0)->set_status(ScenarioProgress::INTERRUPTED);
  *state.mutable_scenarios() = Listed({state.scenarios(0), c});
  EXPECT_THAT(RenderProgress(state, {}).text,
              EndsWith("a    ✗ [  24% ] 2 VUs  0.5s/2s        \n"
                       "c    ✓ [ 100% ] 2 VUs  00m01.8s/10m0s  12/12 shared iters\n"));
}

TEST(RenderProgress, BeforeTheRunShowsItsOwnBar) {
  ProgressState state = AllShapes();
  for (ScenarioProgress& scenario : *state.mutable_scenarios()) {
    scenario.set_started(false);
    scenario.set_status(ScenarioProgress::RUNNING);
  }
  state.set_phase(ProgressState::SETUP);
  EXPECT_THAT(RenderProgress(state, {}).text,
              StartsWith("\n"
                         "Run                              [ 100% ] setup()\n"
                         "a                                [   0% ]\n"
                         "bb_long_name_of_a_scenario_...   [   0% ]\n"));
  state.set_phase(ProgressState::INIT);
  state.set_initialized_vus(3);
  state.set_planned_vus(20);
  EXPECT_THAT(RenderProgress(state, {}).text,
              StartsWith("\nInit                             [  15% ] 03/20 VUs initialized\n"));
  state.set_phase(ProgressState::STARTING);
  EXPECT_THAT(RenderProgress(state, {}).text,
              StartsWith("\nInit                             [   0% ] Init VUs...\n"));
  state.set_phase(ProgressState::PAUSED);
  EXPECT_THAT(RenderProgress(state, {}).text,
              StartsWith("\nRun                              [ 100% ] paused\n"));
}

/// A terminal, in which k6 printed the lines below.
ProgressState TwoScenarios() {
  ProgressState state;
  state.set_phase(ProgressState::RUNNING);
  state.set_elapsed_ns(nanoseconds(milliseconds(500)).count());
  state.set_max_duration_ns(nanoseconds(seconds(631)).count());
  state.set_active_vus(2);
  state.set_initialized_vus(4);
  state.set_max_vus(4);
  auto a = Scenario("a", ScenarioProgress::CONSTANT_VUS, 2, milliseconds(190), seconds(1));
  ScenarioProgress c;
  c.set_name("c");
  c.set_shape(ScenarioProgress::SHARED_ITERATIONS);
  c.set_status(ScenarioProgress::WAITING);
  c.set_start_time_ns(nanoseconds(seconds(1)).count());
  c.set_starts_in_ns(nanoseconds(milliseconds(810)).count());
  c.set_total_ns(nanoseconds(minutes(10)).count());
  *state.mutable_scenarios() = Listed({a, c});
  return state;
}

TEST(RenderProgress, TerminalBarsAreK6sToTheByte) {
  const ProgressBlock block = RenderProgress(TwoScenarios(), {true, Colors::kYes, 70});
  EXPECT_EQ(
      block.text,
      "\x1b[K\n"
      "running (00m00.5s), 2/4 VUs, 0 complete and 0 interrupted iterations\x1b[K\n"
      "a      [======>\x1b[2m-------------------------------\x1b[22m] 2 VUs    0.2s/1s\x1b[K\n"
      "c    \x1b[2m•\x1b[22m [\x1b[2m--------------------------------------\x1b[22m] waiting  "
      "0.8s\x1b[K\n");
  EXPECT_EQ(block.rows, 4);
}

TEST(RenderProgress, WideTerminalAlsoShowsRateAndTimeLeft) {
  ProgressState state = TwoScenarios();
  state.set_iterations_per_second(7.5);
  EXPECT_THAT(RenderProgress(state, {true, Colors::kNo, 110}).text,
              HasSubstr("0 interrupted iterations, 7.50 iters/s, 10m00.8s left\x1b[K\n"));
  ScenarioProgress& c = *state.mutable_scenarios()->rbegin();
  c.set_started(true);
  c.set_status(ScenarioProgress::RUNNING);
  c.set_elapsed_ns(nanoseconds(seconds(2)).count());
  c.set_done_iterations(20);
  c.set_total_iterations(100);
  EXPECT_THAT(RenderProgress(state, {true, Colors::kNo, 110}).text, HasSubstr("00m08.0s left"));
  EXPECT_THAT(RenderProgress(state, {true, Colors::kNo, 75}).text, Not(HasSubstr("left")));
}

TEST(RenderProgress, NoTimeIsLeftOnceTheScenariosHaveEnded) {
  ProgressState state = TwoScenarios();
  state.set_iterations_per_second(7.5);
  for (ScenarioProgress& scenario : *state.mutable_scenarios())
    scenario.set_status(ScenarioProgress::DONE);
  EXPECT_THAT(RenderProgress(state, {true, Colors::kNo, 110}).text,
              HasSubstr("0 interrupted iterations, 7.50 iters/s\x1b[K\n"));
}

TEST(RenderProgress, BarsShrinkWithTheTerminal) {
  const ProgressState state = TwoScenarios();
  EXPECT_THAT(RenderProgress(state, {true, Colors::kNo, 60}).text,
              HasSubstr("\na      [=====>---------------------------] 2 VUs    0.2s/1s\x1b[K\n"));
  EXPECT_THAT(RenderProgress(state, {true, Colors::kNo, 40}).text,
              HasSubstr("\na      [=>-----------] 2 VUs    0.2s/1s\x1b[K\n"));
  EXPECT_THAT(RenderProgress(state, {true, Colors::kNo, 30}).text,
              HasSubstr("\na      [  19% ] 2 VUs    0.2s/1s\x1b[K\n"));
}

TEST(RenderProgress, NoBarLineIsLongerThanTheTerminal) {
  const ProgressState state = AllShapes();
  for (int width = 90; width <= 200; ++width) {
    const std::string text = RenderProgress(state, {true, Colors::kNo, width}).text;
    std::size_t start = 0;
    for (std::size_t end; (end = text.find("\x1b[K\n", start)) != std::string::npos;
         start = end + 4) {
      const auto columns = std::count_if(text.begin() + static_cast<long>(start),
                                         text.begin() + static_cast<long>(end),
                                         [](char c) { return (c & 0xC0) != 0x80; });
      EXPECT_LE(columns, width) << width;
    }
  }
}

TEST(RenderProgress, CountsTheRowsOfWrappedLines) {
  const ProgressBlock block = RenderProgress(TwoScenarios(), {true, Colors::kNo, 20});
  // "running ..." is 68 columns wide: 4 rows; the bars are 31 and 28 wide: 2 rows each.
  EXPECT_EQ(block.rows, 1 + 4 + 2 + 2);
}

TEST(RenderProgress, SurvivesAnEmptyState) {
  EXPECT_EQ(RenderProgress({}, {}).text, "\nInit   [   0% ] Init VUs...\n");
  ProgressState state;
  state.set_phase(ProgressState::RUNNING);
  state.add_scenarios();
  state.mutable_scenarios(0)->set_started(true);
  for (const auto shape :
       {ScenarioProgress::CONSTANT_VUS, ScenarioProgress::RAMPING_VUS,
        ScenarioProgress::SHARED_ITERATIONS, ScenarioProgress::PER_VU_ITERATIONS,
        ScenarioProgress::CONSTANT_ARRIVAL_RATE, ScenarioProgress::RAMPING_ARRIVAL_RATE}) {
    state.mutable_scenarios(0)->set_shape(shape);
    EXPECT_THAT(RenderProgress(state, {true, Colors::kYes, 0}).text, Not(HasSubstr("nan")));
  }
}

TEST(RenderProgress, CutsNamesBetweenCharacters) {
  ProgressState state = TwoScenarios();
  state.mutable_scenarios(0)->set_name(std::string(26, 'x') + "ö" + std::string(9, 'y'));
  EXPECT_THAT(RenderProgress(state, {}).text, HasSubstr("\n" + std::string(26, 'x') + "...   [ "));
}

TEST(FixedDuration, HasAsManyDigitsAsTheLongestTime) {
  EXPECT_EQ(FixedDuration(milliseconds(1234), seconds(9)), "1.2s");
  EXPECT_EQ(FixedDuration(milliseconds(1250), seconds(10)), "01.3s");
  EXPECT_EQ(FixedDuration(seconds(1), milliseconds(9950)), "01.0s");
  EXPECT_EQ(FixedDuration(seconds(1), minutes(1)), "0m01.0s");
  EXPECT_EQ(FixedDuration(seconds(1), minutes(10)), "00m01.0s");
  EXPECT_EQ(FixedDuration(seconds(1), hours(1)), "0h00m01.0s");
  EXPECT_EQ(FixedDuration(seconds(3661), hours(10)), "01h01m01.0s");
  EXPECT_EQ(FixedDuration(seconds(1), hours(24)), "0d00h00m01.0s");
  EXPECT_EQ(FixedDuration(hours(25), hours(240)), "01d01h00m00.0s");
  EXPECT_EQ(FixedDuration(milliseconds(-300), seconds(2)), "0.3s");
  EXPECT_EQ(FixedDuration(seconds(75), seconds(2)), "1m15.0s");
}

TEST(FixedDuration, IsAsWideForEveryTimeUpToTheLongest) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 2000; ++i) {
    const nanoseconds max{static_cast<std::int64_t>(random() >> (1 + random() % 60))};
    const nanoseconds time{
        max.count() == 0 ? 0 : static_cast<std::int64_t>(random() % (max.count() + 1ull))};
    EXPECT_EQ(FixedDuration(time, max).size(), FixedDuration(max, max).size())
        << time.count() << " of " << max.count();
  }
}

/// A terminal that knows just enough to check what a redraw leaves behind.
class Screen {
 public:
  void Write(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] == '\n') {
        ++row_;
        column_ = 0;
      } else if (bytes[i] == '\r') {
        column_ = 0;
      } else if (bytes[i] == '\x1b') {
        const std::size_t end = bytes.find_first_of("ABCDJKm", i);
        Escape(bytes[end], bytes.substr(i + 2, end - i - 2));
        i = end;
      } else {
        Put(bytes[i]);
      }
    }
  }
  std::string Text() const {
    std::string text;
    for (const std::string& row : rows_) text += row + "\n";
    return text;
  }

 private:
  std::string& Row() {
    if (rows_.size() <= row_) rows_.resize(row_ + 1);
    return rows_[row_];
  }
  void Put(char c) {
    Row().resize(std::max(Row().size(), column_ + 1), ' ');
    Row()[column_++] = c;
  }
  void Escape(char what, std::string_view number) {
    if (what == 'A') row_ -= std::stoul(std::string(number));
    if (what == 'K' || what == 'J') Row().resize(std::min(Row().size(), column_));
    if (what == 'J') rows_.resize(row_ + 1);
  }

  std::vector<std::string> rows_;
  std::size_t row_ = 0, column_ = 0;
};

constexpr ProgressStyle kTerminal{true, Colors::kNo, 70};

TEST(ProgressPrinter, RedrawsInPlace) {
  Screen screen;
  ProgressPrinter printer([&](std::string_view bytes) { screen.Write(bytes); }, kTerminal);
  ProgressState state = TwoScenarios();
  printer.Update(state);
  const std::string once = screen.Text();
  printer.Update(state);
  EXPECT_EQ(screen.Text(), once);
  state.mutable_scenarios()->RemoveLast();
  printer.Update(state);
  EXPECT_THAT(screen.Text(), Not(HasSubstr("waiting")));
}

TEST(ProgressPrinter, PutsPrintedLinesAboveTheBlock) {
  Screen screen;
  ProgressPrinter printer([&](std::string_view bytes) { screen.Write(bytes); }, kTerminal);
  const ProgressState state = TwoScenarios();
  printer.Update(state);
  const std::string block = screen.Text();
  printer.Print([&] { screen.Write("first\nsecond\n"); });
  printer.Print([&] { screen.Write("third\n"); });
  EXPECT_EQ(screen.Text(), "first\nsecond\nthird\n" + block);
}

TEST(ProgressPrinter, HasNoBlockOnTheScreenWhileItPrints) {
  Screen screen;
  ProgressPrinter printer([&](std::string_view bytes) { screen.Write(bytes); }, kTerminal);
  printer.Update(TwoScenarios());
  const std::string block = screen.Text();
  printer.Print([&] { EXPECT_EQ(screen.Text(), "\n"); });
  EXPECT_EQ(screen.Text(), block);
}

TEST(ProgressPrinter, GoesOnBelowTheLastBlock) {
  Screen screen;
  ProgressPrinter printer([&](std::string_view bytes) { screen.Write(bytes); }, kTerminal);
  printer.Update(TwoScenarios());
  printer.Finish(TwoScenarios());
  printer.Print([&] { screen.Write("after\n"); });
  EXPECT_THAT(screen.Text(), EndsWith("0.8s\nafter\n"));
}

TEST(ProgressPrinter, WithoutATerminalWritesBlockAfterBlock) {
  std::string out;
  ProgressPrinter printer([&](std::string_view bytes) { out += bytes; }, {});
  const std::string block = RenderProgress(TwoScenarios(), {}).text;
  printer.Update(TwoScenarios());
  printer.Print([&] { out += "log\n"; });
  printer.Finish(TwoScenarios());
  EXPECT_EQ(out, block + "log\n" + block);
}

TEST(ProgressPrinter, LetsNoThreadIntoABlock) {
  std::string out;
  ProgressPrinter printer([&](std::string_view bytes) { out += bytes; }, kTerminal);
  std::thread other([&] {
    for (int i = 0; i < 200; ++i) printer.Print([&] { out += "log\n"; });
  });
  for (int i = 0; i < 200; ++i) printer.Update(TwoScenarios());
  other.join();
  Screen screen;
  screen.Write(out);
  const std::string text = screen.Text();
  std::string logs;
  for (int i = 0; i < 200; ++i) logs += "log\n";
  EXPECT_THAT(text, StartsWith(logs + "\nrunning"));
}

TEST(OverBlock, ClearsTheRestOfEachLine) { EXPECT_EQ(OverBlock("a\n\nb"), "a\x1b[0K\n\x1b[0K\nb"); }

}  // namespace
}  // namespace loadctl::terminal
