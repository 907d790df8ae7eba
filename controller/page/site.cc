#include "controller/page/site.h"

#include <algorithm>
#include <utility>

#include "controller/page/document.h"

namespace loadctl::page {
namespace {

// A client that is so far behind misses news, and fetches all when it notices.
constexpr std::size_t kMostWaiting = std::size_t{2} << 20;

}  // namespace

void Site::MountOn(web::Server& server) {
  server.Mount("/", [this](const web::Request& request, web::Server::Reply reply) {
    reply(Answer(request));
  });
}

web::Response Site::Answer(const web::Request& request) {
  std::string path = request.path;
  if (request.method != "GET" && request.method != "HEAD")
    return {405, "text/plain; charset=utf-8", "405 Method Not Allowed\n"};
  if (path.starts_with("/ui/")) path.erase(0, 3);
  if (path == "/" || path == "/ui") return {200, "text/html; charset=utf-8", Live(offers_)};
  if (path == "/data.json") return {200, "application/json", watch_.Snapshot()};
  if (path == "/report") return {200, "text/html; charset=utf-8", Report(watch_.Snapshot())};
  if (path == "/events") return Open();
  return {404, "text/plain; charset=utf-8", "404 page not found\n"};
}

web::Response Site::Open() {
  auto stream = std::make_shared<web::Stream>(kMostWaiting);
  stream->Push(": loadctl\n\n");
  const std::lock_guard lock(mutex_);
  if (ended_) {
    stream->Push("event: end\ndata: {}\n\n");
    stream->Close();
  } else {
    streams_.push_back(stream);
  }
  web::Response response;
  response.type = "text/event-stream";
  response.stream = std::move(stream);
  return response;
}

void Site::On(const v1::RunEvent& event) {
  watch_.On(event);
  const bool shown = event.has_second() || event.has_phase() || event.has_progress();
  if (event.has_outcome()) {
    Tell();
    const std::lock_guard lock(mutex_);
    ended_ = true;
    was_watched_ = !streams_.empty();
    for (const auto& stream : streams_) {
      stream->Push("event: end\ndata: {}\n\n");
      stream->Close();
    }
    streams_.clear();
  } else if (shown && Clock::now() >= next_) {
    Tell();
  }
}

void Site::Tell() {
  next_ = Clock::now() + period_;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(streams_, [](const auto& stream) { return stream->closed(); });
    if (streams_.empty()) return;
  }
  // Lines since the news before the last: a page that came between had them in neither.
  std::uint64_t after = std::exchange(before_, since_);
  const std::string news = "event: news\ndata: " + watch_.News(after) + "\n\n";
  since_ = after;
  const std::lock_guard lock(mutex_);
  for (const auto& stream : streams_) stream->Push(news);
}

}  // namespace loadctl::page
