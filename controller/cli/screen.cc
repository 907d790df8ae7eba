#include "controller/cli/screen.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

#include "common/metrics/delta.h"
#include "common/text/colors_only.h"
#include "controller/http/client.h"
#include "controller/output/deliver.h"
#include "controller/summary/json.h"
#include "controller/summary/text.h"

namespace loadctl::cli {
namespace {

constexpr std::uint32_t kMaxAgents = 10000;

/// Why standard output could not be written the first time; 0: it could.
std::atomic<int> stdout_error{0};

/// 0, or why not all was written.
int WriteAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written < 0 ? errno : ENOSPC;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

/// Output that is lost does not stop a test: it is said at the end.
void WriteStdout(std::string_view bytes) {
  const int error = WriteAll(STDOUT_FILENO, bytes);
  int none = 0;
  if (error != 0) stdout_error.compare_exchange_strong(none, error);
}

/// A line that may come from another machine: nothing in it moves the cursor.
std::string WithoutControls(std::string line) {
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f; }, '?');
  return line;
}

bool IsTerminal(int descriptor) {
  const char* kind = std::getenv("TERM");
  return isatty(descriptor) == 1 && !(kind != nullptr && std::strcmp(kind, "dumb") == 0);
}

int TerminalWidth() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/// Problems with Loki are said on standard error, as k6 does.
Result<std::unique_ptr<terminal::Loki>> OpenLoki(const std::string& text) {
  LOADCTL_TRY(terminal::LokiOptions options, terminal::ParseLoki(text));
  http::ClientOptions http;
  http.most_body = output::kMostAnswer;
  http.timeout = std::max(std::chrono::duration_cast<std::chrono::milliseconds>(options.period),
                          std::chrono::milliseconds(1000));
  http.headers.emplace_back("Content-Type: application/json");
  for (const auto& [name, value] : options.headers) http.headers.push_back(name + ": " + value);
  const std::string url = options.url;
  auto client = std::make_shared<http::Client>(std::move(http));
  return std::make_unique<terminal::Loki>(
      std::move(options),
      [client, url](const std::string& body) {
        const auto answer = output::Post(*client, url, body);
        if (!answer) return answer.error().message;
        if (answer->good()) return std::string();
        return "got " + std::to_string(answer->status) + " from loki: " + answer->body;
      },
      [](const std::string& what) { std::fprintf(stderr, "loadctl: %s\n", what.c_str()); });
}

}  // namespace

std::optional<FileProblem> TryWriteFile(const std::string& path, const std::string& content,
                                        Readers readers) {
  const bool owner = readers == Readers::kOwner;
  const int file =
      open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, owner ? 0600 : 0666);
  if (file < 0) return FileProblem{"open", std::strerror(errno)};
  struct stat info {};
  if (owner && fstat(file, &info) == 0 && S_ISREG(info.st_mode)) fchmod(file, 0600);
  int error = WriteAll(file, content);
  if (close(file) != 0 && error == 0) error = errno;
  if (error != 0) return FileProblem{"write", std::strerror(error)};
  return std::nullopt;
}

std::string WriteFile(const std::string& path, const std::string& content) {
  const auto problem = TryWriteFile(path, content);
  return problem ? "could not " + problem->step + " '" + path + "': " + problem->reason : "";
}

std::string AppendFile(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file << content;
  file.close();
  return file ? "" : "could not write '" + path + "': " + std::strerror(errno);
}

Screen::Screen(const plan::RuntimeOptions& options) : options_(options) {
  display_.stdout_is_tty = IsTerminal(STDOUT_FILENO);
  display_.stderr_is_tty = IsTerminal(STDERR_FILENO);
  display_.no_color = options.no_color;
  colors_ =
      display_.stdout_is_tty && !options.no_color ? terminal::Colors::kYes : terminal::Colors::kNo;
}

Result<std::unique_ptr<Screen>> Screen::Open(const plan::RuntimeOptions& options, int agents) {
  std::unique_ptr<Screen> screen(new Screen(options));
  const bool tty = screen->display_.stdout_is_tty;
  screen->printer_ = std::make_unique<terminal::ProgressPrinter>(
      WriteStdout, terminal::ProgressStyle{tty, screen->colors_, tty ? TerminalWidth() : 80});
  terminal::LogOptions log;
  switch (options.log_destination) {
    case plan::LogDestination::kStderr:
      log.output = "stderr";
      break;
    case plan::LogDestination::kStdout:
      log.output = "stdout";
      break;
    case plan::LogDestination::kNone:
      log.output = "none";
      break;
    case plan::LogDestination::kFile:
      log.output = "file=" + options.log_file +
                   (options.log_level.empty() ? "" : ",level=" + options.log_level);
      break;
    case plan::LogDestination::kLoki: {
      LOADCTL_TRY(screen->loki_, OpenLoki(options.loki));
      log.output = "none";
      log.lowest = screen->loki_->lowest();
      log.also = [loki = screen->loki_.get()](const terminal::LogRecord& line) { loki->Add(line); };
      break;
    }
  }
  log.format = options.log_format;
  log.verbose = options.verbose;
  log.no_color = options.no_color;
  log.stdout_is_tty = screen->display_.stdout_is_tty;
  log.stderr_is_tty = screen->display_.stderr_is_tty;
  log.around_terminal_write = [printer = screen->printer_.get()](
                                  const std::function<void()>& print) { printer->Print(print); };
  LOADCTL_TRY(screen->logger_, terminal::Logger::Open(std::move(log)));
  terminal::ConsoleLimits limits;
  limits.agents = agents;
  screen->console_ = std::make_unique<terminal::ConsoleLimiter>(
      limits, [logger = screen->logger_.get()](terminal::LogLevel level, const std::string& message,
                                               const terminal::LogFields& fields) {
        logger->Log(level, message, fields);
      });
  return screen;
}

void Screen::Banner() {
  if (!options_.quiet) WriteStdout(terminal::RenderBanner(colors_));
}

void Screen::Print(std::string_view bytes) {
  printer_->Print([&] { WriteStdout(bytes); });
}

void Screen::Header(const plan::CommandLine& line, const plan::Plan& plan,
                    std::vector<std::string> outputs, const std::string& dashboard) {
  if (options_.quiet) return;
  const auto tuple = plan::TupleOf(plan.options).value_or(plan::ExecutionTuple());
  terminal::HeaderInfo info;
  info.segment_percent = plan::LengthOf(tuple) * 100;
  if (!line.fleet.controller.empty()) info.execution = "controller " + line.fleet.controller;
  info.script = line.script;
  info.outputs = std::move(outputs);
  info.web_dashboard = dashboard;
  info.agents = static_cast<int>(line.fleet.agents.value_or(1));
  info.show_agents = info.agents > 1;
  info.max_vus = plan.requirements.max_vus;
  info.max_duration = plan.requirements.max_duration;
  for (const auto& scenario : plan.options.scenarios)
    info.scenarios.push_back({scenario.name, plan::Describe(scenario, tuple)});
  WriteStdout(terminal::RenderHeader(info, colors_));
}

void Screen::On(const v1::RunEvent& event) {
  switch (event.body_case()) {
    case v1::RunEvent::kLog:
      return OnLog(event.log());
    case v1::RunEvent::kProgress:
      return OnProgress(event.progress());
    case v1::RunEvent::kSecond:
      return OnSecond(event.second());
    case v1::RunEvent::kNotice:
      if (!options_.quiet)
        printer_->Print([&] { WriteStdout(WithoutControls(event.notice()) + "\n"); });
      return;
    case v1::RunEvent::kMissed:
      return OnMissed(event.missed());
    case v1::RunEvent::kOutcome:
      return OnOutcome(event.outcome());
    default:
      return;
  }
}

void Screen::OnLog(const v1::LogEntry& entry) {
  terminal::AgentLine line;
  line.level = terminal::LogLevelOf(static_cast<unsigned>(entry.level()));
  line.message = entry.message();
  for (int i = 0; i + 1 < entry.fields_size(); i += 2)
    line.fields.emplace_back(entry.fields(i), entry.fields(i + 1));
  if (entry.agent() == 0) return logger_->Log(line.level, line.message, line.fields);
  line.agent = static_cast<int>(std::min(entry.agent(), kMaxAgents));
  console_->Add(line, std::chrono::steady_clock::now());
}

void Screen::OnMissed(const v1::Missed& missed) {
  if (missed.logs() == 0) return;
  logger_->Warn(std::to_string(missed.logs()) +
                " lines of output were suppressed: they came faster than they could be shown");
}

void Screen::OnProgress(const terminal::ProgressState& state) {
  const auto now = std::chrono::steady_clock::now();
  const bool second = now >= next_plain_;
  if (second) console_->Tick(now);
  if (options_.quiet) return;
  if (!display_.stdout_is_tty) {
    // k6's first block comes a second after the start.
    const bool first = next_plain_ == std::chrono::steady_clock::time_point{};
    if (!second) return;
    next_plain_ = now + std::chrono::seconds(1);
    if (first) return;
  }
  std::optional<terminal::LiveFigures> live;
  if (const auto& recent = recent_.figures()) {
    live =
        terminal::LiveFigures{recent->requests, recent->per_second, recent->p95_ms, recent->failed};
  }
  printer_->Update(state, live);
}

void Screen::OnSecond(const v1::Second& second) {
  if (!display_.stdout_is_tty || options_.quiet) return;
  if (const auto delta = metrics::DecodeDelta(second.delta())) recent_.Take(*delta);
}

// What is to be printed; the rest is written.
std::string Screen::SummaryOf(const v1::Outcome& outcome) {
  std::string out, problems;
  if (!outcome.has_files() || files_ == Files::kUnwanted) {
    const bool full = options_.summary_mode == plan::SummaryMode::kFull;
    out = summary::RenderText(outcome.summary(), colors_,
                              full ? summary::Detail::kFull : summary::Detail::kCompact);
  }
  for (const auto& file : outcome.files()) {
    const auto& path = file.path();
    const bool shown = path == "stdout" || path == "stderr";
    if (!shown || files_ == Files::kUnwanted) {
      if (const std::string problem = write_file_(path, file.content()); !problem.empty())
        problems += "\n\t- " + problem;
      continue;
    }
    const std::string content =
        files_ == Files::kOwn ? file.content() : text::ColorsOnly(file.content());
    if (path == "stdout") {
      out += content;
    } else {
      std::fwrite(content.data(), 1, content.size(), stderr);
    }
  }
  if (!problems.empty()) {
    logger_->Error("Could not save some summary information:" + problems);
    files_written_ = false;
  }
  return out;
}

void Screen::OnOutcome(const v1::Outcome& outcome) {
  console_->Finish();
  if (outcome.has_summary() && options_.summary_mode != plan::SummaryMode::kDisabled) {
    const std::string out = SummaryOf(outcome);
    printer_->Print([&] { WriteStdout(out); });
  }
  if (!options_.quiet && outcome.has_summary()) printer_->Finish(outcome.progress());
  SayWhatWasLost();
}

void Screen::SayWhatWasLost() {
  if (const int error = stdout_error; error != 0) {
    logger_->Error(std::string("Output was lost: standard output: ") + std::strerror(error));
    files_written_ = false;
  }
  if (!logger_->Problem().empty()) files_written_ = false;  // the log itself says so at the end
}

}  // namespace loadctl::cli
