#include "controller/output/parquet_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

namespace loadctl::output {
namespace {

std::uint64_t Varint(std::string_view bytes, std::size_t& at) {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.at(at++));
    value |= static_cast<std::uint64_t>(byte & 127u) << shift;
    if (byte < 128) return value;
  }
}

/// Reads Parquet's hybrid encoding by its specification.
std::vector<std::uint32_t> Read(std::string_view bytes, int width, std::size_t count) {
  std::vector<std::uint32_t> values;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::uint64_t head = Varint(bytes, at);
    if ((head & 1) == 0) {
      std::uint32_t value = 0;
      for (int i = 0; i < (width + 7) / 8; ++i)
        value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes.at(at++))) << (8 * i);
      values.insert(values.end(), head >> 1, value);
      continue;
    }
    const std::size_t packed = (head >> 1) * 8;
    for (std::size_t i = 0; i < packed; ++i) {
      std::uint32_t value = 0;
      for (int bit = 0; bit < width; ++bit) {
        const std::size_t place =
            i * static_cast<std::size_t>(width) + static_cast<std::size_t>(bit);
        const auto byte = static_cast<unsigned char>(bytes.at(at + place / 8));
        value |= static_cast<std::uint32_t>((byte >> (place % 8)) & 1u) << bit;
      }
      values.push_back(value);
    }
    at += packed / 8 * static_cast<std::size_t>(width);
  }
  // What fills up the last group of eight.
  EXPECT_GE(values.size(), count);
  EXPECT_LT(values.size(), count + 8);
  for (std::size_t i = count; i < values.size(); ++i) EXPECT_EQ(values[i], 0u);
  values.resize(count);
  return values;
}

TEST(RleBits, IsReadAsItWasWritten) {
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    const int width = 1 + static_cast<int>(random() % 20);
    std::vector<std::uint32_t> values;
    while (values.size() < random() % 3000) {
      const std::uint32_t value = random() & ((1u << width) - 1);
      values.insert(values.end(), random() % 3 == 0 ? random() % 80 : 1, value);
    }
    ASSERT_EQ(Read(RleBits(values, width), width, values.size()), values) << "round " << round;
  }
  EXPECT_EQ(RleBits({}, 3), "");
  // A run takes two bytes, however long it is below 64.
  EXPECT_EQ(RleBits(std::vector<std::uint32_t>(60, 1), 1), std::string("\x78\x01"));
}

class File : public testing::Test {
 protected:
  File() {
    char name[] = "/tmp/loadctl-parquet-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~File() override { std::filesystem::remove_all(folder_); }
  std::unique_ptr<ParquetFile> Create() {
    auto file = ParquetFile::Create(
        folder_ + "/a", {{"t", ParquetType::kText, true}, {"n", ParquetType::kInt64}}, "test");
    EXPECT_TRUE(file) << file.error().message;
    return std::move(*file);
  }
  std::string Bytes() {
    std::ifstream file(folder_ + "/a", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string folder_;
};

TEST_F(File, IsWholeFromTheBeginning) {
  const auto file = Create();
  for (int i = 0; i < 3; ++i) {
    const std::string bytes = Bytes();
    EXPECT_TRUE(bytes.starts_with("PAR1"));
    EXPECT_TRUE(bytes.ends_with("PAR1"));
    file->Text(0, "x\xff");
    file->EndRow();
    file->Int(1, 7);
    file->EndRow();
    EXPECT_EQ(file->waiting(), 2u);
    EXPECT_TRUE(file->Flush());
    EXPECT_EQ(file->waiting(), 0u);
  }
}

TEST_F(File, ADiskThatIsFullLeavesWhatThereWas) {
  const auto file = Create();
  file->Int(1, 1);
  file->EndRow();
  ASSERT_TRUE(file->Flush());
  const std::string before = Bytes();
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  const rlimit small{before.size() + 100, old.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) {
    file->Int(1, static_cast<std::int64_t>(random()));
    file->EndRow();
  }
  EXPECT_FALSE(file->Flush());
  setrlimit(RLIMIT_FSIZE, &old);
  EXPECT_EQ(file->problem(), "write " + folder_ + "/a: file too large");
  EXPECT_EQ(Bytes(), before);
  file->Int(1, 2);
  file->EndRow();
  EXPECT_TRUE(file->Flush());
}

TEST_F(File, IsOfOneRunAtATime) {
  const auto file = Create();
  const auto other = ParquetFile::Create(folder_ + "/a", {}, "");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().message, "open " + folder_ + "/a: another run writes to it");
  EXPECT_FALSE(ParquetFile::Create("/dev/null", {}, ""));
  EXPECT_FALSE(ParquetFile::Create(folder_, {}, ""));
}

}  // namespace
}  // namespace loadctl::output
