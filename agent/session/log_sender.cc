#include "agent/session/log_sender.h"

#include <chrono>

namespace loadctl::session {
namespace {

constexpr std::chrono::milliseconds kEvery{100};

}  // namespace

LogSender::LogSender(Clock& clock, AgentLink& link)
    : link_(link), periodic_(clock, kEvery, [this] {
        if (!link_.BackedUp()) Flush();
      }) {
  periodic_.Start();
}

void LogSender::Flush() {
  auto taken = buffer_.Take();
  if (taken.lines.empty() && taken.suppressed == 0) return;
  v1::FromAgent message;
  auto* logs = message.mutable_logs();
  logs->set_suppressed(taken.suppressed);
  for (auto& line : taken.lines) {
    auto* to = logs->add_lines();
    to->set_level(static_cast<v1::LogEntry::Level>(line.level));
    to->set_message(std::move(line.message));
    for (auto& [name, value] : line.fields) {
      to->add_fields(name);
      to->add_fields(value);
    }
    to->set_vu(line.vu);
  }
  link_.Send(std::move(message));
}

}  // namespace loadctl::session
