#include "controller/archive/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/archive/tar.h"

namespace loadctl::archive {
namespace {

using testing::HasSubstr;

constexpr char kMetadata[] =
    R"({"type":"js","options":{"vus":3},"filename":"file:///home/nobody/a%20b.js",
        "pwd":"file:///home/nobody","env":{"A":"1"},"compatibilityMode":"base","goos":"linux"})";

struct Entry {
  std::string name, content;
};

std::string TarOf(const std::vector<Entry>& entries) {
  TarWriter writer(0);
  for (const Entry& entry : entries) writer.AddFile(entry.name, entry.content);
  return writer.Finish().value();
}

std::string ErrorOf(const std::vector<Entry>& entries) {
  const auto archive = ReadArchive(TarOf(entries));
  return archive ? "no error" : archive.error().message;
}

Archive Sample() {
  Archive archive;
  archive.main_url = "file:///home/ann/t/a b.js";
  archive.options_json = R"({"vus":2,"tags":{"x":"<&>"}})";
  archive.env.emplace()["FOO"] = "bar";
  archive.files.Add(archive.main_url, "export default function () {}");
  archive.files.Add("file:///home/ann/t/lib/é.js", "export const x = 1;");
  archive.files.Add("file:///srv/" + std::string(200, 'n') + "/d.bin", std::string("\0\xff", 2));
  archive.files.Add("https://jslib.k6.io/u/1.0/index.js", "export {}");
  return archive;
}

TEST(Archive, ReadsWhatItWrites) {
  const std::string tar = WriteArchive(Sample(), 1'700'000'000).value();
  EXPECT_TRUE(IsArchive(tar));
  const Archive read = ReadArchive(tar).value();
  EXPECT_EQ(read.main_url, "file:///home/nobody/t/a b.js");
  EXPECT_EQ(read.options_json, R"({"vus":2,"tags":{"x":"<&>"}})");
  EXPECT_EQ(read.env, Sample().env);
  EXPECT_EQ(read.compatibility_mode, "extended");
  EXPECT_EQ(read.files.files().size(), 4U);
  EXPECT_EQ(*read.files.Find("file:///home/nobody/t/a b.js"), "export default function () {}");
  EXPECT_EQ(*read.files.Find("file:///home/nobody/t/lib/é.js"), "export const x = 1;");
  EXPECT_EQ(*read.files.Find("file:///srv/" + std::string(200, 'n') + "/d.bin"),
            std::string("\0\xff", 2));
  EXPECT_EQ(*read.files.Find("https://jslib.k6.io/u/1.0/index.js"), "export {}");
}

TEST(Archive, IsWrittenTheSameEveryTime) {
  EXPECT_EQ(WriteArchive(Sample(), 5).value(), WriteArchive(Sample(), 5).value());
  Archive without = Sample();
  without.env.reset();
  EXPECT_THAT(WriteArchive(without, 5).value(), HasSubstr("\"env\": null"));
  without.main_url = "file:///other.js";
  EXPECT_THAT(WriteArchive(without, 5).error().message, HasSubstr("main script is not among"));
}

TEST(Archive, ReadsMetadataAsK6Does) {
  const Archive read =
      ReadArchive(TarOf({{"metadata.json", kMetadata}, {"data", "x"}, {"README", "y"}})).value();
  EXPECT_EQ(read.main_url, "file:///home/nobody/a b.js");
  EXPECT_EQ(read.options_json, R"({"vus":3})");
  EXPECT_EQ(read.env->at("A"), "1");
  EXPECT_EQ(read.compatibility_mode, "base");
  EXPECT_EQ(*read.files.Find("file:///home/nobody/a b.js"), "x");
}

TEST(Archive, RefusesWhatIsNotOne) {
  EXPECT_FALSE(IsArchive(""));
  EXPECT_FALSE(IsArchive("export default function () {}"));
  EXPECT_FALSE(IsArchive(std::string(1024, '\0')));
  EXPECT_FALSE(IsArchive(std::string(2000, 'x')));
  EXPECT_THAT(ReadArchive("export default 1").error().message, HasSubstr("not a tar"));
  EXPECT_THAT(ErrorOf({{"data", "x"}}), HasSubstr("no metadata.json"));
  EXPECT_THAT(ErrorOf({{"metadata.json", kMetadata}}), HasSubstr("no entry `data`"));
  for (const auto& [metadata, reason] : std::vector<std::pair<std::string, std::string>>{
           {"{bad", "metadata.json of the archive: syntax error"},
           {"[]", "it is not an object"},
           {R"({"type":"go","filename":"file:///a"})", "unsupported test type 'go'"},
           {R"({"type":5})", "type is not a text"},
           {R"({"type":"js"})", "filename is not there"},
           {R"({"type":"js","filename":[]})", "filename is not a text"},
           {R"({"type":"js","filename":"file:///a","options":5})", "options is not an object"},
           {R"({"type":"js","filename":"file:///a","env":[]})", "env is not an object"},
           {R"({"type":"js","filename":"file:///a","env":{"A":1}})", "env.A is not a text"}}) {
    EXPECT_THAT(ErrorOf({{"metadata.json", metadata}, {"data", "x"}}), HasSubstr(reason));
  }
}

TEST(Archive, RefusesNamesThatLeaveIt) {
  for (const char* name : {"file/../../etc/passwd", "../x/y", "/file/x", "file/a/..", "file\\..\\x",
                           "https/../file/x"}) {
    EXPECT_THAT(ErrorOf({{"metadata.json", kMetadata}, {"data", "x"}, {name, "y"}}),
                HasSubstr("leaves the archive"))
        << name;
  }
  EXPECT_EQ(ErrorOf({{"metadata.json", kMetadata}, {"data", "x"}, {"ftp/a", "y"}}),
            "unknown file prefix `ftp` for file `ftp/a`");
}

TEST(Archive, RefusesMoreThanItCanHold) {
  std::string tar = TarOf({{"metadata.json", kMetadata}, {"data", "x"}});
  EXPECT_THAT(ReadArchive(tar.substr(0, 700)).error().message, HasSubstr("Truncated"));
  // The size in the header of the first entry, in octal digits, and a checksum that fits.
  tar.replace(124, 11, "77777777777");
  std::fill_n(tar.begin() + 148, 8, ' ');
  unsigned sum = 0;
  for (std::size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(tar[i]);
  char digits[9];
  std::snprintf(digits, sizeof(digits), "%06o", sum);
  tar.replace(148, 7, digits, 7);
  EXPECT_THAT(ReadArchive(tar).error().message, HasSubstr("larger than the archive"));
}

TEST(Archive, HidesTheNameOfTheUser) {
  EXPECT_EQ(AnonymousPath("/home/ann/x.js"), "/home/nobody/x.js");
  EXPECT_EQ(AnonymousPath("/Users/ann/x.js"), "/Users/nobody/x.js");
  EXPECT_EQ(AnonymousPath("/c/Documents and Settings/ann/x.js"),
            "/c/Documents and Settings/nobody/x.js");
  EXPECT_EQ(AnonymousPath("/srv/home/ann/x.js"), "/srv/home/ann/x.js");
  EXPECT_EQ(AnonymousPath("/home"), "/home");
  EXPECT_EQ(AnonymousPath("/a/./b//c/../d"), "/a/b/d");
  EXPECT_EQ(AnonymousPath("/../.."), "/");
  EXPECT_EQ(AnonymousUrl("file:///home/ann/x"), "file:///home/nobody/x");
  EXPECT_EQ(AnonymousUrl("https://h/home/ann/x?y=1"), "https://h/home/ann/x");
}

}  // namespace
}  // namespace loadctl::archive
