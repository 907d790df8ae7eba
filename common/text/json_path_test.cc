// The paths' meaning is compared with k6's in tests/conformance/http_json_paths.js; here are the
// parts of it that must not depend on k6, and hostile input.
#include "common/text/json_path.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "common/text/json_path_parts.h"
#include "common/text/json_text.h"
#include "common/text/json_writer.h"

namespace loadctl::text {
namespace {

constexpr char kPeople[] =
    R"({"people": [{"name": "Ada", "age": 36, "tags": ["x", "y"]}, {"name": "Alan", "age": 41}],
        "a.b": 1, "empty": [], "text": "{\"n\":5}", "list": [1, [2, [3]]], "uni": "é\u00e9\ud83d\ude00"})";

std::string Find(std::string_view json, std::string_view path) {
  const auto found = FindByJsonPath(json, path);
  if (!found) return "error: " + found.error().message;
  return found->value_or("nothing");
}

TEST(JsonPath, FindsWhatThePathMeans) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"people.0.name", R"("Ada")"},
      {"people.#", "2"},
      {"people.#.age", "[36,41]"},
      {"people.#.absent", "[]"},
      {"people.#(age>40).name", R"("Alan")"},
      {"people.#(age>0)#.name", R"(["Ada","Alan"])"},
      {"people.#(name%\"A?a\").age", "36"},
      {"people.#(tags.#(=\"y\"))#.name", R"(["Ada"])"},
      {"people.#(age>50)", "nothing"},
      {"people.#(age>50)#", "[]"},
      {"p*.1.n?me", R"("Alan")"},
      {"a\\.b", "1"},
      {"people.#.name|0", R"("Ada")"},
      {"people|@reverse|0.name", R"("Alan")"},
      {"{first:people.0.name,people.#}", R"({"first":"Ada","_":2})"},
      {"[people.0.age,!true]", "[36,true]"},
      {"text.@fromstr.n", "5"},
      {"people.0.@keys", R"(["name","age","tags"])"},
      {"list.@flatten", "[1,2,[3]]"},
      {"list.@flatten:{\"deep\":true}", "[1,2,3]"},
      {"@dig:age", "[36,41]"},
      {"people.0.tags.@tostr", R"("[\"x\", \"y\"]")"},
      {"uni", "\"é\xc3\xa9\xf0\x9f\x98\x80\""},
      {"!nan", "NaN"},
      {"!-inf", "-Infinity"},
      {"people.0.name.more", "nothing"},
      {"people.9", "nothing"},
      {"people.99999999999999999999", "nothing"},
      {"empty.#", "0"},
      {"", "nothing"},
  };
  for (const auto& [path, expected] : cases) EXPECT_EQ(Find(kPeople, path), expected) << path;
}

TEST(JsonPath, ScalarsAndWhatIsNoJson) {
  EXPECT_EQ(Find("5", "@this"), "5");
  EXPECT_EQ(Find("5", "a"), "nothing");
  EXPECT_EQ(Find(" [1,2] ", "1"), "2");
  for (const char* broken :
       {"", "[", "{", "{\"a", "{\"a\":", "[1,", "\"", "]", "{]}", "[[[", "\\"}) {
    for (const char* path : {"a", "0", "#", "#.a", "*", "@reverse", "@flatten", "@join", "@pretty",
                             "@group", "@dig:a", "[0,1]", "#(a=1)#", "@fromstr", "..0"})
      (void)Find(broken, path);  // anything but a crash
  }
}

TEST(JsonPath, DeepNestingIsRefusedNotFollowed) {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  EXPECT_EQ(Find(deep, "@dig:a").rfind("error: ", 0), 0u);
  EXPECT_EQ(Find(deep, "@flatten:{\"deep\":true}").rfind("error: ", 0), 0u);
  EXPECT_EQ(Find(deep, "@pretty").rfind("error: ", 0), 0u);
  EXPECT_EQ(Find("\"" + deep + "\"", "@fromstr.0").rfind("error: ", 0), 0u);
  const std::string allowed = std::string(256, '[') + "7" + std::string(256, ']');
  EXPECT_EQ(Find(allowed, "@flatten:{\"deep\":true}"), "[7]");
  EXPECT_EQ(Find("[" + allowed + "]", "0").rfind("error: ", 0), 0u);
  std::string modifiers;
  for (int i = 0; i < 2000; ++i) modifiers += "@this|";
  EXPECT_EQ(Find("1", modifiers + "@this").rfind("error: ", 0), 0u);
}

TEST(JsonPath, ModifiersInModifiersEnd) {
  const std::string nested = std::string(100, '[') + std::string(100, ']');
  std::string path = "a";
  for (int i = 0; i < 8; ++i) path.insert(0, "@dig:");
  EXPECT_EQ(Find(nested, path), "error: the path takes too many steps through this JSON");
  EXPECT_EQ(Find(nested, "@dig:@dig:a").rfind("[[]", 0), 0u);
}

TEST(JsonPath, ShortPathsThatAskForTooMuchAreRefused) {
  constexpr char kRefused[] = "error: the path takes too many steps through this JSON";
  // What a fuzzer found: 56 bytes that ask for more steps than a year has seconds.
  EXPECT_EQ(Find("[[[[[[[{\"a\":[@dig:[[[[[[[[[[[[[[[[",
                 "@dig:@dig:@dig:@dig:@dig:@dig:@dig:@dig:@dig:@dig:a"),
            kRefused);
  std::string doubled = "[@this,@this]", each = "#";
  for (int i = 0; i < 40; ++i) doubled += "|[@this,@this]";
  EXPECT_EQ(Find("{\"a\":1}", doubled), kRefused);
  std::string stars;
  for (int i = 0; i < 20'000; ++i) stars += "*a";
  EXPECT_EQ(Find("{\"" + std::string(400'000, 'a') + "\":1}", stars + "b"), kRefused);
  std::string list = "[0";
  for (int i = 0; i < 100'000; ++i) list += ",{}";
  EXPECT_EQ(Find(list + "]", "#." + std::string(10'000, 'a')), kRefused);
}

TEST(JsonPath, ABudgetIsSpentOnce) {
  Budget small(0);
  EXPECT_TRUE(small.Spend(std::size_t{1} << 24));
  EXPECT_FALSE(small.Spend(1));
  EXPECT_FALSE(small.Spend(0));
  EXPECT_TRUE(small.spent());
  // Some seconds of work at most, and what a path of several parts takes through the largest body.
  for (const std::size_t size :
       {std::size_t{1} << 10, std::size_t{1} << 23, std::size_t{1} << 29}) {
    Budget budget(size);
    EXPECT_TRUE(budget.Spend(8 * size));
    EXPECT_FALSE(budget.Spend(std::size_t{1} << 32));
  }
}

TEST(JsonPath, ModifiersLookAtNothingWithoutABudget) {
  const std::string json = "[[1,[2,{\"a\":3}]],[4]]";
  for (const char* name : {"dig", "flatten", "pretty"}) {
    Budget budget(0);
    budget.Spend(std::size_t{1} << 30);
    int looks = 0;
    const Get get = [&](std::string_view, std::string_view) {
      ++looks;
      return std::optional<std::string>();
    };
    EXPECT_FALSE(Modify(name, json, "a", get, budget)) << name;
    EXPECT_LE(looks, 1) << name;
  }
}

TEST(JsonPath, PatternsWithManyStarsEnd) {
  const std::string json = "{\"" + std::string(20'000, 'a') + "\":1}";
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT_EQ(Find(json, pattern + "b"), "nothing");
  EXPECT_EQ(Find(json, pattern), "1");
}

TEST(JsonText, KnowsValidFromInvalid) {
  for (const char* valid : {"0", "-0.5e+3", "\"a\\u00e9\\n\"", "[]", " {\"a\" : [1,{}, null] } ",
                            "[[],[[]]]", "true"}) {
    EXPECT_TRUE(IsValid(valid)) << valid;
  }
  for (const char* invalid :
       {"", "01x", "[1,]", "{\"a\":1,}", "{a:1}", "[1 2]", "\"\x01\"", "\"\\x\"", "nul", "1.", "1e",
        "[", "]", "{\"a\"}", "[1]]", "\"\\u12g4\"", "+1", "--1", "{\"a\":}"}) {
    EXPECT_FALSE(IsValid(invalid)) << invalid;
  }
  EXPECT_TRUE(IsValid(std::string(100'000, '[') + std::string(100'000, ']')));
}

TEST(JsonText, QuotingAndUnquotingAreInverse) {
  for (const std::string text : {"", "a\"b\\c\n\t<&>", "\xe2\x80\xa8é\xf0\x9f\x98\x80", "\x01"}) {
    EXPECT_EQ(Unquote(JsonString(text, JsonEscapes::kGoHtml)), text);
    EXPECT_TRUE(IsValid(JsonString(text)));
  }
  EXPECT_EQ(Unquote("\"\\ud800x\""), "\xef\xbf\xbdx");
}

}  // namespace
}  // namespace loadctl::text
