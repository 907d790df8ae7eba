#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "controller/record/reader.h"
#include "controller/record/writer.h"

namespace loadctl::record {
namespace {

v1::RunEvent Numbered(std::uint64_t number) {
  v1::RunEvent event;
  event.set_number(number);
  return event;
}

/// Some of each kind: a plan, lines of a log, seconds, an outcome.
std::vector<v1::RunEvent> SomeEvents() {
  std::vector<v1::RunEvent> events;
  const auto add = [&events]() -> v1::RunEvent& {
    return events.emplace_back(Numbered(events.size() + 1));
  };
  add().mutable_planned()->set_script("a.js");
  for (int second = 0; second < 5; ++second) {
    for (int line = 0; line < 3; ++line)
      add().mutable_log()->set_message("line " + std::to_string(line));
    add().mutable_second()->set_delta(std::string(100, static_cast<char>('a' + second)));
  }
  add().mutable_outcome()->mutable_summary()->set_complete(true);
  return events;
}

class Record : public testing::Test {
 protected:
  ~Record() override { std::filesystem::remove(path_); }
  std::string Written(const std::vector<v1::RunEvent>& events) {
    {
      auto writer = Writer::Create(path_);
      EXPECT_TRUE(writer) << writer.error().message;
      for (const auto& event : events) (*writer)->On(event);
      EXPECT_EQ((*writer)->problem(), "");
    }
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  static std::vector<v1::RunEvent> Read(const std::string& bytes, std::string& problem) {
    std::istringstream stream(bytes);
    auto reader = Reader::Make(stream);
    std::vector<v1::RunEvent> events;
    if (!reader) {
      problem = reader.error().message;
      return events;
    }
    while (auto event = reader->Next()) events.push_back(std::move(*event));
    problem = reader->problem();
    return events;
  }

  const std::string path_ =
      testing::TempDir() + "record_test." + std::to_string(getpid()) + ".record";
};

TEST_F(Record, IsReadAsItWasWritten) {
  const auto events = SomeEvents();
  std::string problem;
  const auto read = Read(Written(events), problem);
  EXPECT_EQ(problem, "");
  ASSERT_EQ(read.size(), events.size());
  for (std::size_t i = 0; i < events.size(); ++i)
    EXPECT_EQ(read[i].SerializeAsString(), events[i].SerializeAsString());
}

TEST_F(Record, CutAtAnyByteGivesTheEventsBefore) {
  const auto events = SomeEvents();
  const std::string bytes = Written(events);
  std::size_t before = 0;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    std::string problem;
    const auto read = Read(bytes.substr(0, size), problem);
    ASSERT_GE(read.size(), before) << "more bytes, fewer events";
    before = read.size();
    for (std::size_t i = 0; i < read.size(); ++i)
      ASSERT_EQ(read[i].SerializeAsString(), events[i].SerializeAsString()) << size;
  }
  EXPECT_EQ(before, events.size());
}

TEST_F(Record, ADamagedByteGivesNoOtherEvents) {
  const auto events = SomeEvents();
  const std::string bytes = Written(events);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes, problem;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    const auto read = Read(damaged, problem);
    ASSERT_LE(read.size(), events.size()) << at;
    for (std::size_t i = 0; i < read.size(); ++i)
      ASSERT_EQ(read[i].SerializeAsString(), events[i].SerializeAsString()) << at;
    EXPECT_TRUE(read.size() < events.size() ? !problem.empty() : true) << at;
  }
}

TEST_F(Record, ASecondIsThereAsSoonAsItIsTold) {
  auto writer = Writer::Create(path_);
  ASSERT_TRUE(writer);
  const auto events = SomeEvents();
  for (std::size_t i = 0; i < 5; ++i) (*writer)->On(events[i]);
  std::ifstream file(path_, std::ios::binary);
  auto reader = Reader::Make(file);
  ASSERT_TRUE(reader) << reader.error().message;
  std::size_t read = 0;
  while (reader->Next()) ++read;
  EXPECT_EQ(read, 5u);
  EXPECT_EQ(reader->problem(), "");
}

TEST_F(Record, WhatIsNoRecordIsSaid) {
  std::string problem;
  EXPECT_TRUE(Read("", problem).empty());
  EXPECT_EQ(problem, "it is no record of a run");
  EXPECT_TRUE(Read("import http from 'k6/http';\n", problem).empty());
  EXPECT_EQ(problem, "it is no record of a run");
}

TEST_F(Record, AFileThatCannotBeHadIsSaid) {
  const auto writer = Writer::Create("/nonexistent/folder/x.record");
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().message,
            "cannot record to '/nonexistent/folder/x.record': No such file or directory");
}

}  // namespace
}  // namespace loadctl::record
