// Pages of the runs in a history (record/history.h): read from their records when somebody asks.
// Not for what a page shows (controller/page). Answer() on a server's thread; records are read on
// one of its own.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "controller/page/document.h"
#include "controller/page/site.h"
#include "controller/record/history.h"
#include "controller/web/server.h"

namespace loadctl::cli {

/// Rows of a list of runs, and that list as a page.
using RunRows = std::vector<std::vector<page::Cell>>;
[[nodiscard]] web::Response ListOf(std::string_view title, RunRows rows, std::string note);

class PastRuns final {
 public:
  explicit PastRuns(std::string folder);
  /// What is still asked for gets no answer.
  ~PastRuns();
  PastRuns(const PastRuns&) = delete;
  PastRuns& operator=(const PastRuns&) = delete;

  /// Answers for `/runs/`, the list, and `/runs/ID/` and what a page asks for below it.
  void Answer(const web::Request& request, const web::Server::Reply& reply);

  /// Answers on the thread that may read files.
  void Later(std::function<web::Response()> answer, const web::Server::Reply& reply);
  /// Rows of a list, without the runs named. A problem is one of them. Reads files.
  [[nodiscard]] RunRows Rows(const std::set<std::string>& without) const;
  /// Below such a list.
  [[nodiscard]] std::string Note() const;

 private:
  /// Runs whose pages are kept, and requests that may wait for one to be read.
  static constexpr std::size_t kMostKept = 4, kMostWaiting = 64;
  struct Asked {
    std::function<web::Response()> answer;
    web::Server::Reply reply;
  };

  void Run();
  [[nodiscard]] web::Response PageOf(const std::string& id, const web::Request& inside);
  [[nodiscard]] std::shared_ptr<page::Site> Read(const std::string& id) const;

  const std::string folder_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Asked> asked_;
  bool ending_ = false;
  std::deque<std::pair<std::string, std::shared_ptr<page::Site>>> kept_;  // the thread's
  std::thread thread_;
};

/// Splits `/runs/ID/rest` into the id and `/rest`; false: it is none such.
[[nodiscard]] bool SplitRunPath(const std::string& path, std::string& id, std::string& rest);

[[nodiscard]] web::Response NotFound();

}  // namespace loadctl::cli
