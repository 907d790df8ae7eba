// Reads a run's events from what writer.h has written, up to where it was cut.
// Not for what they come to (controller/results). One thread at a time.
#pragma once

#include <cstddef>
#include <istream>
#include <memory>
#include <optional>
#include <string>

#include "common/base/error.h"
#include "loadctl/v1/report.pb.h"

namespace loadctl::record {

/// A frame's events come only if its checksum is right. Memory: the largest frame, at most 260 MiB.
class Reader final {
 public:
  /// Reads from the stream, which must outlive this. Fails (kGeneric) if it is no record, or one of
  /// another version.
  static Result<Reader> Make(std::istream& from);
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) = delete;

  /// The next event; nullopt at the end, or where the rest cannot be read.
  [[nodiscard]] std::optional<v1::RunEvent> Next();

  /// Why there was nothing more, if that was not the file's end: it is cut or damaged there.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  struct Stream;
  explicit Reader(std::istream& from);
  bool Fill(std::size_t size);

  std::unique_ptr<Stream> stream_;
  std::string text_;  // decompressed, from `at_` on not read yet
  std::size_t at_ = 0;
  std::string problem_;
};

}  // namespace loadctl::record
