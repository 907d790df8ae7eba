#include "controller/terminal/console_limiter.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace loadctl::terminal {
namespace {

/// How much of an exception's text tells it from others; longer ones share a group if they begin
/// alike.
constexpr std::size_t kKeyBytes = 4096;

bool IsException(const AgentLine& line) {
  const auto from_stack = [](const auto& field) {
    return field.first == "source" && field.second == "stacktrace";
  };
  return line.level == LogLevel::kError &&
         (std::any_of(line.fields.begin(), line.fields.end(), from_stack) ||
          line.message.starts_with("Uncaught (in promise)"));
}

/// What tells an exception from others: its kind and its stack, so that texts with numbers in them
/// (`took 17 ms`) are one; all of it where there is no stack.
std::string KeyOf(const std::string& message) {
  const std::size_t stack = message.find("\n\tat ");
  if (stack == std::string::npos) return message.substr(0, kKeyBytes);
  const std::size_t kind = std::min(message.find(':'), stack);
  return message.substr(0, kind) + message.substr(stack, kKeyBytes);
}

std::string FirstLine(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

std::string Times(std::int64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

}  // namespace

ConsoleLimiter::ConsoleLimiter(ConsoleLimits limits, Show show)
    : limits_(limits), show_(std::move(show)), tokens_(limits.burst) {}

void ConsoleLimiter::Add(const AgentLine& line, TimePoint now) {
  const bool exception = IsException(line);
  std::string key;
  if (exception) {
    key = KeyOf(line.message);
    if (const auto known = groups_.find(key); known != groups_.end()) {
      ++known->second.untold;
      if (FirstLine(line.message) != known->second.first_line) known->second.varies = true;
      ++repeats_;
      return;
    }
  }
  const bool fresh = exception && groups_.size() < limits_.max_groups;
  if (!fresh && !TakeToken(now)) {
    if (untold_suppressed_ == 0) told_suppressed_ = now;
    ++untold_suppressed_;
    ++suppressed_;
    return;
  }
  if (fresh) {
    groups_.emplace(std::move(key), Group{0, now, line.level, FirstLine(line.message), false});
  }
  ++shown_;
  if (limits_.agents <= 1) return show_(line.level, line.message, line.fields);
  LogFields fields = line.fields;
  fields.emplace_back("agent", std::to_string(line.agent));
  show_(line.level, line.message, fields);
}

void ConsoleLimiter::Tick(TimePoint now) {
  for (auto& [key, group] : groups_) {
    if (group.untold == 0 || now - group.told < limits_.report_every) continue;
    TellGroup(group);
    group.told = now;
  }
  if (untold_suppressed_ > 0 && now - told_suppressed_ >= limits_.report_every) TellSuppressed();
}

void ConsoleLimiter::Finish() {
  for (auto& [key, group] : groups_) {
    if (group.untold > 0) TellGroup(group);
  }
  if (untold_suppressed_ > 0) TellSuppressed();
}

bool ConsoleLimiter::TakeToken(TimePoint now) {
  if (started_) {
    const std::chrono::duration<double> passed = now - refilled_;
    tokens_ = std::min(tokens_ + passed.count() * limits_.lines_per_second, limits_.burst);
  }
  started_ = true;
  refilled_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

void ConsoleLimiter::TellGroup(Group& group) {
  show_(group.level,
        group.first_line + " ... repeated " + Times(group.untold, "time", "times") +
            (group.varies ? " at the same place, with other texts too" : ""),
        {{"source", "stacktrace"}});
  group.untold = 0;
}

void ConsoleLimiter::TellSuppressed() {
  show_(LogLevel::kWarning,
        Times(untold_suppressed_, "line of the script's output was suppressed",
              "lines of the script's output were suppressed"),
        {});
  untold_suppressed_ = 0;
}

}  // namespace loadctl::terminal
