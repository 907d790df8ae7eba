// Where an output that writes lines puts them: a file, a compressed file, standard output.
// Not for what is in the lines. One thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "controller/output/output.h"

namespace loadctl::output {

class LineFile final {
 public:
  /// `path` empty or `-`: standard output, by the context. A name that ends with `.gz` is
  /// compressed. The file is made or emptied; while it is open, no other run may write to it.
  /// Fails (kGeneric) in Go's words: `open x/y: no such file or directory`.
  [[nodiscard]] static Result<std::unique_ptr<LineFile>> Open(const std::string& path,
                                                              const Context& context);
  ~LineFile();
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  /// Writes whole lines, all of them or none: false then, problem() says why, and later ones may
  /// succeed.
  [[nodiscard]] bool Write(std::string_view lines);
  /// False if what was written may not have arrived.
  [[nodiscard]] bool Close();
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  struct Gzip;
  explicit LineFile(std::string path);
  bool WriteAll(std::string_view bytes);
  bool Compress(std::string_view bytes, int flush);

  const std::string path_;
  std::function<void(std::string_view)> write_stdout_;
  int descriptor_ = -1;
  bool regular_ = false;
  std::string problem_;
  std::unique_ptr<Gzip> gzip_;
};

}  // namespace loadctl::output
