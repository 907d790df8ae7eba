// Documents and the trees that x/net/html 0.57, k6 2.2's parser, makes of them, in the format of
// html5lib-tests: what was written for browsers, and cases of its own.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "agent/html/tree.h"

namespace loadctl::html {
namespace {

struct Case {
  std::string where, data, document;
  bool parsed_here = true;  ///< no fragment, and scripting is on
};

std::vector<Case> ReadCases(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<Case> cases;
  std::string line, *section = nullptr, ignored;
  int number = 0;
  while (std::getline(in, line)) {
    ++number;
    if (line == "#data") {
      cases.push_back({file.filename().string() + ":" + std::to_string(number), "", "", true});
      section = &cases.back().data;
    } else if (line == "#document") {
      section = &cases.back().document;
    } else if (section != &cases.back().document && (line == "#errors" || line == "#new-errors")) {
      section = &ignored;
    } else if (line == "#script-off" || line == "#document-fragment") {
      cases.back().parsed_here = false;
      section = &ignored;
    } else if (line == "#script-on") {
      section = &ignored;
    } else {
      *section += line + "\n";
    }
  }
  for (Case& one : cases) {
    if (!one.data.empty()) one.data.pop_back();
    while (one.document.ends_with("\n\n")) one.document.pop_back();
  }
  return cases;
}

void AppendAttributes(const Tree& tree, NodeId id, const std::string& indent, std::string& out) {
  std::vector<std::string> lines;
  for (const Attribute& one : tree.AttributesOf(id)) {
    std::string name(NameOf(static_cast<Space>(one.space)));
    if (!name.empty()) name += " ";
    name += tree.Text(one.key);
    lines.push_back(indent + name + "=\"" + std::string(tree.Text(one.value)) + "\"\n");
  }
  std::sort(lines.begin(), lines.end());
  for (const std::string& one : lines) out += one;
}

std::string Dump(const Tree& tree) {
  std::string out;
  for (NodeId id = 1; id < tree.size(); ++id) {
    std::size_t depth = 0;
    for (NodeId up = tree[id].parent; up != 0; up = tree[up].parent)
      depth += tree[up].tag == Tag::kTemplate && tree[up].space == Space::kHtml ? 2 : 1;
    const std::string indent = "| " + std::string(2 * depth, ' ');
    const std::string data(tree.DataOf(id));
    switch (tree[id].kind) {
      case Kind::kText:
        out += indent + "\"" + data + "\"\n";
        break;
      case Kind::kComment:
        out += indent + "<!-- " + data + " -->\n";
        break;
      case Kind::kDoctype: {
        const auto p = tree.AttributeOf(id, "public"), s = tree.AttributeOf(id, "system");
        out += indent + "<!DOCTYPE " + data;
        if (!p.value_or("").empty() || !s.value_or("").empty()) {
          out += " \"" + std::string(p.value_or("")) + "\" \"" + std::string(s.value_or("")) + "\"";
        }
        out += ">\n";
        break;
      }
      default: {
        const std::string space(NameOf(tree[id].space));
        out += indent + "<" + (space.empty() ? "" : space + " ") + data + ">\n";
        AppendAttributes(tree, id, indent + "  ", out);
        if (tree[id].tag == Tag::kTemplate && tree[id].space == Space::kHtml)
          out += indent + "  content\n";
      }
    }
  }
  return out;
}

TEST(Parse, MakesTheTreesOfHtml5libTests) {
  const char* elsewhere = std::getenv("HTML5LIB_TESTS");
  int count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(elsewhere ? elsewhere : "agent/html/testdata")) {
    if (entry.path().extension() != ".dat") continue;
    for (const Case& one : ReadCases(entry.path())) {
      if (!one.parsed_here) continue;
      const auto bytes = Parse(one.data);
      ASSERT_TRUE(bytes) << one.where << ": " << bytes.error().message;
      EXPECT_EQ(Dump(Tree(*bytes)), one.document) << one.where << ": " << one.data;
      ++count;
    }
  }
  EXPECT_GT(count, 300);
}

}  // namespace
}  // namespace loadctl::html
