#include "common/secrets/keeper.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace loadctl::secrets {
namespace {

/// What Get() comes to if it is answered at once; `...` if it is not.
std::string Got(Keeper& keeper, const std::string& source, const std::string& key) {
  std::string got = "...";
  keeper.Get(source, key, [&](const Result<std::string>& value) {
    got = value ? *value : "error: " + value.error().message;
  });
  return got;
}

TEST(Keeper, SaysInK6WordsWhatIsNotThere) {
  Keeper keeper;
  EXPECT_EQ(Got(keeper, "default", "a"), "error: no secret sources are configured");
  keeper.Fill({{{"mock"}, false, {{"a", "s3cr3t"}}}}, nullptr);
  EXPECT_EQ(Got(keeper, "mock", "a"), "s3cr3t");
  EXPECT_EQ(Got(keeper, "mock", "b"), "error: no value");
  EXPECT_EQ(Got(keeper, "default", "a"),
            "error: no secret source with name \"default\" is configured");
}

TEST(Keeper, ValuesAreTakenOutOfTextsFromTheBeginning) {
  Keeper keeper;
  EXPECT_TRUE(keeper.redactor().empty());
  keeper.Fill({{{"mock", "default"}, false, {{"a", "s3cr3t"}}}}, nullptr);
  EXPECT_EQ(keeper.redactor().Redacted("the s3cr3t"), "the ***SECRET_REDACTED***");
}

TEST(Keeper, ShortValuesAreTakenOutOnceAScriptHasThem) {
  Keeper keeper;
  keeper.Fill({{{"mock", "default"}, false, {{"a", "on"}}}}, nullptr);
  EXPECT_EQ(keeper.redactor().Redacted("a condition"), "a condition");
  EXPECT_EQ(Got(keeper, "mock", "a"), "on");
  EXPECT_EQ(keeper.redactor().Redacted("on"), "***SECRET_REDACTED***");
}

TEST(Keeper, AsksOnceForAllWhoWait) {
  Keeper keeper;
  std::vector<std::string> asked;
  keeper.Fill({{{"url", "default"}, true, {}}},
              [&](const std::string& source, const std::string& key) {
                asked.push_back(source + "/" + key);
              });
  std::vector<std::string> got;
  const auto reply = [&](const Result<std::string>& value) { got.push_back(value.value_or("?")); };
  keeper.Get("url", "a", reply);
  keeper.Get("default", "a", reply);
  EXPECT_EQ(asked, std::vector<std::string>{"url/a"});
  keeper.Answer("url", "a", std::string("s3cr3t"));
  EXPECT_EQ(got, (std::vector<std::string>{"s3cr3t", "s3cr3t"}));
  EXPECT_EQ(Got(keeper, "default", "a"), "s3cr3t");
  EXPECT_FALSE(keeper.redactor().empty());
}

TEST(Keeper, AsksAgainAfterAnError) {
  Keeper keeper;
  int asked = 0;
  keeper.Fill({{{"url"}, true, {}}}, [&](const std::string& source, const std::string& key) {
    ++asked;
    keeper.Answer(source, key, Fail("status code 500"));  // at once, on the same thread
  });
  EXPECT_EQ(Got(keeper, "url", "a"), "error: status code 500");
  EXPECT_EQ(Got(keeper, "url", "a"), "error: status code 500");
  EXPECT_EQ(asked, 2);
  keeper.Answer("url", "a", std::string("unasked"));
  EXPECT_EQ(Got(keeper, "url", "a"), "error: status code 500");
}

TEST(Keeper, SourcesHaveBounds) {
  const auto wrong = [](std::vector<Source> sources) {
    const auto good = CheckSources(sources);
    return good ? std::string() : good.error().message;
  };
  EXPECT_EQ(wrong({{{"a", "default"}, false, {{"k", std::string(kMostValueBytes, 'v')}}}}), "");
  EXPECT_EQ(wrong({{{"a"}, false, {{"k", std::string(kMostValueBytes + 1, 'v')}}}}),
            "the secret \"k\" is longer than 64 KiB");
  EXPECT_EQ(wrong({{{"a"}, false, {{std::string(kMostKeyBytes + 1, 'k'), "v"}}}}),
            "the name of a secret is longer than 1024 bytes");
  EXPECT_EQ(wrong({{{"a"}, false, {}}, {{"b", "a"}, false, {}}}),
            "two secret sources are named \"a\"");
  EXPECT_EQ(wrong({{{}, false, {}}}), "a secret source has no name");
  EXPECT_EQ(wrong(std::vector<Source>(kMostSources + 1)), "more than 100 secret sources");
  Source many{{"a"}, false, {}};
  for (int i = 0; i < 20; ++i) many.values["k" + std::to_string(i)] = std::string(60'000, 'v');
  EXPECT_EQ(wrong({many}), "the secrets are more than 1 MiB");
}

}  // namespace
}  // namespace loadctl::secrets
