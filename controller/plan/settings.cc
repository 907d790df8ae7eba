#include "controller/plan/settings.h"

#include <algorithm>
#include <array>
#include <vector>

#include "common/plan/options.h"
#include "common/text/closest.h"

namespace loadctl::plan {
namespace {

using enum ValueType;
using enum Support;
using enum Scope;

constexpr auto kFlags = std::to_array<Setting>({
#define FLAG(...) Setting{__VA_ARGS__},
#include "controller/plan/flags.inc"
#undef FLAG
});

const std::vector<Setting>& Table() {
  static const std::vector<Setting> kTable = [] {
    std::vector<Setting> table(OptionRows().begin(), OptionRows().end());
    table.insert(table.end(), kFlags.begin(), kFlags.end());
    return table;
  }();
  return kTable;
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

/// The row of the key among those of the wanted scopes: exact, else ignoring case.
template <typename Wanted>
const Setting* FindKey(std::string_view key, Wanted wanted) {
  const auto find = [&](auto same) -> const Setting* {
    for (const Setting& setting : Table()) {
      if (wanted(setting.scope) && !setting.key.empty() && same(setting.key, key)) return &setting;
    }
    return nullptr;
  };
  const Setting* exact = find([](std::string_view a, std::string_view b) { return a == b; });
  return exact != nullptr ? exact : find(EqualIgnoringCase);
}

/// What of loadctl's own flags concerns the evaluation of a script, not a run.
bool ConcernsInspection(std::string_view flag) {
  return flag == "max-heap" || flag == "allow-unsupported" || flag == "strict" ||
         flag == "secret-env";
}

/// What of them concerns agents that one script at a time has no use for, or nobody to tell.
bool ConcernsFleet(std::string_view flag) {
  constexpr std::string_view kOfFleet[] = {
      "agents",        "controller",  "wait",          "detach",
      "workers",       "cpu-profile", "max-busy",      "vus-per-isolate",
      "tls-cert",      "tls-key",     "tls-ca",        "token-file",
      "ignore-limits", "summary-dir", "on-agent-loss", "summary-overwrite"};
  return std::find(std::begin(kOfFleet), std::end(kOfFleet), flag) != std::end(kOfFleet);
}

}  // namespace

std::span<const Setting> Settings() { return Table(); }

const Setting* FindOption(std::string_view key) {
  return FindKey(key, [](Scope scope) { return scope == Scope::kOption; });
}

const Setting* FindFileKey(std::string_view key) {
  return FindKey(key,
                 [](Scope scope) { return scope == Scope::kOption || scope == Scope::kConfig; });
}

const Setting* FindFlag(std::string_view name) {
  for (const Setting& setting : Table()) {
    if (!setting.flag.empty() && setting.flag == name) return &setting;
  }
  return nullptr;
}

std::string SuggestOption(std::string_view key) {
  std::vector<std::string_view> keys;
  for (const Setting& row : OptionRows()) {
    if (row.scope == Scope::kOption) keys.push_back(row.key);
  }
  return text::DidYouMean(key, keys);
}

bool HasFlag(Command command, const Setting& setting) {
  if (setting.flag.empty()) return false;
  switch (setting.scope) {
    case Scope::kOption:
    case Scope::kHidden:
      // `features` is k6's flag of `run` alone.
      if (setting.flag == "features") return command == Command::kRun;
      return Runs(command) || command == Command::kArchive;
    case Scope::kConfig:
      return Runs(command);
    case Scope::kRuntime:
      return command != Command::kNew;
    case Scope::kGlobal:
      return true;
    case Scope::kOwn:
      return command == Command::kRun || setting.flag == "help" ||
             (command == Command::kDebug && !ConcernsFleet(setting.flag)) ||
             (command != Command::kNew && ConcernsInspection(setting.flag));
    case Scope::kArchive:
      return command == Command::kArchive;
    case Scope::kInspect:
      return command == Command::kInspect;
    case Scope::kNew:
      return command == Command::kNew;
    case Scope::kDebug:
      return command == Command::kDebug;
  }
  return false;
}

std::string DescribeSource(const Setting& setting, Source source) {
  switch (source) {
    case Source::kDefault:
      return "the default of " + setting.Row();
    case Source::kFile:
      return "option " + std::string(setting.key) + " of the configuration file";
    case Source::kScript:
      return "option " + std::string(setting.key) + " of the script";
    case Source::kVariable:
      return "variable " + std::string(setting.env);
    case Source::kFlag:
      return "flag --" + std::string(setting.flag);
  }
  return "";
}

Result<std::string> JudgeUse(const Setting& setting, std::string_view what,
                             AllowUnsupported allow) {
  const std::string where = " (see the row `" + setting.Row() + "` of `loadctl help compat`)";
  switch (setting.support) {
    case kWorks:
      return std::string();
    case kNoEffect:
      return std::string(what) + " has no effect on a run" + where;
    case kHarmless:
      if (allow == AllowUnsupported::kYes) {
        return std::string(what) + " is not yet supported and was ignored" + where;
      }
      return Fail(ErrorCode::kInvalidConfig,
                  std::string(what) + " is not yet supported" + where +
                      "; remove it, or run without it by --allow-unsupported");
    case kUnsupported:
      break;
  }
  return Fail(ErrorCode::kInvalidConfig,
              std::string(what) + " is not yet supported" + where +
                  "; remove it: a run without it would not be the same test");
}

bool IsAccepted(const Setting& setting, std::string_view text) {
  std::string_view rest = setting.accepted;
  while (!rest.empty()) {
    const std::size_t bar = rest.find('|');
    if (rest.substr(0, bar) == text) return true;
    rest = bar == std::string_view::npos ? std::string_view() : rest.substr(bar + 1);
  }
  return false;
}

}  // namespace loadctl::plan
