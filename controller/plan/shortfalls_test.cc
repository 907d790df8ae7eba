#include "controller/plan/shortfalls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace loadctl::plan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// The table of modules in docs/compatibility.md.
std::map<std::string, std::string> DocumentedModules() {
  std::ifstream file("docs/compatibility.md");
  std::map<std::string, std::string> rows;
  bool wanted = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("| Module |")) wanted = true;
    if (line.empty()) wanted = false;
    if (!wanted || !line.starts_with("| `")) continue;
    std::string name = line.substr(3, line.find('`', 3) - 3);
    if (name.ends_with("...")) name.resize(name.size() - 3);
    rows[name] = line.substr(line.find("| ", 3) + 2);
  }
  return rows;
}

TEST(Modules, HaveARowOfTheRightStateInTheDocumentation) {
  const auto rows = DocumentedModules();
  EXPECT_EQ(rows.size(), Modules().size());
  for (const Module& module : Modules()) {
    const auto row = rows.find(std::string(module.name));
    ASSERT_NE(row, rows.end()) << module.name;
    const ModuleState documented = row->second.starts_with("not yet") ? ModuleState::kMissing
                                   : row->second.starts_with("works in part") ? ModuleState::kInPart
                                                                              : ModuleState::kWorks;
    EXPECT_EQ(static_cast<int>(module.state), static_cast<int>(documented)) << module.name;
  }
}

std::vector<std::string> NamesOf(std::string_view source) {
  std::vector<std::string> names;
  for (const Import& one : ImportsOf(source)) names.push_back(one.name);
  return names;
}

TEST(Imports, HaveTheirPlaces) {
  const auto found = ImportsOf("import a from 'a';\n  const b = require(\"b\"), c = require('a');");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(std::pair(found[0].line, found[0].column), std::pair(1, 15));
  EXPECT_EQ(std::pair(found[1].line, found[1].column), std::pair(2, 21));
}

TEST(Imports, HaveTheirProblems) {
  EXPECT_EQ(ProblemOfImport("k6/http"), "");
  EXPECT_EQ(ProblemOfImport("./x.js"), "");
  EXPECT_EQ(ProblemOfImport("k6/htp"), "there is no module \"k6/htp\"; did you mean \"k6/http\"?");
  EXPECT_EQ(ProblemOfImport("k6/something"), "there is no module \"k6/something\"");
  EXPECT_EQ(ProblemOfImport("k6/x/sql"),
            "the module \"k6/x/sql\" is not yet supported (see `loadctl help compat`, row "
            "\"k6/x/sql\")");
}

TEST(Imports, AreFoundInEveryForm) {
  EXPECT_THAT(NamesOf(R"(
      import http, { get } from 'k6/http';
      import * as x from "./x.js";
      import 'side';
      export { a } from "./a.js"; export * from './b.js'
      const y = require('k6/html'), z = require ( "k6/html" );
      const later = await import(`k6/ws`);
      // import c from 'comment';
      /* import d from 'comment'; */
      const text = "import e from 'text'"; const from = 'no'; console.log('from', 'q');
      const regex = /['"]/; import f from './after.js';
      const half = (1 + 2) / 2; const g = require('./half.js') / 1;
      return /import h from '/.test(x);)"),
              ElementsAre("k6/http", "./x.js", "side", "./a.js", "./b.js", "k6/html", "k6/ws",
                          "./after.js", "./half.js"));
  EXPECT_THAT(NamesOf(""), IsEmpty());
  EXPECT_THAT(NamesOf("import '"), IsEmpty());
  EXPECT_THAT(NamesOf("import /*"), IsEmpty());
}

TEST(Shortfalls, AreAllNamed) {
  const std::vector<std::string> args = {"a.js"};
  const auto line = ParseRunCommandLine(args).value();
  const std::vector<std::string> exports = {"default"};
  Shortfalls found = FindOptionShortfalls(
                         {R"({"features":["x"],"localIPs":"x","ext":{"a":1},"vus":2,"paused":false,
                               "fooo":1})",
                          exports, Environment{}, line, "0.1.0"})
                         .value();
  EXPECT_THAT(found.missing, ElementsAre("option features of the script"));
  EXPECT_THAT(found.differs, ElementsAre(testing::HasSubstr("unknown field \"localIPs\""),
                                         testing::HasSubstr("unknown field \"fooo\""),
                                         "option ext of the script is ignored"));
  found = {};
  const std::vector<std::string_view> sources = {
      "import 'k6/x/sql'; import 'k6/ws'; import './a.js'; import 'k6/execution'",
      "import http from 'k6/http'; http.get('x', { auth: 'digest' }); http.get('y', { auth: 'ntlm' "
      "})",
      "import 'k6/ws'; const auth = { compression: 'no import of http here' };"};
  AddImportShortfalls(sources, found);
  EXPECT_THAT(found.missing, ElementsAre("import k6/x/sql", "import k6/ws"));
  EXPECT_THAT(found.differs, ElementsAre("k6/http lacks `'ntlm'`"));
}

}  // namespace
}  // namespace loadctl::plan
