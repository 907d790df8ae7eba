#include "controller/plan/script_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loadctl::plan {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Filled(std::string_view text, const std::string& project = "") {
  const auto filled = FillTemplate(text, {"a.js", project});
  return filled ? *filled : "error: " + filled.error().message;
}

TEST(ScriptTemplate, FillsWhatGosTemplatesFill) {
  EXPECT_EQ(Filled("x {{ .ScriptName }} {{.ProjectID}}!", "7"), "x a.js 7!");
  EXPECT_EQ(Filled("a{{ if .ProjectID }}b{{ else }}c{{ end }}d"), "acd");
  EXPECT_EQ(Filled("a{{ if .ProjectID }}b{{ else }}c{{ end }}d", "7"), "abd");
  EXPECT_EQ(Filled("{{if .ProjectID}}a{{if .ScriptName}}b{{end}}c{{end}}d"), "d");
  EXPECT_EQ(Filled("a \n {{- .ScriptName -}} \n b"), "aa.jsb");
  EXPECT_EQ(Filled("a{{/* not shown */}}b"), "ab");
  EXPECT_EQ(Filled("`${x}` { } }}"), "`${x}` { } }}");
}

TEST(ScriptTemplate, NamesTheLineOfWhatItDoesNotHave) {
  EXPECT_THAT(Filled("a\n{{ range .X }}"), HasSubstr("line 2: {{ range .X }} is not supported"));
  EXPECT_THAT(Filled("{{ .Name }}"), HasSubstr("{{ .Name }} is not supported"));
  EXPECT_THAT(Filled("\n\n{{ x"), HasSubstr("line 3: {{ is not closed"));
  EXPECT_THAT(Filled("{{ end }}"), HasSubstr("unexpected {{end}}"));
  EXPECT_THAT(Filled("{{ if .ProjectID }}\n"), HasSubstr("line 2: unexpected end of file"));
}

TEST(ScriptTemplate, HasThoseOfK6) {
  for (const char* name : {"minimal", "protocol", "browser"}) {
    const std::string text = Filled(BuiltinTemplate(name));
    EXPECT_THAT(text, HasSubstr("export default")) << name;
    EXPECT_THAT(text, Not(HasSubstr("{{"))) << name;
    EXPECT_THAT(text, Not(HasSubstr("cloud"))) << name;
    EXPECT_THAT(Filled(BuiltinTemplate(name), "12"), HasSubstr("projectID: 12,")) << name;
  }
  EXPECT_EQ(BuiltinTemplate("other"), "");
}

}  // namespace
}  // namespace loadctl::plan
