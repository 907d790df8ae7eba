// How many requests of http.batch() are under way at a time. What it takes and gives is in
// http_module_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "agent/modules/http/http_test_world.h"

namespace loadctl::modules::http {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// Answers requests in groups of so many: none before all of its group are there.
class InGroupsOf {
 public:
  explicit InGroupsOf(int size) : size_(size) {}
  std::string Answer() {
    std::unique_lock lock(mutex_);
    most_ = std::max(most_, ++present_);
    const int group = arrived_++ / size_;
    whole_.notify_all();
    const bool together =
        whole_.wait_for(lock, 10s, [&] { return arrived_ >= (group + 1) * size_; });
    --present_;
    return together ? TestServer::Answer("200 OK", "ok") : "";
  }
  int most() {
    const std::lock_guard lock(mutex_);
    return most_;
  }

 private:
  const int size_;
  std::mutex mutex_;
  std::condition_variable whole_;
  int arrived_ = 0, present_ = 0, most_ = 0;
};

TEST(Http, BatchRunsInParallelWithinItsLimits) {
  const auto expect_at_once = [](int batch, int per_host, int at_once) {
    SCOPED_TRACE(at_once);
    InGroupsOf groups(at_once);
    TestServer server([&](const TestServer::Request&) { return groups.Answer(); });
    World world(
        "import http from 'k6/http'; export default function () { console.log("
        "http.batch(new Array(8).fill('" +
            server.url() + "')).map((r) => r.status).join()); }",
        {}, [&](plan::Options& options) {
          options.batch = batch;
          options.batch_per_host = per_host;
        });
    EXPECT_EQ(world.Iterate().error, "");
    EXPECT_THAT(world.log, ElementsAre("200,200,200,200,200,200,200,200"));
    EXPECT_EQ(groups.most(), at_once);
    EXPECT_EQ(server.connections(), at_once);
  };
  expect_at_once(20, 0, 8);
  expect_at_once(4, 6, 4);
  expect_at_once(20, 2, 2);
}

}  // namespace
}  // namespace loadctl::modules::http
