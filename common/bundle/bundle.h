// A bundle: the files a script needs, immutable, named by what they contain.
// Not for finding them (controller/bundle). Plain value: any thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loadctl::bundle {

/// Files by URL (`file:///dir/x.js`); the contents stay where they are as long as the bundle lives.
class Bundle final {
 public:
  Bundle() = default;
  /// Adds a file; the first content of a URL counts.
  void Add(std::string url, std::string content);
  /// Null if the bundle does not hold it.
  [[nodiscard]] const std::string* Find(const std::string& url) const;
  [[nodiscard]] const std::map<std::string, std::string>& files() const { return files_; }

  /// SHA-256 of the packed form, in hex.
  [[nodiscard]] std::string Hash() const;
  /// All files in one string: for each, sorted by URL, the sizes of URL and content (8 bytes each,
  /// little endian), URL, content.
  [[nodiscard]] std::string Pack() const;
  /// Fails (kGeneric) if the bytes are not what Pack() makes, or do not have this hash.
  static Result<Bundle> Unpack(std::string_view packed, const std::string& hash);

 private:
  std::map<std::string, std::string> files_;
};

/// SHA-256 in hex.
[[nodiscard]] std::string Sha256(std::string_view bytes);

}  // namespace loadctl::bundle
