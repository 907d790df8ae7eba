// The audit log: who ran what, when, on which agents, and who stopped, scaled or paused it; who was
// refused. A file of one JSON object a line, on the disk before what it tells of goes on.
// Not for people who look how the controller is (its log). Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/error.h"
#include "controller/fleet/quotas.h"

namespace loadctl::fleet {

/// Who did it: by certificate where there is one.
struct Actor {
  std::string name;     ///< of the certificate or token; empty without
  std::string serial;   ///< of the certificate; empty without
  std::string address;  ///< as gRPC names it: `ipv4:10.0.0.1:4711`
};

class AuditLog final {
 public:
  using Value = std::variant<std::string, std::int64_t, std::vector<std::string>>;
  using Field = std::pair<std::string_view, Value>;

  /// Appends to the file, made with mode 0600 if it is not there. Fails (kGeneric) naming it.
  static Result<std::shared_ptr<AuditLog>> Open(std::string path, SharedQuotas quotas);
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  /// `{"time":"...","event":"run_begin","client":...,"serial":...,"address":...,FIELDS}`. Blocks
  /// until the disk has it. Fails (kGeneric) if it has not.
  Result<void> Write(std::string_view event, const Actor& actor,
                     std::initializer_list<Field> fields = {});

  /// The same for what many may do at once, and strangers: does not wait for the disk, and beyond
  /// Quota::kAuditLines in a second only counts; the next one says how many were `missed`.
  void Note(std::string_view event, const Actor& actor, std::initializer_list<Field> fields = {});

  /// The file was moved away: from here on a new one of that name is written.
  Result<void> Reopen();

 private:
  AuditLog(std::string path, SharedQuotas quotas)
      : path_(std::move(path)), quotas_(std::move(quotas)) {}

  const std::string path_;
  const SharedQuotas quotas_;
  std::mutex mutex_;
  int file_ = -1;
  std::chrono::steady_clock::time_point second_{};  // of the notes below
  std::int64_t notes_ = 0;
  std::int64_t missed_ = 0;
};

}  // namespace loadctl::fleet
