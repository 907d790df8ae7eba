#include "controller/terminal/loki.h"

#include <algorithm>
#include <limits>

#include "common/base/duration.h"
#include "common/text/json_writer.h"
#include "common/text/key_values.h"
#include "common/text/number.h"
#include "common/text/utf8.h"

namespace loadctl::terminal {
namespace {

using text::JsonEscapes;
using text::LogLevel;

/// At the end of a program nobody waits longer for what is left.
constexpr int kLastAttempts = 3;
constexpr std::int64_t kMostLimit = 100'000;
constexpr std::chrono::hours kMostPeriod{1};
/// Of the warnings and errors that did not arrive.
constexpr std::size_t kMostShown = 20;
constexpr std::size_t kMostShownBytes = 4096;

using Setting = text::KeyValue;

Result<std::size_t> Number(const Setting& setting, std::int64_t most) {
  const auto number = text::ParseGoInt(setting.value);
  if (!number) {
    return Fail("couldn't parse the loki " + setting.key + " as a number " +
                number.error().message);
  }
  if (*number < 1 || *number > most) {
    return Fail("loki " + setting.key + " needs to be a positive number" +
                (*number < 1 ? "" : " up to " + std::to_string(most)) + ", is " + setting.value);
  }
  return static_cast<std::size_t>(*number);
}

Result<void> SetNamed(const Setting& setting, LokiOptions& out) {
  constexpr std::string_view kLabel = "label.", kHeader = "header.";
  const bool label = setting.key.starts_with(kLabel);
  if (!label && !setting.key.starts_with(kHeader))
    return Fail("unknown loki config key " + setting.key);
  std::string name = setting.key.substr(label ? kLabel.size() : kHeader.size());
  if ((name + setting.value).find_first_of("\r\n") != std::string::npos || name.empty())
    return Fail("loki: " + setting.key + " is no name with a value");
  if (label) {
    out.labels[std::move(name)] = setting.value;
  } else {
    out.headers.emplace_back(std::move(name), setting.value);
  }
  return {};
}

Result<void> Set(const Setting& setting, LokiOptions& out) {
  const auto& [key, value] = setting;
  if (key == "loki") {
    out.url = value;
  } else if (key == "pushPeriod") {
    const auto period = ParseGoDuration(value);
    if (!period) return Fail("couldn't parse the loki pushPeriod " + period.error().message);
    if (*period <= std::chrono::nanoseconds(0) || *period > kMostPeriod)
      return Fail("the loki pushPeriod must be positive and at most 1h, not " + value);
    out.period = *period;
  } else if (key == "limit") {
    LOADCTL_TRY(out.limit, Number(setting, kMostLimit));
  } else if (key == "msgMaxSize") {
    LOADCTL_TRY(out.message_size, Number(setting, std::numeric_limits<std::int32_t>::max()));
  } else if (key == "level") {
    LOADCTL_TRY(out.lowest, text::ParseLogLevel(value));
  } else if (key == "allowedLabels") {
    auto& allowed = out.allowed_labels.emplace();
    for (std::size_t begin = 0; begin <= value.size();) {
      const std::size_t end = std::min(value.find(',', begin), value.size());
      allowed.push_back(value.substr(begin, end - begin));
      begin = end + 1;
    }
  } else if (key != "profile") {  // k6 then says how long each push took
    return SetNamed(setting, out);
  }
  return {};
}

/// Loki takes letters, digits and underscores, no digit first, and refuses the push otherwise.
std::string LabelName(std::string name) {
  std::replace_if(
      name.begin(), name.end(),
      [](char c) {
        return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '_');
      },
      '_');
  return !name.empty() && name[0] >= '0' && name[0] <= '9' ? "_" + name : name;
}

/// As k6 has it: of characters.
std::string Shortened(const std::string& message, std::size_t most) {
  if (message.size() <= most) return message;
  std::vector<std::size_t> begins;  // of characters
  for (std::string_view rest = message; !rest.empty();) {
    begins.push_back(message.size() - rest.size());
    rest.remove_prefix(std::max<std::size_t>(text::FirstCharacter(rest).size, 1));
  }
  if (begins.size() <= most) return message;
  const std::size_t half = most / 2;
  const std::string tail = half == 0 ? "" : message.substr(begins[begins.size() - half]);
  return message.substr(0, begins[half]) + "... omitting " + std::to_string(begins.size() - most) +
         " characters ..." + tail;
}

}  // namespace

Result<LokiOptions> ParseLoki(std::string_view text) {
  LokiOptions out;
  if (text == "loki") return out;
  if (text.substr(0, text.find('=')) != "loki") {
    return Fail("loki configuration should be in the form `loki=url-to-push` but is `" +
                std::string(text) + "`");
  }
  auto settings = text::ParseKeyValues(text);
  if (!settings)
    return tl::unexpected(Error{settings.error().code, "error while parsing loki configuration " +
                                                           settings.error().message});
  for (const Setting& setting : *settings) LOADCTL_CHECK_OK(Set(setting, out));
  return out;
}

LokiLine MakeLokiLine(const text::LogRecord& record, const LokiOptions& options) {
  LokiLine line;
  line.unix_ns = record.time.time_since_epoch() / std::chrono::nanoseconds(1);
  line.message = record.message;
  std::map<std::string, std::string> labels(record.fields.begin(), record.fields.end());
  for (const auto& [name, value] : options.labels) labels[name] = value;
  labels["level"] = text::LevelName(record.level);
  for (const auto& [name, value] : labels) {
    const auto& allowed = options.allowed_labels;
    if (!allowed || std::find(allowed->begin(), allowed->end(), name) != allowed->end()) {
      line.labels[LabelName(name)] = value;
    } else {
      line.message += " " + name + "=" + value;
    }
  }
  line.message = Shortened(line.message, options.message_size);
  return line;
}

std::string LokiBody(std::vector<LokiLine> lines, const LokiOptions&) {
  std::stable_sort(lines.begin(), lines.end(),
                   [](const LokiLine& a, const LokiLine& b) { return a.unix_ns < b.unix_ns; });
  std::map<std::map<std::string, std::string>, std::vector<const LokiLine*>> streams;
  for (const LokiLine& line : lines) streams[line.labels].push_back(&line);
  text::JsonWriter out(0, JsonEscapes::kGo);
  out.Object([&] {
    out.Key("streams").Array([&] {
      for (const auto& stream : streams) {
        out.Element().Object([&] {
          out.Key("stream").Object([&] {
            for (const auto& [name, value] : stream.first) out.Key(name).String(value);
          });
          out.Key("values").Array([&] {
            for (const LokiLine* line : stream.second) {
              out.Element().Array([&] {
                out.Element().String(std::to_string(line->unix_ns));
                out.Element().String(line->message);
              });
            }
          });
        });
      }
    });
  });
  return out.Take();
}

Loki::Loki(LokiOptions options, Post post, Say say)
    : options_(std::move(options)),
      post_(std::move(post)),
      say_(std::move(say)),
      thread_([this] { Run(); }) {}

Loki::~Loki() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Loki::Problems::Add(std::string line) {
  if (lines.size() < kMostShown) {
    lines.push_back(std::move(line));
  } else {
    ++more;
  }
}

void Loki::Problems::Add(const Problems& others) {
  for (const std::string& line : others.lines) Add(line);
  more += others.more;
}

void Loki::Add(const text::LogRecord& record) {
  if (record.level < options_.lowest) return;
  LokiLine line = MakeLokiLine(record, options_);
  std::string problem;
  if (record.level >= LogLevel::kWarning) {
    problem = text::FormatPlain(record);
    problem.pop_back();  // the end of the line
    if (problem.size() > kMostShownBytes)
      problem = std::string(text::CutToBytes(problem, kMostShownBytes)) + "...";
  }
  const std::lock_guard lock(mutex_);
  if (lines_.size() >= options_.limit) {
    ++dropped_;
    return;
  }
  lines_.push_back(std::move(line));
  if (!problem.empty()) problems_.Add(std::move(problem));
}

void Loki::Run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    wake_.wait_for(lock, options_.period, [this] { return ending_; });
    lock.unlock();
    Collect();
    PushWaiting();
    lock.lock();
  }
  lock.unlock();
  Collect();
  for (int i = 1; i < kLastAttempts && !waiting_.empty(); ++i) PushWaiting();
  for (const Batch& batch : waiting_) Lose(batch);
  if (lost_ == 0) return;
  std::string said = std::to_string(lost_) + (lost_ == 1 ? " log line" : " log lines") +
                     " did not reach Loki at " + options_.url;
  if (!lost_problems_.lines.empty()) said += ", among them:";
  for (const std::string& line : lost_problems_.lines) said += "\n" + line;
  if (lost_problems_.more > 0)
    said += "\nand " + std::to_string(lost_problems_.more) + " more of level warning or error";
  say_(said);
}

void Loki::Lose(const Batch& batch) {
  lost_ += batch.lines;
  lost_problems_.Add(batch.problems);
}

void Loki::Collect() {
  std::vector<LokiLine> lines;
  std::uint64_t dropped = 0;
  Batch batch;
  {
    const std::lock_guard lock(mutex_);
    lines.swap(lines_);
    batch.problems = std::exchange(problems_, {});
    dropped = std::exchange(dropped_, 0);
  }
  if (lines.empty()) return;
  if (dropped > 0) {
    text::LogRecord record;
    record.time = std::chrono::system_clock::now();
    record.level = LogLevel::kWarning;
    record.message = "loadctl dropped " + std::to_string(dropped) +
                     " log messages because they were above the limit of " +
                     std::to_string(options_.limit) + " messages / " +
                     FormatGoDuration(options_.period);
    lines.push_back(MakeLokiLine(record, options_));
  }
  batch.lines = lines.size();
  batch.body = LokiBody(std::move(lines), options_);
  waiting_.push_back(std::move(batch));
  if (waiting_.size() <= kMostWaiting) return;
  Lose(waiting_.front());
  waiting_.pop_front();
}

// One that Loki refuses for good must not keep the others back for ever: it is the oldest that is
// lost when too many wait.
void Loki::PushWaiting() {
  while (!waiting_.empty()) {
    const std::string problem = post_(waiting_.front().body);
    if (!problem.empty()) {
      if (!std::exchange(told_, true)) say_("Error while sending logs to loki: " + problem);
      return;
    }
    waiting_.pop_front();
  }
}

}  // namespace loadctl::terminal
