// Every option, from every place it can be given at: a wrong value is refused, and the message
// names the option, the place and what is accepted there. The texts of k6 before that are in
// plan_test.cc, command_line_test.cc and config_file_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "controller/plan/plan.h"

namespace loadctl::plan {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

/// A value that is wrong for the type, as JSON and as text; nullopt: there is none.
std::optional<std::string> WrongJson(const Setting& setting) {
  switch (setting.type) {
    case ValueType::kBool:
      return "\"yes\"";
    case ValueType::kInt:
      return "\"many\"";
    case ValueType::kString:
      return "5";
    case ValueType::kDuration:
      return "\"soon\"";
    case ValueType::kStringList:
    case ValueType::kStringArray:
      return "\"a\"";
    case ValueType::kTags:
      return "[1]";
    case ValueType::kDns:
      return R"({"select":"x"})";
    case ValueType::kStages:
      return "5";
    default:
      return std::nullopt;
  }
}

std::optional<std::string> WrongText(const Setting& setting) {
  switch (setting.type) {
    case ValueType::kBool:
      return "yes";
    case ValueType::kInt:
      return "many";
    case ValueType::kDuration:
      return "soon";
    case ValueType::kTags:
      return "x";
    case ValueType::kDns:
      return "x";
    case ValueType::kStages:
      return "x";
    default:
      if (setting.key == "executionSegment" || setting.key == "executionSegmentSequence")
        return "x";
      return std::nullopt;
  }
}

std::string ErrorOf(const std::string& script, const std::string& file,
                    const Environment& variables, std::vector<std::string> flags) {
  flags.emplace_back("a.js");
  const auto line = ParseRunCommandLine(flags);
  if (!line) return line.error().message;
  const std::vector<std::string> exports = {"default"};
  const ConfigFile config{"c.json", file};
  const auto plan = MakePlan({script, exports, variables, *line, "0.1.0", &config});
  return plan ? "no error" : plan.error().message;
}

TEST(WrongValues, OfScriptAndFileAreNamed) {
  int checked = 0;
  for (const Setting& setting : Settings()) {
    const auto wrong = WrongJson(setting);
    const bool in_file = setting.scope == Scope::kOption || setting.scope == Scope::kConfig;
    if (!wrong || setting.key.empty() || !in_file) continue;
    const std::string json = "{\"" + std::string(setting.key) + "\":" + *wrong + "}";
    const std::string what = "(option " + std::string(setting.key) + " of the ";
    const std::string from_file = ErrorOf("", json, {}, {});
    EXPECT_THAT(from_file, HasSubstr("couldn't parse the configuration from \"c.json\": "));
    EXPECT_THAT(from_file, HasSubstr(what + "configuration file wants ")) << json;
    EXPECT_THAT(from_file, EndsWith(")"));
    if (setting.scope == Scope::kOption) {
      EXPECT_THAT(ErrorOf(json, "{}", {}, {}), HasSubstr(what + "script wants ")) << json;
    }
    ++checked;
  }
  EXPECT_GT(checked, 35);
}

TEST(WrongValues, OfVariablesAndFlagsAreNamed) {
  int variables = 0, flags = 0;
  for (const Setting& setting : Settings()) {
    const auto wrong = WrongText(setting);
    if (!wrong || setting.key.empty()) continue;
    if (!setting.env.empty()) {
      const std::string name(setting.env);
      EXPECT_THAT(ErrorOf("", "{}", {{name, *wrong}}, {}),
                  HasSubstr("(variable " + name + " wants "));
      EXPECT_THAT(ErrorOf("", "{}", {{name, *wrong}}, {}),
                  HasSubstr("envconfig.Process: assigning " + name + " to "));
      ++variables;
    }
    if (!setting.flag.empty()) {
      const std::string flag = "--" + std::string(setting.flag);
      EXPECT_THAT(ErrorOf("", "{}", {}, {flag + "=" + *wrong}),
                  HasSubstr("(flag " + flag + " wants "));
      ++flags;
    }
  }
  EXPECT_GT(variables, 25);
  EXPECT_GT(flags, 22);
}

}  // namespace
}  // namespace loadctl::plan
