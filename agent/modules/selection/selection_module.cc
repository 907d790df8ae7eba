// The natives of k6/html's selections. A document is an ArrayBuffer that scripts never see, a node
// its number in it: so the engine knows what documents weigh, and frees them like any value.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "agent/html/traverse.h"
#include "agent/html/tree.h"
#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "agent/net/http/url.h"

namespace loadctl::modules::selection {
namespace {

namespace dom = loadctl::html;
using dom::Axis;
using dom::kNone;
using dom::NodeId;
using dom::Nodes;
using dom::Selector;
using dom::Tree;

struct GivenAttribute {
  std::string name;
  std::string value;
  std::string space;
};
/// A URL in the parts that links have.
struct Parts {
  std::string href, scheme, host, user, password, path, query, fragment;
};

Result<js::Bytes> Parse(js::Data text) {
  LOADCTL_TRY(std::string bytes, dom::Parse(text.bytes));
  return js::Bytes{std::move(bytes)};
}

/// Nothing: no selector, or one that k6 finds nothing with.
std::optional<Selector> Compile(std::string_view text) {
  auto selector = Selector::Parse(text);
  if (!selector) return std::nullopt;
  return std::move(*selector);
}

// find(document, nodes, selector, first) → nodes
Nodes Find(js::Data document, Nodes nodes, std::string_view selector, bool first) {
  const auto compiled = Compile(selector);
  if (!compiled) return {};
  return dom::Find(Tree(document.bytes), nodes, *compiled, first);
}
// filter(document, nodes, selector, keep) → nodes
Nodes Filter(js::Data document, Nodes nodes, std::string_view selector, bool keep) {
  const auto compiled = Compile(selector);
  if (!compiled) return keep ? Nodes() : nodes;
  return dom::Filter(Tree(document.bytes), nodes, *compiled, keep);
}
Nodes Closest(js::Data document, Nodes nodes, std::string_view selector) {
  const auto compiled = Compile(selector);
  if (!compiled) return {};
  return dom::Closest(Tree(document.bytes), nodes, *compiled);
}
Nodes ClosestOf(js::Data document, Nodes nodes, Nodes targets) {
  return dom::ClosestOf(Tree(document.bytes), nodes, targets);
}
Nodes With(js::Data document, Nodes nodes, Nodes inner) {
  return dom::With(Tree(document.bytes), nodes, std::move(inner));
}
Nodes Below(js::Data document, Nodes nodes, Nodes inner) {
  return dom::Below(Tree(document.bytes), nodes, inner);
}
// walk(document, nodes, axis, until selector, stops) → nodes
Nodes Walk(js::Data document, Nodes nodes, std::uint8_t axis, std::optional<std::string_view> until,
           std::optional<Nodes> stops) {
  const auto compiled = until ? Compile(*until) : std::nullopt;
  return dom::Walk(Tree(document.bytes), nodes, static_cast<Axis>(axis),
                   compiled ? &*compiled : nullptr, stops.value_or(Nodes()));
}

// text(document, nodes): one text behind the other
std::string Text(js::Data document, Nodes nodes) {
  const Tree tree(document.bytes);
  std::string text;
  for (const NodeId node : nodes) tree.AppendText(node, text);
  return text;
}
std::string Inner(js::Data document, NodeId node) { return Tree(document.bytes).InnerHtml(node); }

std::optional<std::string> AttributeOf(js::Data document, NodeId node, std::string_view name) {
  const auto value = Tree(document.bytes).AttributeOf(node, name);
  return value ? std::optional<std::string>(*value) : std::nullopt;
}
std::vector<GivenAttribute> AttributesOf(js::Data document, NodeId node) {
  const Tree tree(document.bytes);
  std::vector<GivenAttribute> all;
  for (const dom::Attribute& one : tree.AttributesOf(node)) {
    all.push_back({std::string(tree.Text(one.key)), std::string(tree.Text(one.value)),
                   std::string(dom::NameOf(static_cast<dom::Space>(one.space)))});
  }
  return all;
}

// name(document, node): the DOM's nodeName, but for its capitals
std::string NameOf(js::Data document, NodeId node) {
  const Tree tree(document.bytes);
  switch (tree[node].kind) {
    case dom::Kind::kText:
      return "#text";
    case dom::Kind::kComment:
      return "#comment";
    case dom::Kind::kDocument:
      return "#document";
    default:
      return std::string(tree.DataOf(node));
  }
}
int TypeOf(js::Data document, NodeId node) {
  return static_cast<int>(Tree(document.bytes)[node].kind);
}
std::string_view SpaceOf(js::Data document, NodeId node) {
  return dom::NameOf(Tree(document.bytes)[node].space);
}

// relative(document, node, which) → node or null; parent, first child, last child, previous, next
std::optional<NodeId> Relative(js::Data document, NodeId node, std::uint8_t which) {
  const Tree tree(document.bytes);
  const NodeId found[] = {tree[node].parent, tree.FirstChild(node), tree[node].last_child,
                          tree[node].previous, tree.NextSibling(node)};
  if (which >= std::size(found) || found[which] == kNone) return std::nullopt;
  return found[which];
}

/// `reference` against `base`, which may be "", as Go's ResolveReference.
Result<net::Url> Resolved(std::string_view base, std::string_view reference) {
  LOADCTL_TRY(const net::Url from, net::ParseUrl(base));
  return from.Resolve(reference);
}
// resolve(base, reference) → URL, null if one of them is none
std::optional<std::string> Resolve(std::string_view base, std::string_view reference) {
  const auto url = Resolved(base, reference);
  return url ? std::optional(url->ToString()) : std::nullopt;
}
// target(base, reference, query): the same; throws what Go says; a query in place of its own
Result<std::string> Target(std::string_view base, std::optional<std::string_view> reference,
                           std::optional<std::string> query) {
  LOADCTL_TRY(net::Url url, reference ? Resolved(base, *reference) : net::ParseUrl(base));
  if (query) {
    url.query = *query;
    url.force_query = false;
  }
  return url.ToString();
}
// parts(base, reference), of nothing if one of them is no URL
Parts PartsOf(std::string_view base, std::string_view reference) {
  const auto url = Resolved(base, reference);
  if (!url) return {};
  return {url->ToString(), url->scheme, url->host,  url->user,
          url->password,   url->path,   url->query, url->fragment};
}

}  // namespace
}  // namespace loadctl::modules::selection

template <>
struct loadctl::js::Members<loadctl::modules::selection::GivenAttribute> {
  using T = modules::selection::GivenAttribute;
  static constexpr std::tuple list{Member{"name", &T::name}, Member{"value", &T::value},
                                   Member{"space", &T::space}};
};
template <>
struct loadctl::js::Members<loadctl::modules::selection::Parts> {
  using T = modules::selection::Parts;
  static constexpr std::tuple list{
      Member{"href", &T::href},   Member{"scheme", &T::scheme},     Member{"host", &T::host},
      Member{"user", &T::user},   Member{"password", &T::password}, Member{"path", &T::path},
      Member{"query", &T::query}, Member{"fragment", &T::fragment}};
};

namespace loadctl::modules::selection {

Module Describe() {
  const auto axis = [](const char* name, Axis value) {
    return js::Constant(name, static_cast<double>(value));
  };
  return {faces::kSelection,
          {js::Native<&Parse>("parse"),
           js::Native<&Find>("find"),
           js::Native<&Filter>("filter"),
           js::Native<&Closest>("closest"),
           js::Native<&ClosestOf>("closestOf"),
           js::Native<&With>("withInner"),
           js::Native<&Below>("below"),
           js::Native<&Walk>("walk"),
           js::Native<&Text>("textOfNodes"),
           js::Native<&Inner>("inner"),
           js::Native<&AttributeOf>("attributeOf"),
           js::Native<&AttributesOf>("attributesOf"),
           js::Native<&NameOf>("nameOf"),
           js::Native<&TypeOf>("typeOfNode"),
           js::Native<&SpaceOf>("spaceOfNode"),
           js::Native<&Relative>("relative"),
           js::Native<&Resolve>("resolve"),
           js::Native<&Target>("target"),
           js::Native<&PartsOf>("partsOf"),
           axis("CHILDREN", Axis::kChildren),
           axis("CONTENTS", Axis::kContents),
           axis("PARENT", Axis::kParent),
           axis("PARENTS", Axis::kParents),
           axis("SIBLINGS", Axis::kSiblings),
           axis("NEXT", Axis::kNext),
           axis("NEXT_ALL", Axis::kNextAll),
           axis("PREVIOUS", Axis::kPrevious),
           axis("PREVIOUS_ALL", Axis::kPreviousAll)}};
}

}  // namespace loadctl::modules::selection
