#include "common/text/json_value.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <random>
#include <string>

namespace loadctl::text {
namespace {

namespace json = boost::json;

std::string Digits(double value) {
  char text[64];
  return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

TEST(ReadJson, EveryDoubleIsTheOneThatIsWritten) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> mantissa(1, 10);
  std::uniform_int_distribution<int> exponent(-300, 300);
  for (int i = 0; i < 20000; ++i) {
    const std::string text = Digits(mantissa(random)) + "e" + std::to_string(exponent(random));
    double wanted = 0;
    std::from_chars(text.data(), text.data() + text.size(), wanted);
    boost::system::error_code error;
    const json::value read = ReadJson("[" + text + "]", error);
    ASSERT_FALSE(error) << text;
    ASSERT_EQ(read.get_array().at(0).to_number<double>(), wanted) << text;
  }
}

TEST(ReadJson, AllElseIsAsBoostReadsIt) {
  for (
      const std::string text :
      {R"({"a":[1,-2,18446744073709551615,1.5,1e999,-0.0,true,false,null,"\u00e9\n\ud83d\ude00"],"a":{}})",
       "[]", "\"x\"", " 5 ", "1e", "[1,]", "{\"a\"}", "", "[1] x", "nul", "\"\\x\"",
       "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"}) {
    boost::system::error_code ours, theirs;
    const json::value read = ReadJson(text, ours);
    const json::value expected = json::parse(text, theirs);
    EXPECT_EQ(ours, theirs) << text;
    if (!theirs) {
      EXPECT_EQ(json::serialize(read), json::serialize(expected)) << text;
    }
  }
}

}  // namespace
}  // namespace loadctl::text
