#include "common/bundle/shared_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "common/bundle/bundle.h"

namespace loadctl::bundle {
namespace {

/// A descriptor to read `text` from.
int FileOf(const std::string& text) {
  char name[] = "/tmp/shared_files_test_XXXXXX";
  const int descriptor = mkstemp(name);
  unlink(name);
  EXPECT_EQ(write(descriptor, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  lseek(descriptor, 0, SEEK_SET);
  return descriptor;
}

Result<SharedFile> Add(SharedFiles& files, const std::string& text, std::uint64_t size) {
  const int descriptor = FileOf(text);
  auto file = files.Add(descriptor, size);
  close(descriptor);
  return file;
}

TEST(SharedFiles, AreFoundWhereTheyLie) {
  const auto files = SharedFiles::Make();
  ASSERT_NE(files, nullptr);
  const auto first = Add(*files, "one", 3);
  const auto second = Add(*files, std::string(10'000, 'x'), 10'000);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->text, "one");
  EXPECT_EQ(second->text, std::string(10'000, 'x'));
  EXPECT_EQ(files->Find(first->at, 3)->text.data(), first->text.data());
  EXPECT_EQ(files->Find(second->at, 9)->text, "xxxxxxxxx");
}

TEST(SharedFiles, AreNotFoundWhereNothingLies) {
  const auto files = SharedFiles::Make();
  ASSERT_NE(files, nullptr);
  ASSERT_TRUE(Add(*files, "one", 3));
  EXPECT_FALSE(files->Find(0, 5'000));
  EXPECT_FALSE(files->Find(0, 0));
  EXPECT_FALSE(files->Find(1, 1));
  EXPECT_FALSE(files->Find(1 << 20, 1));
  EXPECT_FALSE(files->Find(0, UINT64_MAX));
  EXPECT_FALSE(files->Find(UINT64_MAX - 4095, 4096));
}

TEST(SharedFiles, KnowThePlaceOfTheirTexts) {
  const auto files = SharedFiles::Make();
  ASSERT_NE(files, nullptr);
  ASSERT_TRUE(Add(*files, "one", 3));
  const auto second = Add(*files, "two", 3);
  EXPECT_EQ(files->PlaceOf(second->text), second->at);
  EXPECT_EQ(files->PlaceOf("two"), std::nullopt);
}

TEST(SharedFiles, MayBeShorterThanTheyWereSaidToBe) {
  const auto files = SharedFiles::Make();
  ASSERT_NE(files, nullptr);
  EXPECT_EQ(Add(*files, "one", 4'000)->text, "one");
  EXPECT_EQ(Add(*files, "two", 3)->text, "two");
}

TEST(SharedFiles, GoByPlaceToThisMachineAndByContentElsewhere) {
  const auto files = SharedFiles::Make();
  ASSERT_NE(files, nullptr);
  Bundle bundle;
  bundle.Add("file:///b.js", "script");
  bundle.AddShared("file:///a.csv", *Add(*files, "x,y", 3));
  EXPECT_EQ(*bundle.FindContent("file:///a.csv"), "x,y");
  EXPECT_EQ(*bundle.FindContent("file:///b.js"), "script");
  EXPECT_FALSE(bundle.FindContent("file:///c.js"));

  const std::string near = bundle.Pack(PackFor::kThisMachine);
  EXPECT_EQ(near.find("x,y"), std::string::npos);
  const auto here = Bundle::Unpack(near, Sha256(near), files.get());
  ASSERT_TRUE(here);
  EXPECT_EQ(here->FindShared("file:///a.csv")->text.data(),
            bundle.FindShared("file:///a.csv")->text.data());
  EXPECT_FALSE(Bundle::Unpack(near, Sha256(near)));

  const std::string far = bundle.Pack();
  const auto there = Bundle::Unpack(far, Sha256(far));
  ASSERT_TRUE(there);
  EXPECT_EQ(*there->Find("file:///a.csv"), "x,y");
  EXPECT_EQ(there->files().size(), 2U);
}

}  // namespace
}  // namespace loadctl::bundle
