#include "common/bundle/bundle.h"

#include <gtest/gtest.h>

namespace loadctl::bundle {
namespace {

TEST(Bundle, UnpackGivesWhatWasPacked) {
  Bundle bundle;
  bundle.Add("file:///b.js", std::string("x\0y", 3));
  bundle.Add("file:///a.js", "");
  bundle.Add("file:///b.js", "another");
  auto copy = Bundle::Unpack(bundle.Pack(), bundle.Hash());
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->files(), bundle.files());
  EXPECT_EQ(*copy->Find("file:///b.js"), std::string("x\0y", 3));
  EXPECT_EQ(copy->Find("file:///c.js"), nullptr);
}

TEST(Bundle, WhatIsMissingIsKnownToBe) {
  Bundle bundle;
  bundle.Add("file:///a.js", "x");
  bundle.AddMissing("file:///b.json", "stat /b.json: no such file or directory");
  const auto read = Bundle::Unpack(bundle.Pack(), bundle.Hash());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, bundle);
  EXPECT_EQ(read->Find("file:///b.json"), nullptr);
  ASSERT_NE(read->FindMissing("file:///b.json"), nullptr);
  EXPECT_EQ(*read->FindMissing("file:///b.json"), "stat /b.json: no such file or directory");
  EXPECT_EQ(read->FindMissing("file:///a.js"), nullptr);
}

TEST(Bundle, BrokenBytesAreRefused) {
  Bundle bundle;
  bundle.Add("file:///a.js", "text");
  std::string packed = bundle.Pack();
  EXPECT_FALSE(Bundle::Unpack(packed, "00"));
  for (std::size_t size = 1; size < packed.size(); ++size) {
    const std::string cut = packed.substr(0, size);
    EXPECT_FALSE(Bundle::Unpack(cut, Sha256(cut))) << size;
  }
}

TEST(Bundle, FilesOutOfOrderAreRefused) {
  Bundle a, b;
  a.Add("file:///a.js", "text");
  b.Add("file:///b.js", "text");
  for (const std::string& packed : {b.Pack() + a.Pack(), a.Pack() + a.Pack()})
    EXPECT_FALSE(Bundle::Unpack(packed, Sha256(packed)));
  EXPECT_TRUE(Bundle::Unpack(a.Pack() + b.Pack(), Sha256(a.Pack() + b.Pack())));
}

TEST(Bundle, HashIsSha256) {
  EXPECT_EQ(Sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace loadctl::bundle
