// Takes secrets out of texts that leave a program: logs, errors, summaries, records, tags.
// Not for keeping or giving them (keeper.h). Any thread.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace loadctl::secrets {

/// Knows secrets, and how they look in JSON and in URLs. Where several begin at one place the
/// longest is taken out, so that no rest of it stays.
class Redactor final {
 public:
  /// What stands for a secret: k6's text.
  static constexpr std::string_view kMask = "***SECRET_REDACTED***";

  Redactor();
  ~Redactor();
  Redactor(const Redactor&) = delete;
  Redactor& operator=(const Redactor&) = delete;

  /// From here on the secret is taken out; one of white space alone is not, as in k6.
  void Add(std::string_view secret);

  /// Costs a load: for not looking at texts of a run without secrets.
  [[nodiscard]] bool empty() const { return !any_.load(std::memory_order_acquire); }

  /// True: there were some in it.
  bool Redact(std::string& text) const;
  [[nodiscard]] std::string Redacted(std::string text) const {
    Redact(text);
    return text;
  }
  /// The same in the values of a JSON text, which stays one: keys and numbers are as they were.
  bool RedactJson(std::string& json) const;

 private:
  /// By their first byte, the longest first.
  using Table = std::array<std::vector<std::string>, 256>;
  [[nodiscard]] std::shared_ptr<const Table> table() const;

  std::atomic<bool> any_{false};
  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> known_;
  std::shared_ptr<const Table> table_;
};

}  // namespace loadctl::secrets
