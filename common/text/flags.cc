#include "common/text/flags.h"

#include <algorithm>
#include <iterator>

#include "common/text/closest.h"
#include "common/text/number.h"
#include "common/text/quote.h"

namespace loadctl::text {

class FlagParser final {
 public:
  FlagParser(std::span<const Flag> flags, std::span<const std::string> arguments,
             const CheckFlag& check)
      : flags_(flags), arguments_(arguments), check_(check) {}

  Result<GivenFlags> Parse() {
    while (next_ < arguments_.size()) {
      const std::string_view argument = arguments_[next_++];
      if (argument == "--") {
        const auto rest = arguments_.subspan(next_);
        given_.arguments_.insert(given_.arguments_.end(), rest.begin(), rest.end());
        break;
      }
      if (argument.size() < 2 || argument[0] != '-') {
        given_.arguments_.emplace_back(argument);
      } else if (argument[1] == '-') {
        LOADCTL_CHECK_OK(ParseLong(argument));
      } else {
        LOADCTL_CHECK_OK(ParseShort(argument.substr(1)));
      }
    }
    return std::move(given_);
  }

 private:
  [[nodiscard]] const Flag* Find(std::string_view name) const {
    const auto found = std::find_if(flags_.begin(), flags_.end(),
                                    [&](const Flag& flag) { return flag.name == name; });
    return found == flags_.end() ? nullptr : &*found;
  }
  [[nodiscard]] const Flag* Find(char letter) const {
    const auto found = std::find_if(flags_.begin(), flags_.end(), [&](const Flag& flag) {
      return letter != 0 && flag.shorthand == letter;
    });
    return found == flags_.end() ? nullptr : &*found;
  }

  Result<void> ParseLong(std::string_view argument) {
    const std::string_view body = argument.substr(2);
    if (body.starts_with('-') || body.starts_with('='))
      return Fail("bad flag syntax: " + std::string(argument));
    const std::size_t equals = body.find('=');
    const std::string_view name = body.substr(0, equals);
    const Flag* flag = Find(name);
    if (flag == nullptr) return Fail(Unknown(name));
    if (equals != std::string_view::npos) return Set(*flag, body.substr(equals + 1));
    if (!flag->bare.empty()) return Set(*flag, flag->bare);
    if (next_ == arguments_.size()) return Fail("flag needs an argument: --" + std::string(name));
    return Set(*flag, arguments_[next_++]);
  }

  [[nodiscard]] std::string Unknown(std::string_view name) const {
    std::vector<std::string_view> names;
    for (const Flag& flag : flags_) {
      if (!flag.help.empty()) names.push_back(flag.name);
    }
    return "unknown flag: --" + std::string(name) + DidYouMean(name, names, "--");
  }

  /// `letters` is the argument without its dash: `u5`, `qv`, `u=5`.
  Result<void> ParseShort(std::string_view letters) {
    while (!letters.empty()) {
      const Flag* flag = Find(letters[0]);
      if (flag == nullptr) {
        std::string letter = QuoteGo(letters.substr(0, 1));
        letter.front() = letter.back() = '\'';
        return Fail("unknown shorthand flag: " + letter + " in -" + std::string(letters));
      }
      if (letters.size() > 2 && letters[1] == '=') return Set(*flag, letters.substr(2));
      if (!flag->bare.empty()) {
        LOADCTL_CHECK_OK(Set(*flag, flag->bare));
        letters.remove_prefix(1);
        continue;
      }
      if (letters.size() > 1) return Set(*flag, letters.substr(1));
      if (next_ == arguments_.size()) {
        return Fail("flag needs an argument: '" + std::string(letters) + "' in -" +
                    std::string(letters));
      }
      return Set(*flag, arguments_[next_++]);
    }
    return {};
  }

  Result<void> Set(const Flag& flag, std::string_view value) {
    if (check_) {
      LOADCTL_CHECK_OK(check_(flag, value));
    } else if (flag.bare == "true") {
      if (const auto good = ParseGoBool(value); !good)
        return Fail(WrongValue(flag, value, good.error().message));
    }
    given_.values_[std::string(flag.name)].emplace_back(value);
    return {};
  }

  std::span<const Flag> flags_;
  std::span<const std::string> arguments_;
  const CheckFlag& check_;
  std::size_t next_ = 0;
  GivenFlags given_;
};

bool GivenFlags::IsOn(std::string_view name) const {
  return Has(name) && ParseGoBool(Last(name)).value_or(false);
}

std::string GivenFlags::Last(std::string_view name, std::string_view fallback) const {
  const auto values = All(name);
  return values.empty() ? std::string(fallback) : values.back();
}

std::span<const std::string> GivenFlags::All(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::span<const std::string>() : found->second;
}

Result<GivenFlags> ParseFlags(std::span<const Flag> flags, std::span<const std::string> arguments,
                              const CheckFlag& check) {
  return FlagParser(flags, arguments, check).Parse();
}

std::string WrongValue(const Flag& flag, std::string_view value, std::string_view why) {
  std::string name = "--" + std::string(flag.name);
  if (flag.shorthand != 0) name = std::string("-") + flag.shorthand + ", " + name;
  return "invalid argument " + QuoteGo(value) + " for " + QuoteGo(name) +
         " flag: " + std::string(why);
}

std::string DescribeFlags(std::span<const Flag> flags) {
  constexpr std::size_t kWidth = 100;
  const auto left = [](const Flag& flag) {
    std::string text = flag.shorthand == 0 ? "      " : std::string("  -") + flag.shorthand + ", ";
    text += "--" + std::string(flag.name);
    return flag.word.empty() ? text : text + " " + std::string(flag.word);
  };
  std::size_t column = 0;
  for (const Flag& flag : flags) {
    if (!flag.help.empty()) column = std::max(column, left(flag).size() + 2);
  }
  std::string out;
  for (const Flag& flag : flags) {
    if (flag.help.empty()) continue;
    std::string line = left(flag);
    line.resize(column, ' ');
    std::string_view rest = flag.help;
    while (!rest.empty()) {
      const std::size_t end = rest.find(' ');
      const std::string_view word = rest.substr(0, end);
      if (line.size() > column && line.size() + 1 + word.size() > kWidth) {
        out += line + "\n";
        line.assign(column, ' ');
      }
      if (line.size() > column) line += ' ';
      line += word;
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    }
    out += line + "\n";
  }
  return out;
}

}  // namespace loadctl::text
