// The files that a test's script names: on this machine's disk, or in the archive it came in.
// Not for what running them takes (scripts.h). Main thread, blocking.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/error.h"
#include "common/bundle/bundle.h"

namespace loadctl::controller {

/// The URL of a script that is read from standard input.
inline constexpr char kStdinUrl[] = "file:///-";

/// The most bytes of one file; more than that no agent could be sent.
inline constexpr std::size_t kMostFileBytes = std::size_t{1} << 30;

/// k6's words for a module or file that is not there.
[[nodiscard]] std::string NotFound(const std::string& specifier);

/// All that can be read; `expected` bytes, or 0 if nobody knows. Fails (kScript) with the reason.
[[nodiscard]] Result<std::string> ReadToEnd(int descriptor, std::size_t expected);

/// A file's bytes, whatever size the file system gives for it. Fails (kScript) with `as_typed` for
/// one that is not there; for a folder; for more than kMostFileBytes.
[[nodiscard]] Result<std::string> ReadWhole(const std::string& path, const std::string& as_typed);

class Files final {
 public:
  /// A file that open() gives; `shared` is null if it is not one of the bundle's shared files.
  struct Opened {
    std::string_view text;
    const bundle::SharedFile* shared = nullptr;
  };

  /// `bundle` keeps what is read. With `archive`, files are those it already holds, no others.
  /// `shared` may be null.
  Files(bundle::Bundle& bundle, std::string main_url, bool archive,
        std::shared_ptr<bundle::SharedFiles> shared = nullptr)
      : bundle_(bundle),
        main_url_(std::move(main_url)),
        archive_(archive),
        shared_(std::move(shared)) {}

  /// Whether a file, not a folder, is there under that URL.
  [[nodiscard]] bool Has(const std::string& url) const;
  /// Whether a folder is there. An archive has none of its own.
  [[nodiscard]] bool HasFolder(const std::string& url) const;
  /// The file, which the bundle holds from now on. Fails (kScript) with k6's texts.
  Result<const std::string*> Provide(const std::string& url);

  /// The same for open(): with the words of k6's open(), and what is not there is kept as missing,
  /// so that VUs hear the same.
  /// Large files that are no scripts by their name are shared with agents of this machine.
  Result<Opened> Open(const std::string& url);

  [[nodiscard]] bool archive() const { return archive_; }
  [[nodiscard]] bundle::Bundle& bundle() { return bundle_; }
  /// Where on disk the file of a URL is to be looked for.
  [[nodiscard]] std::string PathOf(const std::string& url) const;

 private:
  /// Whether the file is in the bundle as a shared one now. False: nothing is said of why not.
  bool Share(const std::string& url);

  bundle::Bundle& bundle_;
  std::string main_url_;
  bool archive_;
  std::shared_ptr<bundle::SharedFiles> shared_;
};

}  // namespace loadctl::controller
