#include "controller/bundle/import_map.h"

#include <gtest/gtest.h>

namespace loadctl::controller {
namespace {

constexpr char kUrl[] = "file:///test/maps/import_map.json";

ImportMap MustParse(const std::string& json) {
  auto map = ImportMap::Parse(json, kUrl);
  EXPECT_TRUE(map) << (map ? "" : map.error().message);
  return std::move(*map);
}

std::string Find(const ImportMap& map, const std::string& specifier,
                 const std::string& by_name = "",
                 const std::string& referrer = "file:///test/script.js") {
  const auto found = map.Find(specifier, by_name, referrer);
  if (!found) return "fails: " + found.error().message;
  return found->value_or("nothing");
}

TEST(ImportMap, FindsNamesAndTheLongestPrefix) {
  const ImportMap map = MustParse(R"({"imports": {
      "utils": "../lib/utils.ts", "lib/": "../lib/", "lib/deep/": "/deep/", "web": "https://h/x.js",
      "./local.js": "./mock.js", "gone": null, "alias": "lodash"}})");
  EXPECT_EQ(Find(map, "utils"), "file:///test/lib/utils.ts");
  EXPECT_EQ(Find(map, "lib/a/b.js"), "file:///test/lib/a/b.js");
  EXPECT_EQ(Find(map, "lib/deep/c.js"), "file:///deep/c.js");
  EXPECT_EQ(Find(map, "web"), "https://h/x.js");
  EXPECT_EQ(Find(map, "alias"), "lodash");
  EXPECT_EQ(Find(map, "./maps/local.js", "file:///test/maps/local.js"),
            "file:///test/maps/mock.js");
  EXPECT_EQ(Find(map, "other"), "nothing");
  EXPECT_EQ(Find(map, "utils/x"), "nothing");
  EXPECT_EQ(Find(map, "gone"), "fails: the import map forbids \"gone\"");
}

TEST(ImportMap, ScopesComeFirst) {
  const ImportMap map = MustParse(R"({"imports": {"a": "/1.js"}, "scopes": {
      "/test/": {"a": "/2.js"}, "/test/inner/": {"a": "/3.js"}, "/test/one.js": {"a": "/4.js"}}})");
  EXPECT_EQ(Find(map, "a", "", "file:///other/x.js"), "file:///1.js");
  EXPECT_EQ(Find(map, "a", "", "file:///test/x.js"), "file:///2.js");
  EXPECT_EQ(Find(map, "a", "", "file:///test/inner/x.js"), "file:///3.js");
  EXPECT_EQ(Find(map, "a", "", "file:///test/one.js"), "file:///4.js");
}

TEST(ImportMap, NamesWhatIsWrong) {
  const auto why = [](const std::string& json) {
    const auto map = ImportMap::Parse(json, kUrl);
    return map ? "" : map.error().message;
  };
  EXPECT_NE(why("{").find("not JSON"), std::string::npos);
  EXPECT_NE(why("[]").find("must be an object"), std::string::npos);
  EXPECT_NE(why(R"({"imports": 1})").find("imports must be an object"), std::string::npos);
  EXPECT_NE(why(R"({"imports": {"a": 1}})").find("imports[\"a\"]"), std::string::npos);
  EXPECT_NE(why(R"({"imports": {"a/": "/b"}})").find("must end with /"), std::string::npos);
  EXPECT_NE(why(R"({"import": {}})").find("unknown member \"import\""), std::string::npos);
  EXPECT_NE(why(R"({"scopes": {"x": 1}})").find("scopes[\"x\"]"), std::string::npos);
}

}  // namespace
}  // namespace loadctl::controller
