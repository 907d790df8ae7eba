#include "controller/web/stream.h"

#include <utility>

namespace loadctl::web {

bool Stream::Push(std::string_view piece) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  if (waiting_.size() + piece.size() > most_waiting_) {
    ++dropped_;
    return false;
  }
  waiting_ += piece;
  // Called with the lock held, so that Detach() is the end of it; it only posts.
  if (std::exchange(idle_, false) && news_) news_();
  return true;
}

void Stream::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  if (std::exchange(idle_, false) && news_) news_();
}

bool Stream::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

std::uint64_t Stream::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void Stream::Attach(std::function<void()> news) {
  const std::lock_guard lock(mutex_);
  news_ = std::move(news);
}

void Stream::Detach() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  waiting_.clear();
  news_ = nullptr;
}

std::optional<std::string> Stream::Take() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty() && closed_) return std::nullopt;
  idle_ = waiting_.empty();
  return std::exchange(waiting_, {});
}

}  // namespace loadctl::web
