#include "agent/session/log_buffer.h"

#include <utility>

namespace loadctl::session {

void LogBuffer::Add(vu::LogLine line) {
  const std::lock_guard lock(mutex_);
  if (kept_.lines.size() >= kMaxLines || bytes_ + line.message.size() > kMaxBytes) {
    ++kept_.suppressed;
    return;
  }
  bytes_ += line.message.size();
  kept_.lines.push_back(std::move(line));
}

LogBuffer::Taken LogBuffer::Take() {
  const std::lock_guard lock(mutex_);
  bytes_ = 0;
  return std::exchange(kept_, {});
}

}  // namespace loadctl::session
