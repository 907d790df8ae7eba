#include "common/bundle/urls.h"

#include <gtest/gtest.h>

namespace loadctl::bundle {
namespace {

std::string Url(const std::string& specifier, const std::string& referrer) {
  const auto url = ResolveUrl(specifier, referrer);
  return url ? *url : "error: " + url.error().message;
}

TEST(ResolveUrl, NamesAreRelativeToTheFileThatImports) {
  EXPECT_EQ(Url("./x.js", "file:///d/main.js"), "file:///d/x.js");
  EXPECT_EQ(Url("../x/./y.js", "file:///d/e/main.js"), "file:///d/x/y.js");
  EXPECT_EQ(Url("../../../x.js", "file:///d/main.js"), "file:///x.js");
  EXPECT_EQ(Url("/a//b.js", "file:///d/main.js"), "file:///a/b.js");
  EXPECT_EQ(Url("file:///a/../b.js", "file:///d/main.js"), "file:///b.js");
  EXPECT_EQ(Url("./x.js", ""), "file:///x.js");
}

TEST(ResolveUrl, NamesOfARemoteFileStayOnItsHost) {
  EXPECT_EQ(Url("https://h/a.js", "file:///m.js"), "https://h/a.js");
  EXPECT_EQ(Url("./b.js?v=1", "https://h:8/d/a.js?q=/x/"), "https://h:8/d/b.js?v=1");
  EXPECT_EQ(Url("../b.js", "https://h/d/e/a.js"), "https://h/d/b.js");
  EXPECT_EQ(Url("/b.js", "https://h/d/a.js"), "https://h/b.js");
  EXPECT_EQ(Url("./b.js", "https://h"), "https://h/b.js");
  EXPECT_EQ(Url("file:///etc/passwd", "https://h/a.js"),
            "error: origin (https://h/a.js) not allowed to load local file: file:///etc/passwd");
}

TEST(ResolveUrl, OtherNamesAreErrorsInWords) {
  EXPECT_EQ(Url("lodash", "file:///m.js"),
            "error: the module \"lodash\" is not known: it is none of k6's, no path such as "
            "./lodash, and no package in a node_modules folder");
  EXPECT_EQ(Url("http://h/x.js", "file:///m.js"),
            "error: only supported schemes for imports are file and https, http://h/x.js has "
            "`http`");
}

}  // namespace
}  // namespace loadctl::bundle
