// What selectors match, node by node, as cascadia 1.3.
#include <re2/re2.h>

#include <algorithm>

#include "agent/html/selector.h"
#include "agent/html/text_case.h"

namespace loadctl::html {
namespace {

std::string OwnText(const Tree& tree, NodeId node) {
  std::string text;
  for (NodeId child = tree.FirstChild(node); child != kNone; child = tree.NextSibling(child)) {
    if (tree[child].kind == Kind::kText) text += tree.DataOf(child);
  }
  return text;
}

/// Text of an element or a text; of nothing else.
std::string TextOf(const Tree& tree, NodeId node, bool own) {
  if (own) return OwnText(tree, node);
  std::string text;
  if (tree.IsElement(node) || tree[node].kind == Kind::kText) tree.AppendText(node, text);
  return text;
}

bool Equal(std::string_view a, std::string_view b, bool ignore_case) {
  return ignore_case ? EqualFold(a, b) : a == b;
}

/// Whether a list of words has the word.
bool Includes(std::string_view list, std::string_view word, bool ignore_case) {
  while (!list.empty()) {
    const std::size_t end = list.find_first_of(" \t\r\n\f");
    if (end == list.npos) return Equal(list, word, ignore_case);
    if (Equal(list.substr(0, end), word, ignore_case)) return true;
    list.remove_prefix(end + 1);
  }
  return false;
}

bool HasPart(const Simple& simple, std::string_view value) {
  if (IsBlank(value)) return false;
  const std::string lower = simple.ignore_case ? ToLower(value) : std::string();
  const std::string wanted = simple.ignore_case ? ToLower(simple.value) : simple.value;
  const std::string_view in = simple.ignore_case ? lower : value;
  if (simple.operation == '^') return in.starts_with(wanted);
  return simple.operation == '$' ? in.ends_with(wanted) : in.find(wanted) != in.npos;
}

bool ValueMatches(const Simple& simple, std::string_view value) {
  const std::string_view wanted = simple.value;
  switch (simple.operation) {
    case 0:
      return true;
    case '=':
      return Equal(value, wanted, simple.ignore_case);
    case '~':
      return Includes(value, wanted, simple.ignore_case);
    case '|':
      return Equal(value, wanted, simple.ignore_case) ||
             (value.size() > wanted.size() && value[wanted.size()] == '-' &&
              Equal(value.substr(0, wanted.size()), wanted, simple.ignore_case));
    case '#':
      return re2::RE2::PartialMatch(re2::StringPiece(value.data(), value.size()), *simple.pattern);
    default:
      return HasPart(simple, value);
  }
}

bool AttributeMatches(const Simple& simple, const Tree& tree, NodeId node) {
  if (!tree.IsElement(node)) return false;
  const bool differs = simple.operation == '!';
  for (const Attribute& one : tree.AttributesOf(node)) {
    if (tree.Text(one.key) != simple.name) continue;
    const std::string_view value = tree.Text(one.value);
    if (differs && Equal(value, simple.value, simple.ignore_case)) return false;
    if (!differs && ValueMatches(simple, value)) return true;
  }
  return differs;
}

/// The value of the first attribute of the name that is fit for `fits`.
template <class Fits>
bool AnyAttribute(const Tree& tree, NodeId node, std::string_view name, Fits fits) {
  if (!tree.IsElement(node)) return false;
  for (const Attribute& one : tree.AttributesOf(node)) {
    if (tree.Text(one.key) == name && fits(tree.Text(one.value))) return true;
  }
  return false;
}

bool NthMatches(const Simple& simple, const Tree& tree, NodeId node) {
  const NodeId parent = tree[node].parent;
  if (!tree.IsElement(node) || parent == kNone) return false;
  std::int64_t place = 1;
  const auto count = [&](NodeId other) {
    if (tree.IsElement(other) && (!simple.of_type || tree.DataOf(other) == tree.DataOf(node)))
      ++place;
  };
  if (simple.last) {
    for (NodeId at = tree.NextSibling(node); at != kNone; at = tree.NextSibling(at)) count(at);
  } else {
    for (NodeId at = tree[node].previous; at != kNone; at = tree[at].previous) count(at);
  }
  place -= simple.b;
  if (simple.a == 0) return place == 0;
  return place % simple.a == 0 && place / simple.a >= 0;
}

bool OnlyMatches(const Simple& simple, const Tree& tree, NodeId node) {
  const NodeId parent = tree[node].parent;
  if (!tree.IsElement(node) || parent == kNone) return false;
  for (NodeId at = tree.FirstChild(parent); at != kNone; at = tree.NextSibling(at)) {
    if (at != node && tree.IsElement(at) &&
        (!simple.of_type || tree.DataOf(at) == tree.DataOf(node)))
      return false;
  }
  return true;
}

bool IsEmpty(const Tree& tree, NodeId node) {
  if (!tree.IsElement(node)) return false;
  for (NodeId at = tree.FirstChild(node); at != kNone; at = tree.NextSibling(at)) {
    if (tree.IsElement(at) || (tree[at].kind == Kind::kText && !IsBlank(tree.DataOf(at))))
      return false;
  }
  return true;
}

bool IsLang(const Simple& simple, const Tree& tree, NodeId node) {
  for (; node != kNone; node = tree[node].parent) {
    const bool own = AnyAttribute(tree, node, "lang", [&](std::string_view value) {
      return value == simple.value ||
             (value.size() > simple.value.size() && value.starts_with(simple.value) &&
              value[simple.value.size()] == '-');
    });
    if (own) return true;
  }
  return false;
}

bool Has(const Tree& tree, NodeId node, std::string_view attribute) {
  return AnyAttribute(tree, node, attribute, [](std::string_view) { return true; });
}

bool LegendBefore(const Tree& tree, NodeId node) {
  for (NodeId at = tree[node].previous; at != kNone; at = tree[at].previous) {
    if (tree[at].tag == Tag::kLegend) return true;
  }
  return false;
}

bool InDisabledFieldset(const Tree& tree, NodeId node) {
  for (; tree[node].parent != kNone; node = tree[node].parent) {
    const NodeId parent = tree[node].parent;
    if (tree[parent].tag == Tag::kFieldset && Has(tree, parent, "disabled") &&
        (tree[node].tag != Tag::kLegend || LegendBefore(tree, node)))
      return true;
  }
  return false;
}

/// 1: it can be disabled, and is; 0: it can, and is not; -1: it cannot.
int DisabledState(const Tree& tree, NodeId node) {
  switch (tree[node].tag) {
    case Tag::kOptgroup:
    case Tag::kMenuitem:
    case Tag::kFieldset:
      return Has(tree, node, "disabled") ? 1 : 0;
    case Tag::kButton:
    case Tag::kInput:
    case Tag::kSelect:
    case Tag::kTextarea:
    case Tag::kOption:
      return Has(tree, node, "disabled") || InDisabledFieldset(tree, node) ? 1 : 0;
    default:
      return -1;
  }
}

bool IsLink(const Tree& tree, NodeId node) {
  const Tag tag = tree[node].tag;
  return (tag == Tag::kA || tag == Tag::kArea || tag == Tag::kLink) && Has(tree, node, "href");
}

bool IsChecked(const Tree& tree, NodeId node) {
  const Tag tag = tree[node].tag;
  if (tag == Tag::kOption) return Has(tree, node, "selected");
  if (tag != Tag::kInput && tag != Tag::kMenuitem) return false;
  return Has(tree, node, "checked") && AnyAttribute(tree, node, "type", [](std::string_view value) {
           const std::string type = LowerAscii(value);
           return type == "checkbox" || type == "radio";
         });
}

bool InnerMatches(const Simple& simple, const Tree& tree, NodeId node, Memory& memory) {
  if (!tree.IsElement(node)) return false;
  if (simple.kind == Simple::Kind::kNot) return !simple.inner->Matches(tree, node, memory);
  if (simple.kind == Simple::Kind::kHas) {
    for (NodeId at = node + 1; at < tree[node].end; ++at) {
      if (simple.inner->Matches(tree, at, memory)) return true;
    }
    return false;
  }
  for (NodeId at = tree.FirstChild(node); at != kNone; at = tree.NextSibling(at)) {
    if (simple.inner->Matches(tree, at, memory)) return true;
  }
  return false;
}

bool TextMatches(const Simple& simple, const Tree& tree, NodeId node) {
  const std::string text = TextOf(tree, node, simple.own);
  if (simple.kind == Simple::Kind::kMatches) return re2::RE2::PartialMatch(text, *simple.pattern);
  return ToLower(text).find(simple.value) != std::string::npos;
}

/// Of what looks at all below a node: each node once in a search.
template <class Look>
bool Once(const Simple& simple, const Tree& tree, NodeId node, Memory& memory, Look look) {
  using Known = Memory::Known;
  Known& known = memory.Of(simple, tree, node);
  if (known == Known::kNotYet) known = look() ? Known::kYes : Known::kNo;
  return known == Known::kYes;
}

bool SimpleMatches(const Simple& simple, const Tree& tree, NodeId node, Memory& memory) {
  using Kind = Simple::Kind;
  switch (simple.kind) {
    case Kind::kTag:
      return tree.IsElement(node) && tree.DataOf(node) == simple.name;
    case Kind::kId:
      return AnyAttribute(tree, node, "id",
                          [&](std::string_view value) { return value == simple.name; });
    case Kind::kClass:
      return AnyAttribute(tree, node, "class", [&](std::string_view value) {
        return Includes(value, simple.name, false);
      });
    case Kind::kAttribute:
      return AttributeMatches(simple, tree, node);
    case Kind::kNot:
      return InnerMatches(simple, tree, node, memory);
    case Kind::kHas:
    case Kind::kHasChild:
      return Once(simple, tree, node, memory,
                  [&] { return InnerMatches(simple, tree, node, memory); });
    case Kind::kContains:
    case Kind::kMatches:
      return Once(simple, tree, node, memory, [&] { return TextMatches(simple, tree, node); });
    case Kind::kNth:
      return NthMatches(simple, tree, node);
    case Kind::kOnlyChild:
      return OnlyMatches(simple, tree, node);
    case Kind::kInput: {
      const Tag tag = tree[node].tag;
      return tag == Tag::kInput || tag == Tag::kSelect || tag == Tag::kTextarea ||
             tag == Tag::kButton;
    }
    case Kind::kEmpty:
      return IsEmpty(tree, node);
    case Kind::kRoot:
      return tree.IsElement(node) && tree[node].parent == 0;
    case Kind::kLink:
      return IsLink(tree, node);
    case Kind::kLang:
      return IsLang(simple, tree, node);
    case Kind::kEnabled:
      return IsLink(tree, node) || DisabledState(tree, node) == 0;
    case Kind::kDisabled:
      return DisabledState(tree, node) == 1;
    case Kind::kChecked:
      return IsChecked(tree, node);
    case Kind::kNever:
      return false;
  }
  return false;
}

bool CompoundMatches(const Compound& compound, const Tree& tree, NodeId node, Memory& memory) {
  if (compound.universal) return tree.IsElement(node);
  return std::all_of(compound.all.begin(), compound.all.end(), [&](const Simple& simple) {
    return SimpleMatches(simple, tree, node, memory);
  });
}

/// Why a node does not match: it alone; it and all its siblings before it; it and all above it. So
/// `a b c d` looks at each ancestor once, where trying all ways to place a, b and c would take the
/// depth to the power of three.
enum class Found { kYes, kNotThis, kNoSibling, kNoAncestor };

using Compounds = std::vector<Compound>;

Found MatchesUpTo(const Compounds& compounds, std::size_t last, const Tree& tree, NodeId node,
                  Memory& memory);

Found MatchesBefore(const Compounds& compounds, std::size_t last, const Tree& tree, NodeId node,
                    Memory& memory) {
  switch (compounds[last].combinator) {
    case ' ':
      for (NodeId at = tree[node].parent; at != kNone; at = tree[at].parent) {
        const Found found = MatchesUpTo(compounds, last - 1, tree, at, memory);
        if (found == Found::kYes || found == Found::kNoAncestor) return found;
      }
      return Found::kNoAncestor;
    case '>': {
      const NodeId parent = tree[node].parent;
      if (parent == kNone) return Found::kNoAncestor;
      const Found found = MatchesUpTo(compounds, last - 1, tree, parent, memory);
      return found == Found::kYes || found == Found::kNoAncestor ? found : Found::kNoSibling;
    }
    case '+': {
      NodeId at = tree[node].previous;
      while (at != kNone && (tree[at].kind == Kind::kText || tree[at].kind == Kind::kComment))
        at = tree[at].previous;
      return at == kNone ? Found::kNoSibling : MatchesUpTo(compounds, last - 1, tree, at, memory);
    }
    default:
      for (NodeId at = tree[node].previous; at != kNone; at = tree[at].previous) {
        const Found found = MatchesUpTo(compounds, last - 1, tree, at, memory);
        if (found != Found::kNotThis) return found;
      }
      return Found::kNoSibling;
  }
}

Found MatchesUpTo(const Compounds& compounds, std::size_t last, const Tree& tree, NodeId node,
                  Memory& memory) {
  if (!CompoundMatches(compounds[last], tree, node, memory)) return Found::kNotThis;
  return last == 0 ? Found::kYes : MatchesBefore(compounds, last, tree, node, memory);
}

}  // namespace

bool Selector::Matches(const Tree& tree, NodeId node, Memory& memory) const {
  return std::any_of(group_.begin(), group_.end(), [&](const Compounds& compounds) {
    return MatchesUpTo(compounds, compounds.size() - 1, tree, node, memory) == Found::kYes;
  });
}

}  // namespace loadctl::html
