#include "controller/plan/shortfalls.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/text/closest.h"
#include "controller/plan/layers.h"
#include "controller/plan/values.h"

namespace loadctl::plan {
namespace {

using enum ModuleState;

constexpr auto kModules = std::to_array<Module>({
#define MODULE(specifier, folder, state, lacks) Module{specifier, state, lacks},
#define MISSING(specifier) Module{specifier, kMissing, ""},
#define FACE(specifier, folder)
#include "common/plan/modules.inc"
#undef MODULE
#undef MISSING
#undef FACE
});

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

/// JavaScript as words, texts and signs: as much of it as finding imports takes.
class Scanner {
 public:
  explicit Scanner(std::string_view source) : rest_(source) {}

  enum class Kind { kEnd, kWord, kText, kSign };
  struct Token {
    Kind kind = Kind::kEnd;
    std::string_view text;  ///< of a text what is between the quotes
  };

  Token Next() {
    while (!rest_.empty()) {
      const char c = rest_[0];
      if (rest_.starts_with("//")) {
        Skip(rest_.find('\n'));
      } else if (rest_.starts_with("/*")) {
        const std::size_t end = rest_.find("*/", 2);
        Skip(end == std::string_view::npos ? end : end + 2);
      } else if (c == '"' || c == '\'' || c == '`') {
        return TakeText(c);
      } else if (IsWord(c)) {
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), IsWord);
        return Take(Kind::kWord, static_cast<std::size_t>(end - rest_.begin()));
      } else if (c == ' ' || (c >= '\t' && c <= '\r')) {
        Skip(1);
      } else if (c == '/' && !after_value_) {
        SkipExpression();
      } else {
        return Take(Kind::kSign, 1);
      }
    }
    return {};
  }

 private:
  void Skip(std::size_t count) { rest_.remove_prefix(std::min(count, rest_.size())); }
  Token Take(Kind kind, std::size_t count) {
    const Token token{kind, rest_.substr(0, count)};
    Skip(count);
    after_value_ = kind == Kind::kWord ? token.text != "return" && token.text != "typeof"
                                       : token.text == ")" || token.text == "]";
    return token;
  }
  /// A regular expression: it may hold quotes. It ends on its line.
  void SkipExpression() {
    bool in_class = false;
    std::size_t i = 1;
    for (; i < rest_.size() && rest_[i] != '\n'; ++i) {
      if (rest_[i] == '\\') ++i;
      if (i >= rest_.size() || (rest_[i] == '/' && !in_class)) break;
      if (rest_[i] == '[') in_class = true;
      if (rest_[i] == ']') in_class = false;
    }
    Skip(i + 1);
    after_value_ = true;
  }
  /// A text on one line, but for those in backquotes. A quote without its end is a sign: it stands
  /// in a regular expression.
  Token TakeText(char quote) {
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '\\') {
        ++i;
      } else if (rest_[i] == quote) {
        const Token token{Kind::kText, rest_.substr(1, i - 1)};
        Skip(i + 1);
        after_value_ = true;
        return token;
      } else if (rest_[i] == '\n' && quote != '`') {
        break;
      }
    }
    return Take(Kind::kSign, 1);
  }

  std::string_view rest_;
  bool after_value_ = false;  ///< then `/` divides
};

}  // namespace

std::span<const Module> Modules() { return kModules; }

const Module* FindModule(std::string_view name) {
  for (const Module& module : kModules) {
    const bool family = module.name.ends_with('/');
    if (family ? name.starts_with(module.name) : name == module.name) return &module;
  }
  return nullptr;
}

std::vector<Import> ImportsOf(std::string_view source) {
  using Kind = Scanner::Kind;
  std::vector<Import> out;
  Scanner scanner(source);
  Scanner::Token before, last;  // the two tokens before this one
  for (auto token = scanner.Next(); token.kind != Kind::kEnd; token = scanner.Next()) {
    const bool called = last.kind == Kind::kSign && last.text == "(" &&
                        before.kind == Kind::kWord &&
                        (before.text == "require" || before.text == "import");
    const bool named = last.kind == Kind::kWord && (last.text == "from" || last.text == "import");
    const auto same = [&](const Import& one) { return one.name == token.text; };
    if (token.kind == Kind::kText && (called || named) && !token.text.empty() &&
        std::none_of(out.begin(), out.end(), same)) {
      // The quote stands before the text.
      const std::string_view before_it =
          source.substr(0, static_cast<std::size_t>(token.text.data() - source.data()) - 1);
      const std::size_t newline = before_it.rfind('\n');
      const std::size_t column =
          newline == std::string_view::npos ? before_it.size() : before_it.size() - newline - 1;
      out.push_back({std::string(token.text),
                     1 + static_cast<int>(std::count(before_it.begin(), before_it.end(), '\n')),
                     1 + static_cast<int>(column)});
    }
    before = last;
    last = token;
  }
  return out;
}

std::string ProblemOfImport(std::string_view name) {
  if (name != "k6" && !name.starts_with("k6/")) return "";
  const std::string quoted = "\"" + std::string(name) + "\"";
  const Module* module = FindModule(name);
  if (module == nullptr) {
    std::vector<std::string_view> names;
    for (const Module& one : kModules) {
      if (!one.name.ends_with('/')) names.push_back(one.name);
    }
    return "there is no module " + quoted + text::DidYouMean(name, names);
  }
  if (module->state != kMissing) return "";
  return "the module " + quoted + " is not yet supported (see `loadctl help compat`, row " +
         quoted + ")";
}

Result<Shortfalls> FindOptionShortfalls(const PlanInputs& inputs) {
  LOADCTL_TRY(const RuntimeOptions runtime,
              ResolveRuntimeOptions(inputs.command_line, inputs.environment));
  std::vector<std::string> warnings;
  LOADCTL_TRY(const Options merged, MergeLayers(inputs, runtime.option_variables, warnings));
  Shortfalls out;
  out.differs = warnings;
  for (const Setting& row : OptionRows()) {
    if (row.support == Support::kWorks || AsksForNothing(row, merged)) continue;
    const bool passes = row.support != Support::kUnsupported;
    (passes ? out.differs : out.missing)
        .push_back(DescribeSource(row, SourceOf(row, merged)) + (passes ? " is ignored" : ""));
  }
  return out;
}

void AddImportShortfalls(std::span<const std::string_view> sources, Shortfalls& out) {
  const auto add = [](std::vector<std::string>& to, std::string what) {
    if (std::find(to.begin(), to.end(), what) == to.end()) to.push_back(std::move(what));
  };
  for (const std::string_view source : sources) {
    for (const auto& [name, line, column] : ImportsOf(source)) {
      const Module* module = FindModule(name);
      if (module == nullptr) continue;
      if (module->state == kMissing) add(out.missing, "import " + name);
      for (std::string_view rest = module->missing; !rest.empty();) {
        const std::size_t bar = rest.find('|');
        const std::string_view text = rest.substr(0, bar);
        rest = bar == std::string_view::npos ? std::string_view() : rest.substr(bar + 1);
        if (source.find(text) == std::string_view::npos) continue;
        add(out.differs, name + " lacks `" + std::string(text) + "`");
      }
    }
  }
}

}  // namespace loadctl::plan
