// Takes secrets out of texts that leave a program: logs, errors, summaries, records, tags.
// Not for keeping or giving them (keeper.h). Any thread.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace loadctl::secrets {

/// Knows secrets, and how they look in JSON, in URLs and in base64, whatever else was encoded with
/// them. Where several begin at one place the longest is taken out, so that no rest of it stays.
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
  /// Whether a sign of base64 before it, or behind it, has bits of the secret, too.
  struct Edges {
    bool before, behind;
  };
  using Form = std::pair<std::string, Edges>;
  /// By their first byte, the longest first. The texts are those of known_, which only grows.
  using Table = std::array<std::vector<std::pair<std::string_view, Edges>>, 256>;
  static void AddBase64(std::string_view secret, std::vector<Form>& to);
  static std::vector<Form> FormsOf(std::string_view secret);
  [[nodiscard]] std::shared_ptr<const Table> table() const;

  std::atomic<bool> any_{false};
  mutable std::mutex mutex_;
  std::map<std::string, Edges, std::less<>> known_;
  mutable std::shared_ptr<const Table> table_;  // null: to be made of what is known
};

}  // namespace loadctl::secrets
