// Where a run's secrets come from, on the side of whoever starts it: variables of the environment
// (--secret-env) and k6's sources (--secret-source): file, mock and url.
// Not for scripts, which get them from a secrets::Keeper. Any thread; Open() before the others.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/secrets/keeper.h"
#include "common/secrets/redactor.h"

namespace loadctl::secretsource {

using Environment = std::map<std::string, std::string, std::less<>>;

/// The name of the source that --secret-env makes.
inline constexpr char kEnvSource[] = "env";

class Sources final {
 public:
  /// `specs` are k6's: `type[=config]`, each with `name=N` and `default` in its config; a lone one
  /// is the default one, and so is the environment's where there are none. Reads files and checks
  /// configurations, and fetches nothing. Fails with k6's texts (kGeneric; `cloud` kInvalidConfig),
  /// in which no value of a secret is; kInvalidConfig for a variable that is not there, and for
  /// secrets beyond the bounds of secrets::CheckSources().
  static Result<std::unique_ptr<Sources>> Open(std::span<const std::string> specs,
                                               std::span<const std::string> variables,
                                               const Environment& environment);
  /// Gives up what is being fetched.
  ~Sources();
  Sources(const Sources&) = delete;
  Sources& operator=(const Sources&) = delete;

  [[nodiscard]] bool empty() const { return sources_.empty(); }
  /// Whether some values are fetched when they are asked for, so that this program must stay.
  [[nodiscard]] bool asked() const;
  /// What agents get at once: names, and values that are known.
  [[nodiscard]] std::vector<secrets::Source> AtOnce() const;
  /// A value of a source that is asked, by its own name: blocking, once for all who want it. Its
  /// errors are k6's.
  [[nodiscard]] Result<std::string> Get(const std::string& source, const std::string& key);
  /// The same; `reply` is called on another thread, or not at all if this ends before.
  void Ask(const std::string& source, const std::string& key, secrets::Keeper::Reply reply);

  /// Knows every value that this has.
  [[nodiscard]] const std::shared_ptr<secrets::Redactor>& redactor() const { return redactor_; }

 private:
  class Fetchers;
  Sources();
  Result<void> Add(const std::string& spec, const Environment& environment);
  Result<void> AddVariables(std::span<const std::string> variables, const Environment& environment);

  std::shared_ptr<secrets::Redactor> redactor_ = std::make_shared<secrets::Redactor>();
  std::vector<secrets::Source> sources_;
  std::unique_ptr<Fetchers> fetchers_;
};

/// A specification for people: without the values in it.
[[nodiscard]] std::string ShownSpec(const std::string& spec);

}  // namespace loadctl::secretsource
