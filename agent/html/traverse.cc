#include "agent/html/traverse.h"

#include <algorithm>
#include <unordered_set>

namespace loadctl::html {
namespace {

/// A list that takes each node once.
class Once {
 public:
  void Add(NodeId node) {
    if (known_.insert(node).second) list_.push_back(node);
  }
  Nodes Take() { return std::move(list_); }

 private:
  std::unordered_set<NodeId> known_;
  Nodes list_;
};

bool IsUpward(Axis axis) { return axis == Axis::kParent || axis == Axis::kParents; }

NodeId Step(const Tree& tree, Axis axis, NodeId at) {
  switch (axis) {
    case Axis::kParent:
    case Axis::kParents:
      return tree[at].parent;
    case Axis::kPrevious:
    case Axis::kPreviousAll:
      return tree[at].previous;
    default:
      return tree.NextSibling(at);
  }
}

NodeId Start(const Tree& tree, Axis axis, NodeId node) {
  if (axis == Axis::kChildren || axis == Axis::kContents) return tree.FirstChild(node);
  if (axis != Axis::kSiblings) return Step(tree, axis, node);
  return tree[node].parent == kNone ? kNone : tree.FirstChild(tree[node].parent);
}

bool IsOne(Axis axis) {
  return axis == Axis::kParent || axis == Axis::kNext || axis == Axis::kPrevious;
}

}  // namespace

Nodes Find(const Tree& tree, const Nodes& nodes, const Selector& selector, bool first) {
  Memory memory;
  Once found;
  for (const NodeId node : nodes) {
    for (NodeId child = tree.FirstChild(node); child != kNone; child = tree.NextSibling(child)) {
      if (!tree.IsElement(child)) continue;
      for (NodeId at = child; at < tree[child].end; ++at) {
        if (!selector.Matches(tree, at, memory)) continue;
        found.Add(at);
        if (first) break;
      }
    }
  }
  return found.Take();
}

Nodes Filter(const Tree& tree, const Nodes& nodes, const Selector& selector, bool keep) {
  Memory memory;
  Nodes kept;
  for (const NodeId node : nodes) {
    if (selector.Matches(tree, node, memory) == keep) kept.push_back(node);
  }
  return kept;
}

Nodes Closest(const Tree& tree, const Nodes& nodes, const Selector& selector) {
  Memory memory;
  Once found;
  for (const NodeId node : nodes) {
    for (NodeId at = node; at != kNone; at = tree[at].parent) {
      if (!selector.Matches(tree, at, memory)) continue;
      found.Add(at);
      break;
    }
  }
  return found.Take();
}

Nodes ClosestOf(const Tree& tree, const Nodes& nodes, const Nodes& targets) {
  const std::unordered_set<NodeId> wanted(targets.begin(), targets.end());
  Once found;
  for (const NodeId node : nodes) {
    for (NodeId at = node; at != kNone; at = tree[at].parent) {
      if (!wanted.contains(at)) continue;
      found.Add(at);
      break;
    }
  }
  return found.Take();
}

Nodes With(const Tree& tree, const Nodes& nodes, Nodes inner) {
  std::sort(inner.begin(), inner.end());
  Nodes kept;
  for (const NodeId node : nodes) {
    const auto next = std::upper_bound(inner.begin(), inner.end(), node);
    if (next != inner.end() && tree.Contains(node, *next)) kept.push_back(node);
  }
  return kept;
}

Nodes Below(const Tree& tree, const Nodes& nodes, const Nodes& inner) {
  const std::unordered_set<NodeId> outer(nodes.begin(), nodes.end());
  Once found;
  for (const NodeId node : inner) {
    for (NodeId at = tree[node].parent; at != kNone; at = tree[at].parent) {
      if (!outer.contains(at)) continue;
      found.Add(node);
      break;
    }
  }
  return found.Take();
}

Nodes Walk(const Tree& tree, const Nodes& nodes, Axis axis, const Selector* until,
           const Nodes& stops) {
  Memory memory;
  const std::unordered_set<NodeId> ends(stops.begin(), stops.end());
  Once found;
  for (const NodeId node : nodes) {
    for (NodeId at = Start(tree, axis, node); at != kNone; at = Step(tree, axis, at)) {
      const bool counts = tree.IsElement(at) || axis == Axis::kContents;
      if (!counts && !IsUpward(axis)) continue;
      if ((until != nullptr && until->Matches(tree, at, memory)) || ends.contains(at)) break;
      if (counts && !(axis == Axis::kSiblings && at == node)) found.Add(at);
      if (IsOne(axis)) break;
    }
  }
  return found.Take();
}

}  // namespace loadctl::html
