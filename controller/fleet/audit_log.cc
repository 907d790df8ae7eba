#include "controller/fleet/audit_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "common/text/json_writer.h"

namespace loadctl::fleet {
namespace {

std::string Now() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> date{}, text{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data(), text.size(), "%.20s.%03dZ", date.data(),
                static_cast<int>(milliseconds));
  return text.data();
}

void Put(std::string& line, std::string_view key, const std::string& json) {
  line += (line.size() > 1 ? "," : "") + text::JsonString(key) + ":" + json;
}

// Much of it is what peers call themselves.
constexpr std::size_t kMostText = 1000;

std::string ToJson(const std::string& value) {
  return text::JsonString(std::string_view(value).substr(0, kMostText));
}
std::string ToJson(std::int64_t value) { return std::to_string(value); }
std::string ToJson(const std::vector<std::string>& values) {
  std::string list = "[";
  for (const std::string& value : values) list += (list.size() > 1 ? "," : "") + ToJson(value);
  return list + "]";
}

int OpenToAppend(const std::string& path) {
  return open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
}

}  // namespace

Result<std::shared_ptr<AuditLog>> AuditLog::Open(std::string path, SharedQuotas quotas) {
  std::shared_ptr<AuditLog> log(new AuditLog(std::move(path), std::move(quotas)));
  LOADCTL_CHECK_OK(log->Reopen());
  return log;
}

AuditLog::~AuditLog() {
  if (file_ >= 0) close(file_);
}

Result<void> AuditLog::Reopen() {
  const std::lock_guard lock(mutex_);
  const int fresh = OpenToAppend(path_);
  if (fresh < 0) return Fail("cannot write the audit log " + path_ + ": " + std::strerror(errno));
  if (file_ >= 0) close(file_);
  file_ = fresh;
  return {};
}

namespace {

std::string LineOf(std::string_view event, const Actor& actor,
                   std::initializer_list<AuditLog::Field> fields, std::int64_t missed) {
  std::string line = "{";
  Put(line, "time", text::JsonString(Now()));
  Put(line, "event", text::JsonString(event));
  for (const auto& [key, value] :
       {std::pair{"name", &actor.name}, std::pair{"serial", &actor.serial},
        std::pair{"address", &actor.address}}) {
    if (!value->empty()) Put(line, key, ToJson(*value));
  }
  for (const auto& [key, value] : fields)
    Put(line, key, std::visit([](const auto& one) { return ToJson(one); }, value));
  if (missed > 0) Put(line, "missed", ToJson(missed));
  return line + "}\n";
}

/// In one write, so that lines of a file that others append to do not mix.
bool WriteLine(int file, const std::string& line) {
  return write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
}

}  // namespace

Result<void> AuditLog::Write(std::string_view event, const Actor& actor,
                             std::initializer_list<Field> fields) {
  const std::lock_guard lock(mutex_);
  const bool written = WriteLine(file_, LineOf(event, actor, fields, missed_));
  // Pipes and devices have no disk to wait for.
  if (!written || (fdatasync(file_) != 0 && errno != EINVAL && errno != EROFS))
    return Fail("cannot write the audit log " + path_ + ": " + std::strerror(errno));
  missed_ = 0;
  return {};
}

void AuditLog::Note(std::string_view event, const Actor& actor,
                    std::initializer_list<Field> fields) {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    notes_ = 0;
  }
  const bool room = notes_ < quotas_->most(Quota::kAuditLines);
  if (!room) quotas_->Reach(Quota::kAuditLines);
  if (!room || !WriteLine(file_, LineOf(event, actor, fields, missed_))) {
    ++missed_;
    return;
  }
  quotas_->Use(Quota::kAuditLines, ++notes_);
  missed_ = 0;
}

}  // namespace loadctl::fleet
