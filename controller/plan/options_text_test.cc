// What `inspect` and archives print; scripts/compare_commands compares all of it with k6's bytes.
#include "controller/plan/options_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadctl::plan {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct Given {
  std::string script;
  std::vector<std::string> flags = {};
  std::string file = {};
};

std::string Printed(const Given& given, Result<std::string> (*print)(const PlanInputs&)) {
  std::vector<std::string> flags = given.flags;
  flags.emplace_back("a.js");
  const auto line = ParseCommandLine(Command::kArchive, flags).value();
  const std::vector<std::string> exports = {"default"};
  const ConfigFile file{"c.json", given.file};
  const auto text = print(
      {given.script, exports, Environment{}, line, "0.1.0", given.file.empty() ? nullptr : &file});
  return text ? *text : "error: " + text.error().message;
}

std::string Script(const std::string& options) { return Printed({options}, ScriptOptionsText); }

TEST(OptionsText, HasEveryKeyInTheOrderOfK6) {
  const std::string text = Script("");
  EXPECT_THAT(text,
              StartsWith("{\n  \"paused\": null,\n  \"vus\": null,\n  \"duration\": null,\n  "
                         "\"iterations\": null,\n  \"stages\": null,\n  \"scenarios\": null,"));
  EXPECT_THAT(text, HasSubstr("\"dns\": {\n    \"ttl\": null,\n    \"select\": null,\n    "
                              "\"policy\": null\n  },\n  \"maxRedirects\": null,"));
  EXPECT_THAT(text, testing::EndsWith("\"discardResponseBodies\": null,\n  \"features\": null\n}"));
  EXPECT_THAT(text, Not(HasSubstr("cloud")));
}

/// Each as k6 2.2 prints it.
TEST(OptionsText, PrintsValuesAsK6Does) {
  for (const auto& [options, printed] : std::vector<std::pair<std::string, std::string>>{
           {R"({"duration":90000,"setupTimeout":"1d12h"})", "\"duration\": \"1m30s\""},
           {R"({"setupTimeout":"1d12h"})", "\"setupTimeout\": \"36h0m0s\""},
           {R"({"batch":"5"})", "\"batch\": 5"},
           {R"({"stages":[{"target":3}]})",
            "\"stages\": [\n    {\n      \"duration\": null,\n      \"target\": 3\n    }\n  ]"},
           {R"({"tlsVersion":"tls1.2"})", "{\n    \"min\": \"tls1.2\",\n    \"max\": \"tls1.2\""},
           {R"({"tlsVersion":{"max":"tls1.2"}})", "{\n    \"min\": \"\",\n    \"max\": \"tls1.2\""},
           {R"({"tlsCipherSuites":[]})", "\"tlsCipherSuites\": null"},
           {R"({"hosts":{"Z":"::1","a":"1.2.3.4:5"}})",
            "{\n    \"a\": \"1.2.3.4:5\",\n    \"z\": \"::1\"\n  }"},
           {R"({"blacklistIPs":["10.9.0.5/8","fe80::1:2/32"]})",
            "\"10.0.0.0/8\",\n    \"fe80::/32\""},
           {R"({"systemTags":["vu","url","nonsense"]})", "[\n    \"url\",\n    \"vu\"\n  ]"},
           {R"({"systemTags":[]})", "\"systemTags\": null"},
           {R"({"tags":{"b":"1","a":"<&>"}})",
            "{\n    \"a\": \"\\u003c\\u0026\\u003e\",\n    \"b\": \"1\"\n  }"},
           {R"({"executionSegment":"25%","executionSegmentSequence":"0,0.25,1"})",
            "\"executionSegment\": \"0:1/4\",\n  \"executionSegmentSequence\": \"0,1/4,1\""},
           {R"({"cloud":{"b":1e21,"a":[]}})",
            "\"cloud\": {\n    \"a\": [],\n    \"b\": 1e+21\n  },\n  \"ext\": null"},
           {R"({"thresholds":{"b":["rate>0.5",{"threshold":"count<9","delayAbortEval":"1s"}]}})",
            "\"b\": [\n      \"rate\\u003e0.5\",\n      \"count\\u003c9\"\n    ]"},
           {R"({"thresholds":{"b":[{"threshold":"a","abortOnFail":true}]}})",
            "\"abortOnFail\": true,\n        \"delayAbortEval\": null"},
           {R"({"thresholds":{"b":[{"threshold":"a","abortOnFail":true,"delayAbortEval":0}]}})",
            "\"delayAbortEval\": \"0s\""},
           {R"({"scenarios":{"b":{"executor":"constant-vus","VUS":"2","exec":"f"}}})",
            "\"executor\": \"constant-vus\",\n      \"startTime\": null,\n      \"gracefulStop\": "
            "null,\n      \"env\": null,\n      \"exec\": \"f\",\n      \"tags\": null,\n      "
            "\"vus\": 2,\n      \"duration\": null\n    }"}}) {
    EXPECT_THAT(Script(options), HasSubstr(printed)) << options;
  }
  EXPECT_THAT(Script(R"({"vus":"x"})"),
              HasSubstr("error: option vus of the script wants a whole number: strconv.ParseInt"));
}

TEST(OptionsText, OfAnArchiveIsOfAllLayers) {
  const std::string text = Printed({R"({"vus":2,"stages":[{"target":3}],"batch":1})",
                                    {"-i", "7", "--rps", "5"},
                                    R"({"tags":{"f":"1"}})"},
                                   ArchiveOptionsText);
  for (const char* part : {"\"vus\":2", "\"iterations\":7", "\"stages\":null", "\"batch\":1",
                           "\"rps\":5", "\"scenarios\":null", "\"tags\":{\"f\":\"1\"}",
                           "\"summaryTrendStats\":[\"avg\",", "\"systemTags\":[\"check\","}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(OptionsText, OfRequirementsTurnsShortcutsIntoTheDefaultScenario) {
  const std::vector<std::string> args = {"a.js"};
  const auto line = ParseCommandLine(Command::kInspect, args).value();
  const std::vector<std::string> exports = {"default"};
  const auto text = [&](std::string_view script) {
    const PlanInputs inputs{script, exports, Environment{}, line, "0.1.0"};
    return RequirementsText(MakePlan(inputs).value());
  };
  const std::string vus = text(R"({"vus":3})");
  EXPECT_THAT(vus, HasSubstr("\n  \"iterations\": 3,"));
  EXPECT_THAT(vus, HasSubstr("\"executor\": \"shared-iterations\""));
  EXPECT_THAT(vus, testing::EndsWith("\"totalDuration\": \"10m30s\",\n  \"maxVUs\": 3\n}"));
  EXPECT_THAT(text(R"({"vus":2,"duration":"5s"})"),
              testing::EndsWith("\"totalDuration\": \"35s\",\n  \"maxVUs\": 2\n}"));
  EXPECT_THAT(text(""), HasSubstr("\"default\": {\n      \"executor\": \"per-vu-iterations\""));
  EXPECT_THAT(text(R"({"scenarios":{"default":{"executor":"constant-vus","duration":"2s"}}})"),
              HasSubstr("\"gracefulStop\": null,\n      \"env\": null"));
}

}  // namespace
}  // namespace loadctl::plan
