#include "agent/session/debugger_line.h"

#include <cstddef>
#include <utility>

namespace loadctl::session {
namespace {

constexpr std::size_t kPartBytes = std::size_t{1} << 20;
/// Of a message to V8: what a debugger writes, not the files it reads.
constexpr std::size_t kMostBytes = std::size_t{64} << 20;

void Send(AgentLink& link, const std::string& text) {
  std::size_t at = 0;
  do {
    v1::FromAgent message;
    message.mutable_debugger()->set_text(text.substr(at, kPartBytes));
    at += kPartBytes;
    message.mutable_debugger()->set_more(at < text.size());
    link.Send(std::move(message));
  } while (at < text.size());
}

}  // namespace

DebuggerLine::DebuggerLine(const js::HeapLimits& limits, const v1::Debugging& debugging,
                           AgentLink& link)
    : group_(std::make_shared<vu::Group>(
          limits, js::CanShareIsolates() ? vu::Sharing::kSeveralVus : vu::Sharing::kOneVu)) {
  group_->Debug({[&link](const std::string& text) { Send(link, text); },
                 [&link] {
                   v1::FromAgent message;
                   message.mutable_debugger()->set_kind(v1::Debugger::HERE);
                   link.Send(std::move(message));
                 },
                 debugging.pause_at_start()});
}

void DebuggerLine::Take(const v1::Debugger& message) {
  js::Inspector& inspector = *group_->inspector();
  switch (message.kind()) {
    case v1::Debugger::HERE:
      begun_.clear();
      return inspector.Come();
    case v1::Debugger::GONE:
      begun_.clear();
      return inspector.Go();
    default:
      if (begun_.size() + message.text().size() > kMostBytes) return begun_.clear();
      begun_ += message.text();
      if (!message.more()) inspector.Receive(std::exchange(begun_, ""));
      return;
  }
}

}  // namespace loadctl::session
