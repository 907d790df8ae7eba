// How what a script throws is described, where it is no plain error.
#include <gtest/gtest.h>

#include <string>

#include "agent/vu/vu_test_world.h"

namespace loadctl::vu {
namespace {

std::string Thrown(const std::string& body) {
  World world("export default async function () { " + body + " }");
  return world.Iterate(world.Ready()).error;
}
std::string Now(const std::string& body) {
  World world("export default function () {\n" + body + " }");
  return world.Iterate(world.Ready()).error;
}

TEST(Described, SymbolsByTheirDescription) {
  EXPECT_EQ(Now("throw Symbol('named');"), "named\n\tat default (file:///test.js:2:1)\n");
}

TEST(Described, ErrorsWithoutAStackHaveNoPlace) {
  EXPECT_EQ(Thrown("await Promise.any([Promise.reject(1), Promise.reject(2)]);"),
            "Uncaught (in promise) AggregateError: All promises were rejected\n");
}

TEST(Described, CausesFollow) {
  EXPECT_EQ(
      Now("throw new Error('outer', { cause: new TypeError('inner', { cause: 'a text' }) });"),
      "Error: outer\n\tat default (file:///test.js:2:7)\n"
      "caused by TypeError: inner\n\tat default (file:///test.js:2:35)\n"
      "caused by a text\n");
  EXPECT_EQ(Now("const e = new Error('mine'); e.cause = e; throw e;").size(),
            9 * std::string("Error: mine\n\tat default (file:///test.js:2:11)\n").size() +
                8 * std::string("caused by ").size())
      << "a circle ends";
  EXPECT_EQ(Now("throw Object.defineProperty(new Error('m'), 'cause', { get() { throw 1; } });"),
            "Error: m\n\tat default (file:///test.js:2:29)\n");
}

TEST(Described, AScriptThatIsNoUtf8IsRefusedWithItsPlace) {
  World world("export default () => {};\n// \xC3\xA9\nconst text = '\xFF';");
  const auto made = world.Make().Init(TimePoint::max());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message, "file:///test.js: Line 3:15 Invalid UTF-8 character");
}

}  // namespace
}  // namespace loadctl::vu
