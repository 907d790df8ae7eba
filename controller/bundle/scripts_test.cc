#include "controller/bundle/scripts.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace loadctl::controller {
namespace {

/// A folder of files, seen from its `main.js`.
class Folder {
 public:
  explicit Folder(const std::vector<std::string>& names) {
    std::string pattern = testing::TempDir() + "loadctl-scripts-XXXXXX";
    path_ = mkdtemp(pattern.data());
    for (const auto& name : names) Write(name, "");
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  void Write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = path_ + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  [[nodiscard]] std::string Url(const std::string& name) const {
    return "file://" + path_ + "/" + name;
  }

  /// What an import in main.js names: relative to the folder, or the error.
  std::string Resolve(const std::string& specifier) {
    const auto url = scripts_.Resolve(specifier, Url("main.js"));
    if (!url) return "error: " + url.error().message;
    const std::string folder = Url("");
    return url->rfind(folder, 0) == 0 ? url->substr(folder.size()) : *url;
  }
  /// What runs for a file, or the error.
  std::string Load(const std::string& name) {
    const auto script = scripts_.Load(Url(name));
    if (script) return std::string(script->text);
    std::string text = "error: " + script.error().message;
    if (const auto at = text.find(Url("")); at != std::string::npos) text.erase(at, Url("").size());
    return text;
  }
  bundle::Bundle& bundle() { return bundle_; }

 private:
  std::string path_;
  bundle::Bundle bundle_;
  Files files_{bundle_, "file:///main.js", false};
  RemoteScripts remote_{"", [](const std::string&) {}};
  Scripts scripts_{files_, remote_};
};

TEST(Scripts, AFileThatIsThereIsMeantAsItIsNamed) {
  Folder folder({"a.js", "a.js.ts", "b.ts"});
  EXPECT_EQ(folder.Resolve("./a.js"), "a.js");
  EXPECT_EQ(folder.Resolve("./b.ts"), "b.ts");
  EXPECT_EQ(folder.bundle().Pack(), "");  // nothing that the names do not say
}

TEST(Scripts, EndingsMayBeLeftOut) {
  Folder folder(
      {"a.ts", "a.js", "b.js", "c/index.ts", "d.ts", "e.json", "f.tsx", "g/index.js", "g.js"});
  EXPECT_EQ(folder.Resolve("./a"), "a.ts");
  EXPECT_EQ(folder.Resolve("./b"), "b.js");
  EXPECT_EQ(folder.Resolve("./c"), "c/index.ts");
  EXPECT_EQ(folder.Resolve("./c/"), "c/index.ts");
  EXPECT_EQ(folder.Resolve("./d.js"), "d.ts");
  EXPECT_EQ(folder.Resolve("./e"), "e.json");
  EXPECT_EQ(folder.Resolve("./f.jsx"), "f.tsx");
  EXPECT_EQ(folder.Resolve("./g"), "g.js");
  EXPECT_EQ(folder.Resolve("./nothing"), "nothing");
  // Agents have no files to look for: they are told.
  EXPECT_EQ(*folder.bundle().Resolve("./a", folder.Url("main.js")), folder.Url("a.ts"));
}

TEST(Scripts, NamesThatAreNoFilesAreErrorsInWords) {
  Folder folder({});
  EXPECT_EQ(folder.Resolve("lodash"),
            "error: the module \"lodash\" is not known: it is none of k6's, no path such as "
            "./lodash, and no package in a node_modules folder");
  EXPECT_EQ(folder.Resolve("node:fs"),
            "error: \"node:fs\" is a module of Node.js's own, which scripts do not have");
  EXPECT_EQ(folder.Resolve("http://h/x.js"),
            "error: only supported schemes for imports are file and https, http://h/x.js has "
            "`http`");
}

TEST(Scripts, JsonIsAModule) {
  Folder folder({});
  folder.Write("a.json", "{\"a\": \"\\u2028 \\\"\"}\n");
  EXPECT_EQ(folder.Load("a.json"),
            R"(module.exports = JSON.parse("{\"a\": \"\\u2028 \\\"\"}\n");)");
  folder.Write("b.json", "{\"a\":\n  oops}");
  EXPECT_EQ(folder.Load("b.json"), "error: b.json:2:3: not JSON: syntax error");
  folder.Write("c.json", "1 2");
  EXPECT_EQ(folder.Load("c.json").substr(0, 22), "error: c.json:1:3: not");
  folder.Write("d.json", "");
  EXPECT_EQ(folder.Load("d.json").substr(0, 13), "error: d.json");
}

TEST(Scripts, FilesWithoutTypesAreLeftAlone) {
  Folder folder({});
  folder.Write("a.js", "export default 1;");
  EXPECT_EQ(folder.Load("a.js"), "export default 1;");
  EXPECT_EQ(folder.bundle().FindSourceMap(folder.Url("a.js")), nullptr);
}

TEST(Scripts, AMapThatAFileNamesIsTaken) {
  Folder folder({});
  const std::string map = R"({"version":3,"sources":["a.ts"],"mappings":"AAAA"})";
  folder.Write("a.js", "x();\n//# sourceMappingURL=a.js.map\n");
  folder.Write("a.js.map", map);
  folder.Load("a.js");
  ASSERT_NE(folder.bundle().FindSourceMap(folder.Url("a.js")), nullptr);
  EXPECT_EQ(*folder.bundle().FindSourceMap(folder.Url("a.js")), map);
  folder.Write("b.js", "x();\n//# sourceMappingURL=nothing.map\n");
  EXPECT_EQ(folder.Load("b.js"), "x();\n//# sourceMappingURL=nothing.map\n");
}

TEST(ReadWhole, WhateverSizeTheFileSystemSays) {
  const auto self = ReadWhole("/proc/self/stat", "/proc/self/stat");
  ASSERT_TRUE(self);
  EXPECT_FALSE(self->empty());
  const auto endless = ReadWhole("/dev/zero", "/dev/zero");
  ASSERT_FALSE(endless);
  EXPECT_EQ(endless.error().message,
            "reading /dev/zero: it is larger than 1024 MiB, or never ends");
}

}  // namespace
}  // namespace loadctl::controller
