// The secrets of a run where its script is: sources by name, with values that are there, or that
// are asked for one by one. Not for where they come from (controller/secretsource). Filled before
// the first VU; then any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/secrets/redactor.h"

namespace loadctl::secrets {

inline constexpr std::size_t kMostSources = 100;
inline constexpr std::size_t kMostSecrets = 10'000;  ///< of all sources
inline constexpr std::size_t kMostValueBytes = std::size_t{64} << 10;
inline constexpr std::size_t kMostKeyBytes = 1024;               ///< of a source's name, too
inline constexpr std::size_t kMostBytes = std::size_t{1} << 20;  ///< keys and values together

/// The name under which a script finds a source without naming one.
inline constexpr char kDefaultSource[] = "default";

struct Source {
  std::vector<std::string> names;  ///< its own, and `default` if it is that
  bool asked = false;              ///< its values are asked for when a script wants them
  std::map<std::string, std::string> values;
};

/// Lets `redactor` know the values, but for those of less than four bytes: no secret, and parts of
/// many words. These it learns when a script gets them, as k6.
inline constexpr std::size_t kLeastKnownBytes = 4;
void TellValues(const std::vector<Source>& sources, Redactor& redactor);

/// Fails (kInvalidConfig) where the sources are more, or larger, than the bounds above, or two have
/// one name.
[[nodiscard]] Result<void> CheckSources(const std::vector<Source>& sources);

class Keeper final {
 public:
  using Reply = std::function<void(Result<std::string>)>;
  using Ask = std::function<void(const std::string& source, const std::string& key)>;

  Keeper() = default;
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  /// `ask` asks somebody, who answers by Answer(), then or later; on the thread that calls Get().
  void Fill(std::vector<Source> sources, Ask ask);

  /// Calls `reply` with the value: at once if it is known, else when it was answered, on that
  /// thread. Those who want one value ask once. Fails with k6's texts: `no value`, `no secret
  /// sources are configured`, `no secret source with name "x" is configured`.
  void Get(const std::string& source, const std::string& key, Reply reply);
  void Answer(const std::string& source, const std::string& key, const Result<std::string>& value);

  [[nodiscard]] const Redactor& redactor() const { return redactor_; }

 private:
  /// nullopt: it has to be asked for.
  [[nodiscard]] std::optional<Result<std::string>> Known(const std::string& source,
                                                         const std::string& key) const;

  Redactor redactor_;
  mutable std::mutex mutex_;
  std::vector<Source> sources_;
  std::map<std::string, std::size_t, std::less<>> places_;  // in sources_, by name
  std::map<std::pair<std::string, std::string>, std::vector<Reply>> waiting_;
  Ask ask_;
};

}  // namespace loadctl::secrets
