#include "controller/plan/settings.h"

#include <algorithm>
#include <array>

namespace loadctl::plan {
namespace {

using enum ValueType;
using enum Support;
using enum Scope;

constexpr auto kTable = std::to_array<Setting>({
#define SETTING(...) Setting{__VA_ARGS__},
#include "controller/plan/settings.inc"
#undef SETTING
});

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

}  // namespace

std::string Setting::Row() const {
  if (!key.empty()) return std::string(key);
  if (!flag.empty()) return "--" + std::string(flag);
  return std::string(env);
}

std::span<const Setting> Settings() { return kTable; }

const Setting* FindOption(std::string_view key) {
  const auto find = [&](auto same) -> const Setting* {
    for (const Setting& setting : kTable) {
      if (setting.scope == Scope::kOption && !setting.key.empty() && same(setting.key, key)) {
        return &setting;
      }
    }
    return nullptr;
  };
  const Setting* exact = find([](std::string_view a, std::string_view b) { return a == b; });
  return exact != nullptr ? exact : find(EqualIgnoringCase);
}

const Setting* FindFlag(std::string_view name) {
  for (const Setting& setting : kTable) {
    if (!setting.flag.empty() && setting.flag == name) return &setting;
  }
  return nullptr;
}

const Setting* FindShorthand(char letter) {
  for (const Setting& setting : kTable) {
    if (setting.shorthand != 0 && setting.shorthand == letter) return &setting;
  }
  return nullptr;
}

Result<std::string> JudgeUse(const Setting& setting, std::string_view what,
                             AllowUnsupported allow) {
  const std::string where = " (see the row `" + setting.Row() + "` of docs/compatibility.md)";
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
