#include "common/plan/segment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <set>

namespace loadctl::plan {
namespace {

using testing::ElementsAre;

template <typename T>
std::string ErrorOf(const Result<T>& result) {
  return result ? "no error" : result.error().message;
}

std::vector<ExecutionTuple> TuplesOf(const SegmentSequence& sequence) {
  std::vector<ExecutionTuple> tuples;
  for (const Segment& segment : sequence.segments) {
    tuples.push_back(ExecutionTuple::Make(segment, sequence).value());
  }
  return tuples;
}

/// Indexes below `limit` that the stripe walks over.
std::vector<std::int64_t> Walk(const Stripe& stripe, std::int64_t limit) {
  std::vector<std::int64_t> out;
  std::size_t step = 0;
  for (std::int64_t i = stripe.start; i < limit; ++step) {
    out.push_back(i);
    i += stripe.offsets[step % stripe.offsets.size()];
  }
  return out;
}

/// The rule that segment.h gives at Stripe, written as plainly as possible.
std::vector<std::vector<std::int64_t>> BruteForce(const SegmentSequence& sequence) {
  std::int64_t period = 1;
  std::vector<Rational> lengths;
  for (const auto& [from, to] : sequence.segments) {
    const std::int64_t den = from.denominator * to.denominator;
    const std::int64_t num = to.numerator * from.denominator - from.numerator * to.denominator;
    lengths.push_back({num / std::gcd(num, den), den / std::gcd(num, den)});
    period = std::lcm(period, lengths.back().denominator);
  }
  std::vector<std::size_t> order(lengths.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto share = [&](std::size_t s) {
    return lengths[s].numerator * period / lengths[s].denominator;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return share(a) > share(b); });
  std::vector<std::vector<std::int64_t>> out(lengths.size());
  for (std::int64_t e = 0; e < period; ++e) {
    for (const std::size_t s : order) {
      if (static_cast<std::int64_t>(out[s].size()) * period <= e * share(s)) {
        out[s].push_back(e);
        break;
      }
    }
  }
  return out;
}

SegmentSequence RandomSequence(std::mt19937_64& random) {
  const auto denominator = static_cast<std::int64_t>(random() % 60 + 2);
  std::set<std::int64_t> cuts = {0, denominator};
  for (auto n = random() % 8; n > 0; --n) {
    cuts.insert(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(denominator)));
  }
  SegmentSequence sequence;
  std::optional<Rational> from;
  for (const std::int64_t cut : cuts) {
    const Rational point = Rational::Make(cut, denominator).value();
    if (from) sequence.segments.push_back(Segment{*from, point});
    from = point;
  }
  return sequence;
}

TEST(Segment, ReadsEveryForm) {
  EXPECT_EQ(ParseSegment("")->ToString(), "0:1");
  EXPECT_EQ(ParseSegment("20%")->ToString(), "0:1/5");
  EXPECT_EQ(ParseSegment("0.25")->ToString(), "0:1/4");
  EXPECT_EQ(ParseSegment("2.50e-1")->ToString(), "0:1/4");
  EXPECT_EQ(ParseSegment("2/4:75%")->ToString(), "1/2:3/4");
  EXPECT_EQ(ParseSegment(".5:1")->ToString(), "1/2:1");
  EXPECT_EQ(ParseSequence("0,1/3,2/3,1")->ToString(), "0,1/3,2/3,1");
  EXPECT_TRUE(ParseSequence("")->segments.empty());
}

TEST(Segment, FailsInTheWordsOfK6) {
  EXPECT_EQ(ErrorOf(ParseSegment("a%")), "'a%' is not a valid percentage");
  EXPECT_EQ(ErrorOf(ParseSegment("1.5%")), "'1.5%' is not a valid percentage");
  EXPECT_EQ(ErrorOf(ParseSegment("x")),
            "'x' is not a valid percentage, decimal, fraction or interval value");
  EXPECT_EQ(ErrorOf(ParseSegment("0:1:2")),
            "'1:2' is not a valid percentage, decimal, fraction or interval value");
  EXPECT_EQ(ErrorOf(ParseSegment("1/0")),
            "'1/0' is not a valid percentage, decimal, fraction or interval value");
  EXPECT_EQ(ErrorOf(ParseSegment("-1:1")), "segment start value must be at least 0 but was -1.00");
  EXPECT_EQ(ErrorOf(ParseSegment("1/2:50%")),
            "segment start(0.50) must be less than its end(0.50)");
  EXPECT_EQ(ErrorOf(ParseSegment("2")), "segment end value can't be more than 1 but was 2.00");
  EXPECT_EQ(ErrorOf(ParseSequence("1")),
            "at least 2 points are needed for an execution segment sequence, 1 given");
  const auto tuple = ExecutionTuple::Make(std::nullopt, ParseSequence("0,1/2,1").value());
  EXPECT_EQ(ErrorOf(tuple), "provided segment 0:1 can't be found in sequence 0,1/2,1");
  EXPECT_EQ(tuple.error().code, ErrorCode::kInvalidConfig);
}

TEST(Segment, RefusesNumbersThatDoNotFit) {
  EXPECT_FALSE(ParseSegment("99999999999999999999%"));
  EXPECT_FALSE(ParseSegment("1e-900"));
  EXPECT_FALSE(ParseSegment("0.0000000000000000000000001"));
  EXPECT_FALSE(ExecutionTuple::Make(ParseSegment("1/999999937").value(), std::nullopt));
}

TEST(ExecutionTuple, CutsThirdsAsK6Does) {
  const auto tuples = TuplesOf(ParseSequence("0,1/3,2/3,1").value());
  EXPECT_THAT(Walk(tuples[0].Share(), 10), ElementsAre(0, 3, 6, 9));
  EXPECT_THAT(Walk(tuples[1].Share(), 10), ElementsAre(1, 4, 7));
  EXPECT_THAT(Walk(tuples[2].Share(), 10), ElementsAre(2, 5, 8));
  EXPECT_EQ(tuples[0].Scale(10), 4);
  EXPECT_EQ(tuples[1].Scale(10), 3);
  EXPECT_EQ(tuples[2].Scale(10), 3);
  EXPECT_EQ(tuples[1].GlobalNumber(1), 2);
  EXPECT_EQ(tuples[1].GlobalNumber(3), 8);
}

TEST(ExecutionTuple, RetuplesThirdsAsK6Does) {
  const auto tuples = TuplesOf(ParseSequence("0,1/3,2/3,1").value());
  const auto first = tuples[0].Retuple(10).value().value();
  EXPECT_EQ(first.sequence().ToString(), "0,2/5,7/10,1");
  EXPECT_THAT(Walk(first.Share(), 10), ElementsAre(0, 3, 5, 8));
  EXPECT_THAT(Walk(tuples[1].Retuple(10).value()->Share(), 10), ElementsAre(1, 4, 7));
  EXPECT_THAT(Walk(tuples[2].Retuple(10).value()->Share(), 10), ElementsAre(2, 6, 9));
  EXPECT_EQ(tuples[2].Retuple(9).value()->sequence().ToString(), "0,1/3,2/3,1");
  EXPECT_FALSE(tuples[2].Retuple(2).value().has_value());
}

TEST(ExecutionTuple, GivesLargerSegmentsTheFirstIndex) {
  const auto tuples = TuplesOf(ParseSequence("0,1/2,3/4,1").value());
  EXPECT_THAT(Walk(tuples[0].Share(), 4), ElementsAre(0, 2));
  EXPECT_THAT(Walk(tuples[1].Share(), 4), ElementsAre(1));
  EXPECT_THAT(Walk(tuples[2].Share(), 4), ElementsAre(3));
}

TEST(ExecutionTuple, FillsAShortSequence) {
  const auto alone = ExecutionTuple::Make(ParseSegment("1/3").value(), std::nullopt).value();
  EXPECT_EQ(alone.sequence().ToString(), "0,1/3,1");
  EXPECT_THAT(Walk(alone.Share(), 6), ElementsAre(1, 4));
  const auto middle = ExecutionTuple::Make(ParseSegment("1/4:1/2").value(), std::nullopt).value();
  EXPECT_EQ(middle.sequence().ToString(), "0,1/4,1/2,1");
  EXPECT_EQ(middle.index(), 1U);
}

TEST(ExecutionTuple, OfOneSegmentIsEverything) {
  const ExecutionTuple whole;
  EXPECT_EQ(whole.Scale(7), 7);
  EXPECT_EQ(whole.Share(), Stripe{});
  EXPECT_EQ(whole.GlobalNumber(7), 7);
  EXPECT_EQ(whole.Retuple(5).value()->Scale(9), 9);
  EXPECT_EQ(whole.segment().ToString(), "0:1");
}

TEST(SegmentedIndex, WalksAndJumpsAlike) {
  const auto tuple = TuplesOf(ParseSequence("0,1/3,2/3,1").value())[1];
  SegmentedIndex index(tuple);
  using Position = SegmentedIndex::Position;
  EXPECT_EQ(index.Prev(), (Position{0, 0}));
  EXPECT_EQ(index.Next(), (Position{1, 2}));
  EXPECT_EQ(index.Next(), (Position{2, 5}));
  EXPECT_EQ(index.Prev(), (Position{1, 2}));
  EXPECT_EQ(index.Prev(), (Position{0, 0}));
  EXPECT_EQ(index.GoTo(1), (Position{0, 0}));
  EXPECT_EQ(index.GoTo(2), (Position{1, 2}));
  EXPECT_EQ(index.GoTo(7), (Position{2, 5}));
}

class SegmentProperty : public testing::Test {
 protected:
  const std::uint64_t seed_ = std::random_device()();
  testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(seed_)};
  std::mt19937_64 random_{seed_};
};

TEST_F(SegmentProperty, StripesEqualBruteForce) {
  for (int round = 0; round < 300; ++round) {
    const SegmentSequence sequence = RandomSequence(random_);
    const auto expected = BruteForce(sequence);
    const auto tuples = TuplesOf(sequence);
    for (std::size_t i = 0; i < tuples.size(); ++i) {
      const Stripe stripe = tuples[i].Share();
      ASSERT_EQ(Walk(stripe, stripe.period), expected[i]) << sequence.ToString() << " #" << i;
    }
  }
}

TEST_F(SegmentProperty, SharesSumToTotalAndNeverFall) {
  for (int round = 0; round < 200; ++round) {
    const SegmentSequence sequence = RandomSequence(random_);
    const auto tuples = TuplesOf(sequence);
    std::vector<std::int64_t> last(tuples.size());
    for (std::int64_t value = 0; value < 150; ++value) {
      std::int64_t sum = 0;
      for (std::size_t i = 0; i < tuples.size(); ++i) {
        const std::int64_t share = tuples[i].Scale(value);
        ASSERT_GE(share, last[i]) << sequence.ToString();
        last[i] = share;
        sum += share;
      }
      ASSERT_EQ(sum, value) << sequence.ToString();
    }
  }
}

TEST_F(SegmentProperty, NumbersPartitionTheNaturals) {
  for (int round = 0; round < 200; ++round) {
    const SegmentSequence sequence = RandomSequence(random_);
    std::set<std::int64_t> seen;
    const std::int64_t total = 200;
    for (const ExecutionTuple& tuple : TuplesOf(sequence)) {
      for (std::int64_t local = 1; local <= tuple.Scale(total); ++local) {
        ASSERT_TRUE(seen.insert(tuple.GlobalNumber(local)).second) << sequence.ToString();
      }
    }
    ASSERT_EQ(seen.size(), static_cast<std::size_t>(total));
    ASSERT_EQ(*seen.begin(), 1);
    ASSERT_EQ(*seen.rbegin(), total);
  }
}

TEST_F(SegmentProperty, RetuplingKeepsTheSharesOfItsValue) {
  for (int round = 0; round < 200; ++round) {
    const SegmentSequence sequence = RandomSequence(random_);
    const auto value = static_cast<std::int64_t>(random_() % 100 + 1);
    std::int64_t iterations = 0;
    for (const ExecutionTuple& tuple : TuplesOf(sequence)) {
      const auto again = tuple.Retuple(value).value();
      ASSERT_EQ(again.has_value(), tuple.Scale(value) > 0);
      if (!again) continue;
      ASSERT_EQ(again->Scale(value), tuple.Scale(value)) << sequence.ToString() << " " << value;
      iterations += again->Scale(12345);
    }
    ASSERT_EQ(iterations, 12345) << sequence.ToString() << " " << value;
  }
}

/// The parts of `outer` on so many agents.
std::vector<ExecutionTuple> PartsOf(const ExecutionTuple& outer, std::int64_t agents) {
  std::vector<ExecutionTuple> out;
  for (const ExecutionTuple& inner : TuplesOf(EqualSequence(agents))) {
    out.push_back(ExecutionTuple::Within(outer, inner).value());
  }
  return out;
}

TEST(ExecutionTuple, CutsAPartOfTheWholeAmongAgents) {
  const auto half = ExecutionTuple::Make(ParseSegment("1/2").value(), std::nullopt).value();
  EXPECT_THAT(Walk(half.Share(), 12), ElementsAre(0, 2, 4, 6, 8, 10));
  const auto parts = PartsOf(half, 3);
  EXPECT_THAT(Walk(parts[0].Share(), 12), ElementsAre(0, 6));
  EXPECT_THAT(Walk(parts[1].Share(), 12), ElementsAre(2, 8));
  EXPECT_THAT(Walk(parts[2].Share(), 12), ElementsAre(4, 10));
  EXPECT_EQ(parts[1].GlobalNumber(2), 9);
  EXPECT_EQ(parts[1].segment().ToString(), "0:1/2");
  // Nothing of one VU, all of it on the first agent.
  EXPECT_EQ(parts[0].Scale(1), 1);
  EXPECT_FALSE(parts[1].Retuple(1).value().has_value());
  // The whole is the agents' own sequence, one agent the given segment.
  const auto thirds = TuplesOf(EqualSequence(3));
  EXPECT_EQ(PartsOf(ExecutionTuple(), 3)[1].Share(), thirds[1].Share());
  EXPECT_EQ(PartsOf(half, 1)[0].Share(), half.Share());
}

TEST(ExecutionTuple, RefusesACutThatIsTooFine) {
  const auto outer = ExecutionTuple::Make(ParseSegment("1/999983").value(), std::nullopt).value();
  const auto inner = TuplesOf(EqualSequence(2))[0];
  EXPECT_EQ(ErrorOf(ExecutionTuple::Within(outer, inner)),
            "the segment 0:1/999983 of the sequence 0,1/999983,1 cannot be cut into 0,1/2,1: their "
            "common denominator exceeds 1000000");
}

TEST_F(SegmentProperty, PartsOnAgentsOwnWhatTheSegmentOwns) {
  for (int round = 0; round < 150; ++round) {
    const SegmentSequence sequence = RandomSequence(random_);
    const auto agents = static_cast<std::int64_t>(random_() % 7 + 1);
    const auto vus = static_cast<std::int64_t>(random_() % 60 + 1);
    for (const ExecutionTuple& outer : TuplesOf(sequence)) {
      SCOPED_TRACE(sequence.ToString() + " on " + std::to_string(agents));
      std::set<std::int64_t> numbers;
      const auto shared = outer.Retuple(vus).value();
      std::int64_t sum = 0, iterations = 0;
      std::set<std::int64_t> iteration_numbers;
      for (const ExecutionTuple& part : PartsOf(outer, agents)) {
        sum += part.Scale(vus);
        for (std::int64_t local = 1; local <= part.Scale(vus); ++local)
          ASSERT_TRUE(numbers.insert(part.GlobalNumber(local)).second);
        const auto own = part.Retuple(vus).value();
        ASSERT_EQ(own.has_value(), part.Scale(vus) > 0);
        if (!own) continue;
        ASSERT_EQ(own->Scale(vus), part.Scale(vus));
        iterations += own->Scale(777);
        for (std::int64_t local = 1; local <= own->Scale(777); ++local)
          ASSERT_TRUE(iteration_numbers.insert(own->GlobalNumber(local)).second);
      }
      ASSERT_EQ(sum, outer.Scale(vus));
      for (std::int64_t local = 1; local <= outer.Scale(vus); ++local)
        ASSERT_TRUE(numbers.contains(outer.GlobalNumber(local)));
      ASSERT_EQ(iterations, shared ? shared->Scale(777) : 0);
      for (std::int64_t local = 1; shared && local <= shared->Scale(777); ++local)
        ASSERT_TRUE(iteration_numbers.contains(shared->GlobalNumber(local)));
    }
  }
}

TEST_F(SegmentProperty, IndexJumpsWhereItWalks) {
  for (int round = 0; round < 100; ++round) {
    for (const ExecutionTuple& tuple : TuplesOf(RandomSequence(random_))) {
      SegmentedIndex walker(tuple);
      SegmentedIndex jumper(tuple);
      SegmentedIndex ahead(tuple);
      auto next = ahead.Next();
      for (std::int64_t value = 0; value < 100; ++value) {
        if (next.unscaled <= value) {
          walker.Next();
          next = ahead.Next();
        }
        ASSERT_EQ(jumper.GoTo(value), walker.Get());
      }
    }
  }
}

TEST_F(SegmentProperty, PrintsAndParsesBack) {
  for (int round = 0; round < 300; ++round) {
    const SegmentSequence sequence = RandomSequence(random_);
    ASSERT_EQ(ParseSequence(sequence.ToString()).value(), sequence);
    for (const Segment& segment : sequence.segments) {
      ASSERT_EQ(ParseSegment(segment.ToString()).value(), segment);
    }
  }
}

TEST(EqualSequence, CutsIntoEqualParts) {
  EXPECT_EQ(EqualSequence(1).ToString(), "0,1");
  EXPECT_EQ(EqualSequence(4).ToString(), "0,1/4,1/2,3/4,1");
  for (const ExecutionTuple& tuple : TuplesOf(EqualSequence(7))) EXPECT_EQ(tuple.Scale(700), 100);
}

}  // namespace
}  // namespace loadctl::plan
