// Natives: what converts from and to a script, and what does not fit.
#include "agent/js/native.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "agent/vu/later.h"
#include "agent/vu/vu_test_world.h"

namespace loadctl::vu {
namespace {

struct Point {
  double x = 1, y = 2;
  std::vector<std::string> names;
};

std::string Kinds(bool flag, std::int64_t whole, double number, std::string_view text) {
  return (flag ? "yes " : "no ") + std::to_string(whole) + " " + std::to_string(number) + " " +
         std::string(text);
}
std::int32_t Narrow(std::int32_t number) { return number; }
std::uint64_t Unsigned(std::uint64_t number) { return number; }
std::string Maybe(std::optional<std::string_view> text, std::optional<double> number) {
  return (text ? std::string(*text) : "-") + (number ? "+" : "-");
}
js::Pairs Reverse(js::Pairs pairs) { return {pairs.rbegin(), pairs.rend()}; }
Point Move(Point point, double by) {
  point.x += by;
  return point;
}
std::size_t Size(js::Data data) { return data.bytes.size(); }
js::Bytes Same(js::Data data) { return {std::string(data.bytes)}; }
std::string_view Text(js::Data data) { return data.bytes; }
Result<double> Half(double number) {
  if (number < 0) return Fail("no half of less than nothing");
  return number / 2;
}
js::Outcome<void> Range() {
  return tl::unexpected(js::Thrown{js::ErrorKind::kRangeError, "too far"});
}
js::Held<int> Box(int number) { return js::Hold(number); }
int Open(js::Held<int> box) { return *box; }
js::Held<std::string> Letter(std::string text) { return js::Hold(std::move(text)); }
Promise Nap(Vu& vu, std::string name) {
  return Beside(vu, [&vu, name](net::Parker& parker) {
    vu.loop().Post([&parker] { parker.Unpark(); });
    parker.Park();
    return name;
  });
}
std::int64_t WhoCalls(Vu& vu, double) { return vu.numbers().in_test; }

class Counter {
 public:
  int Next() { return ++count_; }

 private:
  int count_ = 0;
};

}  // namespace
}  // namespace loadctl::vu

template <>
struct loadctl::js::Members<loadctl::vu::Point> {
  static constexpr std::tuple list{Member{"x", &vu::Point::x}, Member{"y", &vu::Point::y},
                                   Member{"names", &vu::Point::names}};
};

namespace loadctl::vu {
namespace {

/// What `expression` over the natives gives in an iteration, as JSON; an exception as its text.
class NativesWorld : public World {
 public:
  explicit NativesWorld(const std::string& expression)
      : World(
            "import n from 'k6/natives'; export default async function () {"
            "const attempt = (f) => { try { return f(); } catch (e) { return String(e); } };"
            "throw JSON.stringify(await (" +
            expression + ")); }") {
    program.modules.push_back(
        {"k6/natives",
         "import * as all from 'loadctl:k6/natives'; export default all;",
         {js::Native<&Kinds>("kinds"),         js::Native<&Narrow>("narrow"),
          js::Native<&Unsigned>("unsigned"),   js::Native<&Maybe>("maybe"),
          js::Native<&Reverse>("reverse"),     js::Native<&Move>("move"),
          js::Native<&Size>("size"),           js::Native<&Same>("same"),
          js::Native<&Text>("text"),           js::Native<&Half>("half"),
          js::Native<&Range>("range"),         js::Native<&Box>("box"),
          js::Native<&Open>("open"),           js::Native<&Letter>("letter"),
          js::Native<&WhoCalls>("whoCalls"),   js::Native<&Nap>("nap"),
          OffloadedNative<&Half>("halfLater"), OffloadedNative<&Size>("sizeLater"),
          js::Native<&Counter::Next>("next"),  js::Constant("NINE", 9)}});
  }
};

/// The JSON text that an iteration threw.
std::string Shown(NativesWorld& world, Vu& vu) {
  std::string error = world.Iterate(vu).error;
  constexpr std::string_view kPrefix = "Uncaught (in promise) ";
  if (error.starts_with(kPrefix)) error.erase(0, kPrefix.size());
  return error.substr(0, error.find('\n'));
}

std::string Of(const std::string& expression) {
  NativesWorld world(expression);
  return Shown(world, world.Ready());
}

TEST(Native, ArgumentsHaveTheTypesOfTheFunction) {
  EXPECT_EQ(Of("n.kinds(true, 5.9, 0.5, 'a\\u20ac')"), "\"yes 5 0.500000 a\xe2\x82\xac\"");
  EXPECT_EQ(Of("[n.maybe(), n.maybe(null, 1), n.maybe('x', undefined)]"), R"(["--","-+","x-"])");
  EXPECT_EQ(Of("n.reverse(['a', '1', 'b', '2'])"), R"(["b","2","a","1"])");
  EXPECT_EQ(Of("n.NINE"), "9");
}

TEST(Native, NumbersAreBoundedByTheTypeTheyGoTo) {
  EXPECT_EQ(Of("[n.narrow(2147483647), n.narrow(-2147483648), n.narrow(NaN)]"),
            "[2147483647,-2147483648,0]");
  EXPECT_EQ(Of("attempt(() => n.narrow(2147483648))"),
            R"("TypeError: argument 1 must be a whole number in range")");
  EXPECT_EQ(Of("[n.kinds(true, 1e300, 1, ''), n.unsigned(-1)]"),
            R"(["yes 9223372036854775807 1.000000 ",0])");
}

TEST(Native, WhatDoesNotFitIsATypeError) {
  EXPECT_EQ(Of("attempt(() => n.kinds(true, 5, 0.5, {}))"),
            R"("TypeError: argument 4 must be a string")");
  EXPECT_EQ(Of("attempt(() => n.kinds(true))"),
            R"("TypeError: argument 2 must be a whole number in range")");
  EXPECT_EQ(Of("attempt(() => n.narrow(1, 2))"),
            R"("TypeError: 2 arguments were given, but 1 are taken")");
  EXPECT_EQ(Of("attempt(() => n.reverse(['a', 1]))"),
            R"("TypeError: argument 1 must be an array of names and values")");
}

TEST(Native, StructsAreObjects) {
  EXPECT_EQ(Of("n.move({ x: 5, names: ['p', 'q'] }, 2)"), R"({"x":7,"y":2,"names":["p","q"]})");
  EXPECT_EQ(Of("attempt(() => n.move({ x: 'far' }, 2))"),
            R"("TypeError: argument 1 must be an object with the right members")");
}

TEST(Native, ErrorsAreThrown) {
  EXPECT_EQ(Of("[n.half(3), attempt(() => n.half(-1)), attempt(() => n.range())]"),
            R"([1.5,"GoError: no half of less than nothing","RangeError: too far"])");
}

TEST(Native, OnlyAnObjectThatHoldsTheTypePassesForAHandle) {
  EXPECT_EQ(Of("n.open(n.box(7))"), "7");
  for (const char* other : {"n.letter('x')", "new ArrayBuffer(16)", "new ArrayBuffer(1)",
                            "new Uint8Array(16)", "{}", "null", "7"}) {
    EXPECT_EQ(Of("attempt(() => n.open(" + std::string(other) + "))"),
              R"("TypeError: argument 1 must be an object of the module's own")")
        << other;
  }
}

TEST(Native, TheVuThatCallsIsFoundAtTheCall) {
  NativesWorld world("[n.whoCalls(0), n.next(), n.next()]");
  Vu& first = world.Ready(2);
  Vu& second = world.Ready(2);
  EXPECT_EQ(Shown(world, first), "[1,1,2]");
  EXPECT_EQ(Shown(world, second), "[2,1,2]");
  EXPECT_EQ(Shown(world, first), "[1,3,4]");
}

TEST(Native, PromisesAreSettledByWhatRunsBesideTheScript) {
  EXPECT_EQ(Of("Promise.all([n.nap('a'), n.nap('b')])"), R"(["a","b"])");
  EXPECT_EQ(Of("n.halfLater(-1).catch(String)"), R"("GoError: no half of less than nothing")");
  EXPECT_EQ(Of("attempt(() => n.halfLater('x'))"), R"("TypeError: argument 1 must be a number")");
}

TEST(Native, WhatComputesLongRunsOnAnotherThread) {
  NativesWorld world("Promise.all([n.halfLater(3), n.sizeLater(new Uint8Array(5))])");
  std::vector<std::thread> threads;
  world.program.offload = [&](std::function<void()> work) {
    threads.emplace_back(std::move(work));
  };
  EXPECT_EQ(Shown(world, world.Ready()), "[1.5,5]");
  EXPECT_EQ(threads.size(), 2u);
  for (auto& thread : threads) thread.join();
}

TEST(Native, TextThatIsNoUtf8KeepsItsBytesWhileItIsPassedOn) {
  // One U+FFFD a byte, as in k6; the bytes come back wherever bytes are taken.
  EXPECT_EQ(Of("(() => { const t = n.text(new Uint8Array([0x66, 0xff, 0xc3, 0x28, 0x80])); return "
               "[t, t.length, n.size(t), Array.from(new Uint8Array(n.same([t].map(String)[0])))];"
               "})()"),
            "[\"f\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\",5,5,[102,255,195,40,128]]");
  // What the script makes of it is text.
  EXPECT_EQ(Of("n.size(n.text(new Uint8Array([0xff])) + 'x')"), "4");
  EXPECT_EQ(Of("n.maybe(n.text(new Uint8Array([0xff])))"), "\"\xef\xbf\xbd-\"");
  EXPECT_EQ(Of("n.text(new Uint8Array([0xf0, 0x9f, 0x98, 0x80, 0xff])).length"), "3");
  // Used as a key, it still knows them.
  EXPECT_EQ(Of("(() => { const t = n.text(new Uint8Array([0xff])); const o = {}; o[t] = t;"
               "return n.size(o[t]); })()"),
            "1");
}

}  // namespace
}  // namespace loadctl::vu
