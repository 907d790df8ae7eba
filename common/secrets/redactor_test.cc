#include "common/secrets/redactor.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/base/base64.h"

namespace loadctl::secrets {
namespace {

std::string Redacted(std::initializer_list<const char*> secrets, const std::string& text) {
  Redactor redactor;
  for (const char* secret : secrets) redactor.Add(secret);
  return redactor.Redacted(text);
}

TEST(Redactor, TakesOutEveryOccurrence) {
  EXPECT_EQ(Redacted({"s3cr3t"}, "a s3cr3t, s3cr3ts3cr3t."),
            "a ***SECRET_REDACTED***, ***SECRET_REDACTED******SECRET_REDACTED***.");
  EXPECT_EQ(Redacted({"s3cr3t"}, "s3cr3"), "s3cr3");
  EXPECT_EQ(Redacted({}, "s3cr3t"), "s3cr3t");
}

TEST(Redactor, TakesTheLongestSoThatNoRestStays) {
  for (const auto& order : {std::vector{"abc", "abcdef"}, std::vector{"abcdef", "abc"}}) {
    Redactor redactor;
    for (const char* secret : order) redactor.Add(secret);
    EXPECT_EQ(redactor.Redacted("<abcdef><abcde>"),
              "<***SECRET_REDACTED***><***SECRET_REDACTED***de>");
  }
}

TEST(Redactor, LeavesWhiteSpaceAlone) {
  Redactor redactor;
  redactor.Add("");
  redactor.Add(" \n");
  EXPECT_TRUE(redactor.empty());
  EXPECT_EQ(redactor.Redacted("a \nb"), "a \nb");
}

TEST(Redactor, KnowsHowASecretLooksInJsonAndInUrls) {
  const std::string mask(Redactor::kMask);
  EXPECT_EQ(Redacted({"a\"b\n"}, R"({"t":"a\"b\n"})"), R"({"t":")" + mask + "\"}");
  EXPECT_EQ(
      Redacted({"p@ss w/(1)"}, "?a=p%40ss%20w%2F(1)&b=p%40ss%20w%2F%281%29&c=p%40ss+w%2F%281%29"),
      "?a=" + mask + "&b=" + mask + "&c=" + mask);
}

TEST(Redactor, KnowsHowASecretLooksInBase64) {
  const std::string secret = "t0p s3cr3t?>", mask(Redactor::kMask);
  Redactor redactor;
  redactor.Add(secret);
  for (const auto alphabet : {Base64::Alphabet::kStandard, Base64::Alphabet::kUrl}) {
    for (const auto padding : {Base64::Padding::kYes, Base64::Padding::kNo}) {
      for (int before = 0; before < 7; ++before) {
        for (int behind = 0; behind < 7; ++behind) {
          const std::string left(static_cast<std::size_t>(before), 'u'),
              right(static_cast<std::size_t>(behind), ':');
          const Base64 base64{alphabet, padding};
          std::string whole = left;
          whole.append(secret).append(right);
          const std::string shown = redactor.Redacted("x " + base64.Encode(whole));
          const std::size_t at = shown.find(mask);
          ASSERT_NE(at, std::string::npos) << shown;
          // What is left tells of what stood around it, and of nothing else.
          EXPECT_EQ(shown.substr(0, at),
                    "x " + base64.Encode(left).substr(0, left.size() / 3 * 4 + left.size() % 3));
          EXPECT_LE(shown.size() - at - mask.size(), base64.Encode(right + "123").size()) << shown;
        }
      }
    }
  }
  EXPECT_EQ(redactor.Redacted("t=dDBwIHMzY3IzdD8%2B&u=1"), "t=" + mask + "&u=1");
}

TEST(Redactor, AShortSecretIsNotFoundInOtherWords) {
  EXPECT_EQ(Redacted({"key"}, "a2V5 a2V5cw=="), "a2V5 a2V5cw==");
  EXPECT_EQ(Redacted({"word"}, "d29yZA== d29yZHM="), "***SECRET_REDACTED*** d29yZHM=");
}

TEST(Redactor, TenThousandSecretsAreLearntSoon) {
  Redactor redactor;
  for (int i = 0; i < 10'000; ++i) redactor.Add("secret-number-" + std::to_string(i) + "!");
  EXPECT_EQ(redactor.Redacted("secret-number-9999!"), Redactor::kMask);
}

TEST(Redactor, JsonStaysJson) {
  Redactor redactor;
  for (const char* secret : {"n", "\"", "1", "key"}) redactor.Add(secret);
  std::string json = R"({"key":"a\nb","n":1,"l":["1","b\"c", "\\n"]})";
  EXPECT_TRUE(redactor.RedactJson(json));
  const std::string mask(Redactor::kMask);
  EXPECT_EQ(json, R"({"key":"a\nb","n":1,"l":[")" + mask + R"(","b)" + mask + R"(c", "\\)" + mask +
                      "\"]}");
}

TEST(Redactor, MayLearnWhileOthersRedact) {
  Redactor redactor;
  std::thread learner([&] {
    for (int i = 0; i < 200; ++i) redactor.Add("secret-" + std::to_string(i) + "-");
  });
  for (int i = 0; i < 200; ++i) {
    const std::string text = redactor.Redacted("x secret-199- y");
    EXPECT_TRUE(text == "x secret-199- y" || text == "x ***SECRET_REDACTED*** y") << text;
  }
  learner.join();
  EXPECT_EQ(redactor.Redacted("secret-0-"), Redactor::kMask);
}

/// How often the text is in what the process has taken from its heap, free or not.
std::size_t InHeap(std::string_view text) {
  std::ifstream maps("/proc/self/maps");
  std::size_t count = 0;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0, end = 0;
    if (line.find("[heap]") == std::string::npos ||
        std::sscanf(line.c_str(), "%lx-%lx", &begin, &end) != 2)
      continue;
    const std::string_view heap(reinterpret_cast<const char*>(begin), end - begin);
    for (std::size_t at = 0; (at = heap.find(text, at)) != std::string_view::npos; ++at) ++count;
  }
  return count;
}

TEST(Redactor, LeavesNothingInMemory) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "its heap is elsewhere, and may not be read";
#endif
  for (const std::size_t length : {13, 60}) {
    // Made here, and on the stack: the program has it nowhere else.
    std::array<char, 60> secret{};
    for (std::size_t i = 0; i < secret.size(); ++i)
      secret[i] = static_cast<char>('a' + (i * 7 + length) % 26);
    const std::string_view text(secret.data(), length);
    {
      Redactor redactor;
      redactor.Add(text);
      EXPECT_FALSE(redactor.Redacted("nothing of it").empty());
      EXPECT_GT(InHeap(text), 0U);
    }
    EXPECT_EQ(InHeap(text), 0U) << length;
  }
}

}  // namespace
}  // namespace loadctl::secrets
