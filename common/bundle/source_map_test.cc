#include "common/bundle/source_map.h"

#include <gtest/gtest.h>

namespace loadctl::bundle {
namespace {

// esbuild of "enum A { X = 1, Y }\nconst f = (a: number): string => `${a}`;\nconsole.log(f(A.Y));"
constexpr char kMap[] = R"({"version": 3, "sources": ["file:///a/b/a.ts"],
  "mappings": "AAAA,IAAK,IAAL,kBAAKA,OAAL;AAAS,EAAAA,MAAA,OAAI,KAAJ;AAAO,EAAAA,MAAA;AAAX,SAAAA;AAAA,GAAA;AACL,MAAM,IAAI,CAAC,MAAsB,GAAG,CAAC;AACrC,QAAQ,IAAI,EAAE,SAAG,CAAC;",
  "names": ["A"]})";

std::string At(const SourceMap& map, int line, int column) {
  const auto place = map.Find(line, column);
  if (!place) return "nowhere";
  return place->url + ":" + std::to_string(place->line) + ":" + std::to_string(place->column);
}

TEST(SourceMap, PlacesAreTheAuthors) {
  const auto map = SourceMap::Parse(kMap, "file:///a/b/a.ts");
  ASSERT_TRUE(map) << map.error().message;
  EXPECT_EQ(At(*map, 1, 1), "file:///a/b/a.ts:1:1");
  EXPECT_EQ(At(*map, 6, 1), "file:///a/b/a.ts:2:1");
  EXPECT_EQ(At(*map, 7, 9), "file:///a/b/a.ts:3:9");
  EXPECT_EQ(At(*map, 7, 10), "file:///a/b/a.ts:3:9");
  EXPECT_EQ(At(*map, 8, 1), "nowhere");
  EXPECT_EQ(At(*map, 99, 1), "nowhere");
}

TEST(SourceMap, SourcesAreRelativeToTheFileAndItsRoot) {
  const auto map = SourceMap::Parse(
      R"({"version":3,"sourceRoot":"src","sources":["../x.ts"],"mappings":"AAAA"})",
      "file:///d/out.js");
  ASSERT_TRUE(map);
  EXPECT_EQ(At(*map, 1, 5), "file:///d/x.ts:1:1");
}

TEST(SourceMap, BrokenOnesAreRefused) {
  for (const char* broken :
       {"", "[]", "{}", R"({"sources":[],"mappings":"AAAA"})",
        R"({"sources":["a"],"mappings":"A!"})", R"({"sources":["a"],"mappings":"AA"})",
        R"({"sources":["a"],"mappings":"AAAAAA"})", R"({"sources":["a"],"mappings":"D"})",
        R"({"sources":["a"],"mappings":"gggggggggggggB"})",
        R"({"sources":["a"],"mappings":"AACDD,AADAA,ADAAA"})"})
    EXPECT_FALSE(SourceMap::Parse(broken, "file:///a.js")) << broken;
}

}  // namespace
}  // namespace loadctl::bundle
