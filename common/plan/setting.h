// What is known of a thing that a user can set: one row of a table. Rows of options are in
// options.inc, those of flags and variables that are no options in controller/plan/flags.inc.
// Not for values. Constants: any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace loadctl::plan {

/// Where a value comes from, from the lowest layer to the highest.
enum class Source { kDefault, kFile, kScript, kVariable, kFlag };

/// How a value is written and what is a good one; controller/plan/values.h reads each.
enum class ValueType {
  kBool,
  kInt,
  kString,
  kDuration,
  kStringList,       ///< flag and variable: separated by commas
  kStringArray,      ///< flag: one value each time it is given
  kSegment,          ///< `1/3`, `25%`, `1/4:1/2`
  kSegmentSequence,  ///< `0,1/4,1`
  kTrendStats,       ///< a list of `avg`, `p(95)`, ...
  kTimeUnit,         ///< `s`, `ms` or `us`
  kSystemTags,       ///< a list of names; unknown ones are dropped
  kTags,             ///< flag `name=value`, variable `a:b,c:d`, script object
  kDns,              ///< `ttl=5m,select=random,policy=preferIPv4`
  kIpRanges,         ///< a list of `10.0.0.0/8`
  kHostPatterns,     ///< a list of `name` and `*.name`
  kIpPool,           ///< `10.0.0.1,10.0.1.1-10.0.1.9,10.0.2.0/24`
  kTlsVersions,      ///< `tls1.2`, or an object of min and max
  kCipherSuites,     ///< a list of names as Go has them
  kTlsAuth,          ///< a list of objects of cert, key, password and domains
  kHosts,  ///< an object of `IP`, `IP:port` or `unix:/path` by `name`, `*.name` or `name:port`
  kStages,
  kScenarios,
  kThresholds,
  kAnyJson,          ///< kept as it is
  kPositiveInt,      ///< from 1; loadctl's own flags
  kAutoOrInt,        ///< `auto`, or from 1
  kBytes,            ///< `512M`, `2GiB`, or a plain number of bytes
  kHttpVersion,      ///< `1.1`, `2` or `h2c`
  kConnectionReuse,  ///< `vu`, `iteration` or `shared`
};

/// How far this build honours a setting.
enum class Support {
  kWorks,
  kNoEffect,     ///< accepted: k6's own `run` does nothing with it, and neither do we
  kHarmless,     ///< refused; --allow-unsupported passes it with a warning
  kUnsupported,  ///< always refused: without it the load or the verdict would be another
};

/// What a setting is for, and where it may be given.
enum class Scope {
  kOption,   ///< script `options`, K6_ variable, flag
  kHidden,   ///< an option that k6 takes from variable and flag only
  kConfig,   ///< flag and variable of `run` and the file, no script option
  kRuntime,  ///< never an option: read through ResolveRuntimeOptions()
  kGlobal,   ///< flags of all commands; resolved like kRuntime
  kOwn,      ///< loadctl's, unknown to k6
  kArchive,  ///< flags of `archive` alone
  kInspect,  ///< flags of `inspect` alone
  kNew,      ///< flags of `new` alone
  kDebug,    ///< flags of `debug` alone
};

/// What a higher layer does to the value of a lower one.
enum class Layering {
  kReplace,
  kUnlessEmpty,  ///< an empty value changes nothing
  kFields,       ///< field by field
  kShortcut,     ///< one of those that say how long and with whom: it clears all of them first
};

/// One row. Empty texts stand for "has none".
struct Setting {
  Scope scope = Scope::kOption;
  std::string_view key = {};   ///< name in scripts and in the file
  std::string_view flag = {};  ///< long name without dashes
  char shorthand = 0;
  std::string_view env = {};  ///< variable; with `*` at the end, all that begin so
  ValueType type = ValueType::kString;
  Layering layering = Layering::kReplace;
  std::int64_t most = std::numeric_limits<std::int64_t>::max();  ///< of a flag's number
  bool default_shown = false;  ///< k6 prints the default as if it were set
  bool own = false;            ///< k6 has no such option: it is shown only where it is set
  Support support = Support::kWorks;
  std::string_view accepted = {};  ///< values that work although the setting does not, `|` between
  std::string_view owner = {};     ///< the folder whose code reads the option; a test looks there
  std::string_view go_name = {};   ///< k6's field name in messages, if it is not the key's
  std::string_view word = {};      ///< what the help calls the flag's value
  std::string_view help = {};

  /// Name of the row in docs/compatibility.md: the key, else `--flag`, else the variable.
  [[nodiscard]] std::string Row() const {
    if (!key.empty() && scope != Scope::kOwn && scope != Scope::kRuntime) return std::string(key);
    if (!flag.empty()) return "--" + std::string(flag);
    return std::string(env);
  }
};

}  // namespace loadctl::plan
