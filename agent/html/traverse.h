// From some nodes of a document to others, as jQuery's methods and goquery's, which k6 shows. Lists
// of nodes are in the order that goquery gives, each node once. Functions of plain values: any
// thread.
#pragma once

#include <cstdint>
#include <vector>

#include "agent/html/selector.h"
#include "agent/html/tree.h"

namespace loadctl::html {

using Nodes = std::vector<NodeId>;

enum class Axis : std::uint8_t {
  kChildren,
  kContents,  ///< children that are no elements, too
  kParent,
  kParents,
  kSiblings,
  kNext,
  kNextAll,
  kPrevious,
  kPreviousAll,
};

/// What is below the nodes and matches; `first`: one of each node's children at most.
[[nodiscard]] Nodes Find(const Tree& tree, const Nodes& nodes, const Selector& selector,
                         bool first);
/// Those that match, or that do not.
[[nodiscard]] Nodes Filter(const Tree& tree, const Nodes& nodes, const Selector& selector,
                           bool keep);
/// Each node or the nearest above it that matches.
[[nodiscard]] Nodes Closest(const Tree& tree, const Nodes& nodes, const Selector& selector);
/// The same, where one of the targets counts as a match.
[[nodiscard]] Nodes ClosestOf(const Tree& tree, const Nodes& nodes, const Nodes& targets);
/// Those of the nodes with one of the inner ones below them.
[[nodiscard]] Nodes With(const Tree& tree, const Nodes& nodes, Nodes inner);
/// Those of the inner nodes that are below one of the nodes.
[[nodiscard]] Nodes Below(const Tree& tree, const Nodes& nodes, const Nodes& inner);
/// Along the axis, up to what matches or is among `stops`, without it; null: nothing stops it.
[[nodiscard]] Nodes Walk(const Tree& tree, const Nodes& nodes, Axis axis, const Selector* until,
                         const Nodes& stops);

}  // namespace loadctl::html
