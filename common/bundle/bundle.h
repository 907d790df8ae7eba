// A bundle: the files a script needs, immutable, named by what they contain.
// Not for finding them (controller/bundle). Plain value: any thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/error.h"
#include "common/bundle/shared_files.h"

namespace loadctl::bundle {

/// Who gets a packed bundle.
enum class PackFor { kAnyone, kThisMachine };

/// Files by URL (`file:///dir/x.js`), and what running them takes besides: the code that a file was
/// compiled to (TypeScript, JSON), source maps, and imports whose URL does not follow from their
/// text. Contents stay where they are as long as the bundle lives.
class Bundle final {
 public:
  /// An import: the URL of the file that imports, and the name it imports.
  using Import = std::pair<std::string, std::string>;

  Bundle() = default;
  /// Adds a file; the first content of a URL counts. So with all that follow.
  void Add(std::string url, std::string content);
  /// The JavaScript that runs in place of the file's own text.
  void AddCode(std::string url, std::string code);
  /// The source map (version 3, JSON) of what runs for the file.
  void AddSourceMap(std::string url, std::string map);
  /// What `specifier` means in the file `referrer`, where ResolveUrl() would say otherwise.
  void AddImport(std::string referrer, std::string specifier, std::string url);

  /// A file that open() was asked for and is not there, and why: init code may do without it.
  void AddMissing(std::string url, std::string why);

  /// A large file that is only opened: it is not among files().
  void AddShared(std::string url, SharedFile file);

  /// Null if the bundle does not hold it.
  [[nodiscard]] const std::string* Find(const std::string& url) const;
  /// The same of those that were added as shared.
  [[nodiscard]] const SharedFile* FindShared(const std::string& url) const;
  /// What open() gives; nothing if the bundle does not hold it.
  [[nodiscard]] std::optional<std::string_view> FindContent(const std::string& url) const;
  /// Why the file was not there; null if nobody asked for it, or it was.
  [[nodiscard]] const std::string* FindMissing(const std::string& url) const;
  /// The JavaScript that runs for a URL: its code, else the file itself. Null if there is none.
  [[nodiscard]] const std::string* FindScript(const std::string& url) const;
  /// Null if there is none.
  [[nodiscard]] const std::string* FindSourceMap(const std::string& url) const;
  /// The URL that an import names. Fails (kScript) with k6's texts.
  [[nodiscard]] Result<std::string> Resolve(const std::string& specifier,
                                            const std::string& referrer) const;
  [[nodiscard]] const std::map<std::string, std::string>& files() const { return files_; }
  [[nodiscard]] const std::map<std::string, SharedFile>& shared_files() const {
    return shared_files_;
  }
  friend bool operator==(const Bundle&, const Bundle&) = default;

  /// SHA-256 of the packed form, in hex.
  [[nodiscard]] std::string Hash() const;
  /// All of it in one string: for each entry, sorted by kind and key, the kind (a byte: `f` a file,
  /// `c` code, `m` a source map, `i` an import, whose key is referrer, 0, specifier, `s` a shared
  /// file, whose value is its place and size, `x` a missing file), the sizes of key and value (8
  /// bytes each, little endian), key, value. Shared files are files to all but agents of this
  /// machine.
  [[nodiscard]] std::string Pack(PackFor whom = PackFor::kAnyone) const;
  /// Fails (kGeneric) if the bytes are not what Pack() makes, or do not have this hash. `shared`
  /// has the shared files; null: there may be none.
  static Result<Bundle> Unpack(std::string_view packed, const std::string& hash,
                               SharedFiles* shared = nullptr);

 private:
  Result<void> Take(char kind, std::string key, std::string value, SharedFiles* shared);

  std::map<std::string, std::string> files_, code_, source_maps_, missing_;
  std::map<std::string, SharedFile> shared_files_;
  std::map<Import, std::string> imports_;
};

/// SHA-256 in hex.
[[nodiscard]] std::string Sha256(std::string_view bytes);

}  // namespace loadctl::bundle
