// The parts of JSON paths, and the modifiers (`@reverse`). Only for common/text/json_*.cc.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace loadctl::text {

/// `left|right` of a path that goes on over each element of a list: right is for the whole list.
struct Pipe {
  std::string_view left;
  std::optional<std::string_view> right;
};
[[nodiscard]] Pipe SplitAtPipe(std::string_view path);

/// A component of a path where it meets an object.
struct MemberPart {
  std::string name;  ///< without escapes
  bool wild = false;
  std::optional<std::string_view> rest;  ///< for what the member holds
  std::optional<std::string_view> pipe;  ///< for what is found in the end
};
[[nodiscard]] MemberPart ParseMemberPart(std::string_view path);

/// `#(path op value)`, and `#(...)#` for all.
struct Query {
  std::string_view path;
  std::string_view op;  ///< "" asks only whether something is there
  std::string value;
  bool all = false;
};

/// A component where it meets an array: an index, `#`, or a query.
struct ElementPart {
  std::optional<std::size_t> index;
  bool hash = false;  ///< there is a `#`; if it is all, the length, or `each`
  bool only_hash = false;
  std::optional<std::string_view> each;  ///< `#.each`: of each element
  std::optional<Query> query;
  bool bad_query = false;
  std::optional<std::string_view> rest, pipe;
};
[[nodiscard]] ElementPart ParseElementPart(std::string_view path);

/// `[a,b.c]` or `{"x":a,b}`.
struct Selection {
  struct Item {
    std::string_view name;  ///< "" if none is given
    std::string_view path;
  };
  std::vector<Item> items;
  std::string_view rest;
};
[[nodiscard]] std::optional<Selection> ParseSelection(std::string_view path);
/// How a member of `{...}` is called that was given no name: the path's last component, or `_`.
[[nodiscard]] std::string NameOfItem(std::string_view path);

/// `@name:argument` or `!literal` at the beginning of a path.
struct Step {
  std::string_view name;
  std::string_view argument;
  std::string_view rest;
};
[[nodiscard]] std::optional<Step> ParseModifier(std::string_view path);
/// The step's name is the literal.
[[nodiscard]] std::optional<Step> ParseLiteral(std::string_view path);

/// Whether a text meets a pattern with `*`, `?` and `\`.
[[nodiscard]] bool MatchesPattern(std::string_view text, std::string_view pattern);

/// What one evaluation may look at, in bytes: a short path can ask for as many steps as the JSON
/// has values, to the power of its length (`@dig:@dig:@dig:a`), and nobody can interrupt it.
class Budget {
 public:
  explicit Budget(std::size_t json_size);
  /// False: there is no more, from now on.
  bool Spend(std::size_t bytes);
  [[nodiscard]] bool spent() const { return spent_; }

 private:
  std::size_t left_;
  bool spent_ = false;
};

/// What a modifier makes of JSON; nullopt: nested too deep, or the budget is spent. `get` follows a
/// path (for `@dig`).
using Get = std::function<std::optional<std::string>(std::string_view json, std::string_view path)>;
[[nodiscard]] std::optional<std::string> Modify(std::string_view name, std::string_view json,
                                                std::string_view argument, const Get& get,
                                                Budget& budget);

}  // namespace loadctl::text
