// What configures an output: variables over the configuration file's `collectors`, as in k6.
// Not for the argument of --out, which each output reads by its own rules. Any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "controller/output/output.h"

namespace loadctl::output {

class Settings final {
 public:
  /// Reads `collectors.TYPE`. Fails if that is no JSON object.
  [[nodiscard]] static Result<Settings> Of(const std::string& type, const Context& context);

  /// The variable's value, else the text (or number, or boolean as text) under the key, else
  /// nothing. An empty variable counts.
  [[nodiscard]] std::optional<std::string> Find(const std::string& variable,
                                                std::string_view key) const;
  [[nodiscard]] std::string Text(const std::string& variable, std::string_view key,
                                 std::string_view fallback) const;
  /// Fails naming the variable or key on what is no duration (`5s`; a bare number: milliseconds)
  /// above 0.
  [[nodiscard]] Result<std::chrono::nanoseconds> Period(const std::string& variable,
                                                        std::string_view key,
                                                        std::chrono::nanoseconds fallback) const;
  [[nodiscard]] Result<bool> Flag(const std::string& variable, std::string_view key,
                                  bool fallback) const;
  [[nodiscard]] Result<std::int64_t> Number(const std::string& variable, std::string_view key,
                                            std::int64_t fallback, std::int64_t least,
                                            std::int64_t most) const;
  /// Fields of an object under the key: name and text.
  [[nodiscard]] Fields Object(std::string_view key) const;

 private:
  const Context* context_ = nullptr;
  std::map<std::string, std::string, std::less<>> values_;
  std::map<std::string, Fields, std::less<>> objects_;
};

/// A period of flushes in text: above 0, at most a day. Fails with Go's text.
[[nodiscard]] Result<std::chrono::nanoseconds> ParsePeriod(const std::string& text);

}  // namespace loadctl::output
