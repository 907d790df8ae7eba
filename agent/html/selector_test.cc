// What selectors find: the numbers are k6's (testdata/README.md).
#include "agent/html/selector.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "agent/html/traverse.h"

namespace loadctl::html {
namespace {

std::string Read(const std::string& path) {
  std::ifstream in("agent/html/testdata/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::size_t Count(const Tree& tree, std::string_view selector) {
  const auto compiled = Selector::Parse(selector);
  return compiled ? Find(tree, {0}, *compiled, false).size() : 0;
}

std::string MustParse(const std::string& html) {
  const auto bytes = Parse(html);
  EXPECT_TRUE(bytes);
  return bytes.value_or("");
}

TEST(Selector, FindsWhatK6Finds) {
  const std::string bytes = MustParse(Read("selectors.html"));
  const Tree tree(bytes);
  std::ifstream in("agent/html/testdata/selectors.tsv", std::ios::binary);
  int count = 0;
  for (std::string line; std::getline(in, line); ++count) {
    const std::size_t tab = line.find('\t');
    EXPECT_EQ(std::to_string(Count(tree, line.substr(tab + 1))), line.substr(0, tab)) << line;
  }
  EXPECT_GE(count, 200);
}

TEST(Selector, LooksAtEachAncestorOnce) {
  std::string html;
  for (int i = 0; i < 500; ++i) html += "<div>";
  const std::string bytes = MustParse(html);
  // All ways to place eight of 500 would take longer than the universe is old.
  EXPECT_EQ(Count(Tree(bytes), "p div div div div div div div div"), 0U);
  EXPECT_EQ(Count(Tree(bytes), "div div div div div div div div"), 493U);
}

TEST(Selector, LooksBelowEachNodeOnce) {
  std::string html;
  for (int i = 0; i < 500; ++i) html += "<div>word";
  const std::string bytes = MustParse(html);
  // By itself each `:has()` takes all below a node for each node.
  EXPECT_EQ(Count(Tree(bytes), ":has(:has(:has(:has(:has(p))))) * *"), 0U);
  EXPECT_EQ(Count(Tree(bytes), "div:has(:has(:has(:has(:has(div)))))"), 495U);
  EXPECT_EQ(Count(Tree(bytes), "div:has(:not(:has(:not(:has(:not(:has(div)))))))"), 499U);
  EXPECT_EQ(Count(Tree(bytes), ":has(:has(:contains(none))) *"), 0U);
}

TEST(Selector, BoundsItsSize) {
  std::string many = "a", deep;
  for (int i = 0; i < 300; ++i) many += " a";
  for (int i = 0; i < 100; ++i) deep += ":not(";
  EXPECT_FALSE(Selector::Parse(many));
  EXPECT_FALSE(Selector::Parse(deep + "a" + std::string(100, ')')));
}

TEST(Tree, RendersWhatItParsed) {
  const auto html = [](const std::string& text) { return Tree(MustParse(text)).InnerHtml(0); };
  EXPECT_EQ(html("<!doctype html><p a='1' b=\"&amp;<\">x &lt; y<br>"),
            "<!DOCTYPE html><html><head></head><body><p a=\"1\" b=\"&amp;&lt;\">x &lt; "
            "y<br/></p></body></html>");
  EXPECT_EQ(html("<script>a < b</script>"),
            "<html><head><script>a < b</script></head><body></body></html>");
  EXPECT_EQ(html("<pre>\n\nx</pre>"), "<html><head></head><body><pre>\n\nx</pre></body></html>");
}

TEST(Parse, RefusesWhatK6Refuses) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<div>";
  const auto parsed = Parse(deep);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, "html: open stack of elements exceeds 512 nodes");
}

TEST(Parse, BoundsDocumentsThatGrow) {
  // Each paragraph opens five hundred elements again.
  std::string html = "<p>";
  for (int i = 0; i < 500; ++i) html += "<b i=" + std::to_string(i) + ">";
  for (int i = 0; i < 20'000; ++i) html += "<p>x";
  const auto parsed = Parse(html);
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().message.find("nodes"), std::string::npos);
}

TEST(Parse, TakesTimeInProportion) {
  // Text in a table goes before it, piece by piece; attributes of <html> come from everywhere.
  std::string text = "<table>", attributes;
  for (int i = 0; i < 200'000; ++i) text += "a<tr>";
  for (int i = 0; i < 100'000; ++i) attributes += "<html a" + std::to_string(i) + "><b" + "></b>";
  EXPECT_TRUE(Parse(text));
  const std::string bytes = MustParse(attributes);
  EXPECT_EQ(Tree(bytes).AttributesOf(1).size(), 100'000U);
}

}  // namespace
}  // namespace loadctl::html
