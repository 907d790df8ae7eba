// HarLog: a run's requests and answers as an HTTP Archive 1.2 (HAR), for browsers' tools and the
// like. Not for measuring: an archive is of a run of few requests. Credentials are masked. One
// thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "loadctl/v1/report.pb.h"

namespace loadctl::report {

class HarLog final {
 public:
  /// Keeps one, in the order in which requests were made; not beyond 64 MiB in all.
  void Add(const v1::HttpExchange& exchange);
  /// Some were left out, here or by an agent.
  [[nodiscard]] bool cut() const { return cut_; }
  /// How many there may be, in words.
  [[nodiscard]] static std::string Limits();
  /// The file's text; `version` is loadctl's.
  [[nodiscard]] std::string Text(std::string_view version) const;

 private:
  struct Entry {
    std::int64_t unix_ns;
    std::string json;
  };
  std::vector<Entry> entries_;
  std::size_t bytes_ = 0;
  bool cut_ = false;
};

/// What stands for a value that is masked.
inline constexpr std::string_view kMasked = "***";
/// Whether a header, parameter or field of this name holds what lets somebody in: its name contains
/// authorization, cookie, token, secret, password, api-key or the like, in any case.
[[nodiscard]] bool IsCredential(std::string_view name);
/// The value of a header: nothing of a credential, and none of a URL's.
[[nodiscard]] std::string MaskedHeader(std::string_view name, std::string_view value);
/// A body of multipart/form-data without the values of fields that are credentials.
[[nodiscard]] std::string MaskedMultipart(std::string_view body);
/// A URL (its fragment, too), or a form's body, without values of credentials and without a
/// password.
[[nodiscard]] std::string MaskedUrl(std::string_view url);
[[nodiscard]] std::string MaskedForm(std::string_view form);
/// JSON text without texts and numbers of fields that are credentials; what is no JSON is left.
[[nodiscard]] std::string MaskedJson(std::string_view json);

}  // namespace loadctl::report
