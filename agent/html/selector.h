// CSS selectors, with cascadia's syntax and results, which k6 shows: `:contains()`, `:matches()`,
// `[a#=re]` and `!=` among them. Immutable: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/html/tree.h"

namespace re2 {
class RE2;
}

namespace loadctl::html {

class Selector;

/// What one element must have: `p`, `#a`, `.b`, `[c=d]`, `:not(e)`.
struct Simple {
  enum class Kind : std::uint8_t {
    kTag,
    kId,
    kClass,
    kAttribute,
    kNot,
    kHas,
    kHasChild,
    kContains,
    kMatches,
    kNth,
    kOnlyChild,
    kInput,
    kEmpty,
    kRoot,
    kLink,
    kLang,
    kEnabled,
    kDisabled,
    kChecked,
    kNever,
  };
  Kind kind = Kind::kTag;
  char operation = 0;  ///< of kAttribute: 0 there is one, or the character before `=`
  bool ignore_case = false;
  bool own = false;      ///< of kContains, kMatches: text of its own
  bool last = false;     ///< of kNth: from the end
  bool of_type = false;  ///< of kNth, kOnlyChild
  std::int64_t a = 0;    ///< of kNth: an+b
  std::int64_t b = 0;
  std::string name;  ///< tag, id, class, attribute
  std::string value;
  std::shared_ptr<const re2::RE2> pattern;
  std::shared_ptr<const Selector> inner;
};
/// All that one element must have, and where the one before it stands.
struct Compound {
  char combinator = 0;    ///< of the first 0; else ' ', '>', '+' or '~'
  bool universal = true;  ///< nothing but `*`: any element
  std::vector<Simple> all;
};

/// What one search has found out about nodes of one tree, so that selectors in selectors look at
/// each node once. Not shared between threads.
class Memory final {
 public:
  /// What is known of a node and a selector; kNotYet at first. Stays where it is.
  enum class Known : std::uint8_t { kNotYet, kYes, kNo };
  Known& Of(const Simple& simple, const Tree& tree, NodeId node) {
    std::vector<Known>& all = known_[&simple];
    if (all.empty()) all.resize(tree.size());
    return all[node];
  }

 private:
  std::unordered_map<const Simple*, std::vector<Known>> known_;
};

class Selector final {
 public:
  /// A group: `a, b > c`. Fails where cascadia does; k6 then finds nothing, and says nothing.
  /// Fails, too, beyond 256 elements in one selector, and with more than 32 in one another.
  static Result<Selector> Parse(std::string_view text);

  /// `memory` is of one search: of calls with the same tree.
  [[nodiscard]] bool Matches(const Tree& tree, NodeId node, Memory& memory) const;

 private:
  friend class SelectorParser;
  std::vector<std::vector<Compound>> group_;
};

}  // namespace loadctl::html
