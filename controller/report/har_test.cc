#include "controller/report/har.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <limits>

namespace loadctl::report {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::Not;

json::object Read(const HarLog& log) {
  return json::parse(log.Text("1.2.3")).as_object()["log"].as_object();
}

v1::HttpExchange Exchange() {
  v1::HttpExchange one;
  one.set_unix_ns(1'600'000'000'123'000'000);
  one.set_method("POST");
  one.set_url("https://me:pw@h.test/p?a=1&access_token=abc");
  one.set_request_version("HTTP/1.1");
  for (const char* text : {"Authorization", "Basic eA==", "Content-Type", "application/json",
                           "Cookie", "sid=1; lang=de"})
    one.add_request_fields(text);
  one.set_request_body(R"({"user":"me","password":"pw"})");
  one.set_request_size(one.request_body().size());
  one.set_status(200);
  one.set_status_text("OK");
  one.set_version("HTTP/1.1");
  for (const char* text : {"Set-Cookie", "sid=2; Path=/", "content-type", "text/plain"})
    one.add_fields(text);
  one.set_body("hello");
  one.set_size(5);
  one.set_blocked_ns(10'000'000);
  one.set_connecting_ns(2'000'000);
  one.set_tls_handshaking_ns(3'000'000);
  one.set_waiting_ns(7'000'000);
  return one;
}

TEST(Har, HasARequestAndItsAnswer) {
  HarLog log;
  log.Add(Exchange());
  const json::object read = Read(log);
  EXPECT_EQ(read.at("version"), "1.2");
  EXPECT_EQ(read.at("creator").at("version"), "1.2.3");
  const json::value& entry = read.at("entries").at(0);
  EXPECT_EQ(entry.at("startedDateTime"), "2020-09-13T12:26:40.123Z");
  EXPECT_EQ(entry.at("time").to_number<double>(), 17);
  EXPECT_EQ(entry.at("request").at("method"), "POST");
  EXPECT_EQ(entry.at("request").at("queryString").at(0).at("value"), "1");
  EXPECT_EQ(entry.at("request").at("cookies").as_array().size(), 2);
  EXPECT_EQ(entry.at("response").at("status").to_number<int>(), 200);
  EXPECT_EQ(entry.at("response").at("content").at("text"), "hello");
  const json::value& timings = entry.at("timings");
  EXPECT_EQ(timings.at("blocked").to_number<double>(), 5);
  EXPECT_EQ(timings.at("connect").to_number<double>(), 5);
  EXPECT_EQ(timings.at("ssl").to_number<double>(), 3);
  EXPECT_EQ(timings.at("dns").to_number<double>(), -1);
  EXPECT_EQ(timings.at("wait").to_number<double>(), 7);
}

TEST(Har, HoldsNothingThatLetsSomebodyIn) {
  HarLog log;
  log.Add(Exchange());
  const std::string text = log.Text("1");
  for (const char* secret : {"me:pw", "abc", "eA==", "sid=", "\"pw"})
    EXPECT_THAT(text, Not(HasSubstr(secret)));
  EXPECT_THAT(text, HasSubstr(R"("https://***@h.test/p?a=1&access_token=***")"));
  EXPECT_THAT(text, HasSubstr(R"({\"user\":\"me\",\"password\":\"***\"})"));
}

TEST(Har, NamesOfCredentialsAreKnownInEachSpelling) {
  for (const char* name : {"Authorization", "X-Api-Key", "api_key", "refreshToken", "PASSWORD",
                           "Set-Cookie", "x-amz-signature", "client.secret"})
    EXPECT_TRUE(IsCredential(name)) << name;
  for (const char* name : {"Accept", "key", "author", "user", ""})
    EXPECT_FALSE(IsCredential(name)) << name;
}

TEST(Har, MasksStayInTheirForm) {
  EXPECT_EQ(MaskedForm("a=1&token=x&b&secret=&c=3"), "a=1&token=***&b&secret=***&c=3");
  EXPECT_EQ(MaskedUrl("http://h/p@q?x=@#token=1"), "http://h/p@q?x=@#token=***");
  EXPECT_EQ(MaskedUrl("/p#access_token=1&a=2"), "/p#access_token=***&a=2");
  EXPECT_EQ(MaskedUrl("/p#top?token=1"), "/p#top?token=***");
  EXPECT_EQ(MaskedUrl("/p#"), "/p#");
  EXPECT_EQ(MaskedUrl("/p?password=1#f"), "/p?password=***#f");
  EXPECT_EQ(MaskedJson(R"({"token" : 12, "a":["token"], "secret":{"x":1}, "pwd":"a\"b", "z":1})"),
            R"({"token" : "***", "a":["token"], "secret":{"x":1}, "pwd":"***", "z":1})");
  EXPECT_EQ(MaskedJson(R"({"token":"cut)"), R"({"token":"***")");
  EXPECT_EQ(MaskedJson(R"({"token":)"), R"({"token":)");
  EXPECT_EQ(MaskedJson("no \" json"), "no \" json");
}

TEST(Har, UrlsInHeadersAreMaskedAsOthers) {
  EXPECT_EQ(MaskedHeader("location", "/done?token=a&x=1"), "/done?token=***&x=1");
  EXPECT_EQ(MaskedHeader("Referer", "http://u:p@h/?api_key=K"), "http://***@h/?api_key=***");
  EXPECT_EQ(MaskedHeader("X-Api-Key", "K"), "***");
  EXPECT_EQ(MaskedHeader("X-Thing", "/done?token=a"), "/done?token=a");
}

TEST(Har, FieldsOfMultipartBodiesAreMasked) {
  const auto part = [](const std::string& name, const std::string& value) {
    return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
  };
  EXPECT_EQ(
      MaskedMultipart(part("user", "me") + part("password", "p\r\nw") + part("z", "1") + "--b--"),
      part("user", "me") + part("password", "***") + part("z", "1") + "--b--");
  EXPECT_EQ(MaskedMultipart("x; name=\"token\"\r\n\r\ncut"), "x; name=\"token\"\r\n\r\n***");
  EXPECT_EQ(MaskedMultipart("name=\"token"), "name=\"token");
  EXPECT_EQ(MaskedMultipart("no parts"), "no parts");
}

TEST(Har, TakesWhateverAnAgentSays) {
  HarLog log;
  v1::HttpExchange odd;
  odd.set_unix_ns(std::numeric_limits<std::int64_t>::min());
  odd.set_connecting_ns(std::numeric_limits<std::int64_t>::max());
  odd.set_tls_handshaking_ns(std::numeric_limits<std::int64_t>::max());
  odd.set_body(std::string("\xff\x00", 2));
  odd.set_size(2);
  odd.add_fields("alone");
  odd.set_last(true);
  log.Add(odd);
  log.Add(Exchange());
  const json::object read = Read(log);
  EXPECT_TRUE(log.cut());
  EXPECT_THAT(std::string(read.at("comment").as_string()), HasSubstr("1,000 requests"));
  EXPECT_EQ(read.at("entries").at(0).at("response").at("content").at("encoding"), "base64");
  EXPECT_EQ(read.at("entries").as_array().size(), 2);
}

}  // namespace
}  // namespace loadctl::report
