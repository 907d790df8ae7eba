// Writes a run's events to a file, to be read again by reader.h: `loadctl run --record FILE`.
// One thread at a time; behind an events::Queue, for a disk may be slow.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "common/base/error.h"
#include "controller/events/subscriber.h"
#include "controller/record/thinner.h"

namespace loadctl::record {

/// The file is one after the other zstd frames (RFC 8878), each with its checksum and readable by
/// itself. What they hold, put together, is the line `loadctl record 1` and then events, each with
/// its length before it as protobuf's varint. A frame ends with each second of the run and when a
/// second has passed, so that a crash costs no more than that, or what the thinner has kept back.
/// Of progress one event a second is kept.
class Writer final : public events::Subscriber {
 public:
  /// Makes or replaces the file, and locks it: one that another run writes to stays as it is. Fails
  /// (kGeneric) saying why it cannot be had.
  static Result<std::unique_ptr<Writer>> Create(const std::string& path);
  ~Writer() override;

  void On(const v1::RunEvent& event) override;

  /// What went wrong, after which nothing was written any more; empty: nothing.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  /// What did not get here because the disk was too slow; the file says so, too.
  [[nodiscard]] const v1::Missed& missed() const { return missed_; }

 private:
  using Clock = std::chrono::steady_clock;
  Writer(std::string path, int file) : path_(std::move(path)), file_(file) {}
  void Keep(const v1::RunEvent& event);
  void Flush();

  const std::string path_;
  int file_ = -1;
  Thinner thinner_{[this](const v1::RunEvent& event) { Keep(event); }};
  std::string waiting_;  // of the frame in the making
  Clock::time_point flushed_ = Clock::now();
  Clock::time_point next_progress_{};
  v1::Missed missed_;
  std::string problem_;
};

}  // namespace loadctl::record
