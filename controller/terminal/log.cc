#include "controller/terminal/log.h"

#include <fcntl.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>

#include "common/daemon/journal.h"
#include "controller/terminal/code_frame.h"
#include "controller/terminal/progress.h"

namespace loadctl::terminal {
namespace {

/// Where lines go, as --log-output says.
struct Target {
  int fd = -1;         ///< -1: nowhere
  bool owned = false;  ///< a file, to be closed
  bool tty = false;
  LogLevel lowest = LogLevel::kDebug;
  std::string name{};  ///< for people
};

/// 0, or why not all was written.
int WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written < 0 ? errno : ENOSPC;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

Result<Target> OpenFile(const std::string& path) {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::absolute(path, error).parent_path();
  if (!std::filesystem::exists(folder, error)) {
    return Fail("provided directory '" + folder.string() + "' does not exist");
  }
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return Fail("failed to open logfile " + path + ": " +
                std::error_code(errno, std::generic_category()).message());
  }
  return Target{fd, true, false, LogLevel::kDebug, path};
}

/// `file=PATH[,level=L]`
Result<Target> ParseFile(std::string_view config) {
  std::string path;
  LogLevel lowest = LogLevel::kDebug;
  while (!config.empty()) {
    const std::string_view item = config.substr(0, config.find(','));
    config.remove_prefix(std::min(item.size() + 1, config.size()));
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos || equals + 1 == item.size()) {
      return Fail("error while parsing logfile configuration key `" + std::string(item) +
                  "` with no value");
    }
    const std::string_view key = item.substr(0, equals);
    const std::string_view value = item.substr(equals + 1);
    if (key == "file") {
      path = value;
    } else if (key == "level") {
      LOADCTL_TRY(lowest, ParseLogLevel(value));
    } else {
      return Fail("unknown logfile config key " + std::string(key));
    }
  }
  if (path.empty()) return Fail("filepath must not be empty");
  LOADCTL_TRY(Target target, OpenFile(path));
  target.lowest = lowest;
  return target;
}

Result<Target> ParseOutput(const LogOptions& options) {
  if (options.output == "stderr") {
    return Target{STDERR_FILENO, false, options.stderr_is_tty, LogLevel::kDebug, "standard error"};
  }
  if (options.output == "stdout") {
    return Target{STDOUT_FILENO, false, options.stdout_is_tty, LogLevel::kDebug, "standard output"};
  }
  if (options.output == "none") return Target{-1, false, false, options.lowest, {}};
  if (options.output.starts_with("file")) return ParseFile(options.output);
  return Fail("unsupported log output '" + options.output + "'");
}

}  // namespace

/// Writes whole lines to a descriptor, on a terminal around the progress block. A log that cannot
/// be written does not stop a test: it is said at the end. Errors go to standard error then, or a
/// program that ends with one would say nothing at all.
class Logger::DescriptorSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  DescriptorSink(Target target, std::function<void(const std::function<void()>&)> around)
      : target_(target), around_(std::move(around)) {}
  ~DescriptorSink() override {
    if (const std::string problem = Problem(); !problem.empty())
      std::fprintf(stderr, "loadctl: log lines were lost: %s\n", problem.c_str());
    if (target_.owned) ::close(target_.fd);
  }
  DescriptorSink(const DescriptorSink&) = delete;
  DescriptorSink& operator=(const DescriptorSink&) = delete;

  /// The code that an error names, for a person at a terminal; each place once, and not very many.
  std::string FrameFor(const LogRecord& record, const secrets::Redactor* redactor) {
    // A test may throw the same error a thousand times a second.
    constexpr std::size_t kMost = 20;
    if (!target_.tty || record.level != LogLevel::kError) return "";
    const std::lock_guard lock(frames_mutex_);
    if (frames_shown_.size() >= kMost) return "";
    std::string frame = CodeFrameFor(record.message);
    if (redactor != nullptr) redactor->Redact(frame);
    return frame.empty() || !frames_shown_.insert(frame).second ? "" : frame;
  }

  [[nodiscard]] std::string Problem() const {
    const int error = error_;
    return error == 0 ? "" : target_.name + ": " + std::strerror(error);
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& msg) override {
    if (target_.fd < 0) return;
    const std::string_view line(msg.payload.data(), msg.payload.size());
    if (!target_.tty) {
      const int error = WriteAll(target_.fd, line);
      Keep(error);
      if (error != 0 && msg.level >= spdlog::level::err) SayInstead(line);
      return;
    }
    const std::string over = OverBlock(line);
    const auto write = [&] { Keep(WriteAll(target_.fd, over)); };
    around_ ? around_(write) : write();
  }
  void flush_() override {}

 private:
  void SayInstead(std::string_view line) {
    // As FrameFor(): a script may throw without end.
    constexpr int kMost = 20;
    if (target_.fd == STDERR_FILENO || said_instead_ >= kMost) return;
    ++said_instead_;
    WriteAll(STDERR_FILENO, line);
  }
  void Keep(int error) {
    int none = 0;
    if (error != 0) error_.compare_exchange_strong(none, error);
  }

  const Target target_;
  const std::function<void(const std::function<void()>&)> around_;
  std::atomic<int> error_{0};
  int said_instead_ = 0;  // under the base's mutex
  std::mutex frames_mutex_;
  std::set<std::string> frames_shown_;
};

Result<std::unique_ptr<Logger>> Logger::Open(LogOptions options) {
  LOADCTL_TRY(const Target target, ParseOutput(options));
  const LogLevel lowest =
      std::max(options.verbose ? LogLevel::kDebug : LogLevel::kInfo, target.lowest);
  const bool colored = target.tty && !options.no_color;
  const Formatter format = options.format == "raw"    ? text::FormatRaw
                           : options.format == "json" ? text::FormatJson
                           : colored                  ? text::FormatColored
                                                      : text::FormatPlain;
  auto sink = std::make_shared<DescriptorSink>(target, std::move(options.around_terminal_write));
  std::unique_ptr<Logger> logger(
      new Logger(std::move(sink), format, lowest, std::move(options.journal)));
  logger->also_ = std::move(options.also);
  return logger;
}

Logger::Logger(std::shared_ptr<DescriptorSink> sink, Formatter format, LogLevel lowest,
               std::string journal)
    : descriptor_(std::move(sink)),
      sink_(std::make_unique<spdlog::logger>("loadctl", descriptor_)),
      format_(format),
      lowest_(lowest),
      journal_(std::move(journal)),
      start_(std::chrono::steady_clock::now()) {
  sink_->set_formatter(
      std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::local, ""));
  sink_->set_level(ToSpdlog(lowest));
}

Logger::~Logger() = default;

void Logger::Log(LogLevel level, std::string_view message, const LogFields& fields) {
  if (!Enabled(level)) return;
  LogRecord record{std::chrono::system_clock::now(), std::chrono::steady_clock::now() - start_,
                   level, std::string(message), fields};
  if (redactor_ != nullptr && !redactor_->empty()) {
    redactor_->Redact(record.message);
    for (auto& [name, value] : record.fields) {
      redactor_->Redact(name);
      redactor_->Redact(value);
    }
  }
  if (also_) also_(record);
  if (!journal_.empty() && daemon::SendToJournal(record, journal_)) return;
  std::string lines = format_(record);
  if (format_ != text::FormatJson && format_ != text::FormatRaw)
    lines += descriptor_->FrameFor(record, redactor_.get());
  sink_->log(ToSpdlog(level), spdlog::string_view_t(lines));
}

void Logger::Debug(std::string_view message, const LogFields& fields) {
  Log(LogLevel::kDebug, message, fields);
}
void Logger::Info(std::string_view message, const LogFields& fields) {
  Log(LogLevel::kInfo, message, fields);
}
void Logger::Warn(std::string_view message, const LogFields& fields) {
  Log(LogLevel::kWarning, message, fields);
}
void Logger::Error(std::string_view message, const LogFields& fields) {
  Log(LogLevel::kError, message, fields);
}

std::string Logger::Problem() const { return descriptor_->Problem(); }

bool Logger::Enabled(LogLevel level) const { return level >= lowest_; }

}  // namespace loadctl::terminal
