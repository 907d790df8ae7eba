#include "agent/html/draft.h"

#include <cstring>
#include <utility>

namespace loadctl::html {

Draft::Draft() : pieces_(1) { New(Kind::kDocument, ""); }

NodeId Draft::New(Kind kind, std::string_view data) {
  DraftNode& node = nodes_.emplace_back();
  node.kind = kind;
  node.data = text_.Add(data);
  return static_cast<NodeId>(nodes_.size() - 1);
}

NodeId Draft::NewText(std::string_view text) { return New(Kind::kText, text); }

NodeId Draft::NewElement(Tag tag, Span name, const std::vector<Attribute>& attributes) {
  DraftNode& node = nodes_.emplace_back();
  node.tag = tag;
  node.data = name;
  node.attributes = static_cast<std::uint32_t>(attributes_.size());
  node.attribute_count = static_cast<std::uint32_t>(attributes.size());
  attributes_.insert(attributes_.end(), attributes.begin(), attributes.end());
  return static_cast<NodeId>(nodes_.size() - 1);
}

NodeId Draft::Clone(NodeId id) {
  DraftNode copy = nodes_[id];
  copy.parent = copy.first = copy.last = copy.previous = copy.next = kNone;
  nodes_.push_back(copy);
  return static_cast<NodeId>(nodes_.size() - 1);
}

void Draft::AddToText(NodeId id, std::string_view more) {
  DraftNode& node = nodes_[id];
  Span& last = node.latest == 0 ? node.data : pieces_[node.latest].text;
  const Span added = text_.Add(more);
  if (last.at + last.size == added.at) {
    last.size += added.size;
    return;
  }
  const auto piece = static_cast<std::uint32_t>(pieces_.size());
  if (node.latest == 0) {
    node.more = piece;
  } else {
    pieces_[node.latest].next = piece;
  }
  node.latest = piece;
  pieces_.push_back({added});
}

void Draft::AddAttributes(NodeId id, const std::vector<Attribute>& attributes) {
  if (attributes.empty()) return;
  Added& added = added_[id];
  if (added.keys.empty()) {
    for (std::uint32_t i = 0; i < nodes_[id].attribute_count; ++i) {
      added.keys.emplace(text_.Get(attributes_[nodes_[id].attributes + i].key));
    }
  }
  for (const Attribute& one : attributes) {
    if (added.keys.emplace(text_.Get(one.key)).second) added.list.push_back(one);
  }
}

void Draft::InsertBefore(NodeId parent, NodeId child, NodeId before) {
  DraftNode& node = nodes_[child];
  node.parent = parent;
  node.next = before;
  node.previous = before == kNone ? nodes_[parent].last : nodes_[before].previous;
  (node.previous == kNone ? nodes_[parent].first : nodes_[node.previous].next) = child;
  (before == kNone ? nodes_[parent].last : nodes_[before].previous) = child;
}

void Draft::Remove(NodeId child) {
  DraftNode& node = nodes_[child];
  if (node.parent == kNone) return;
  DraftNode& parent = nodes_[node.parent];
  (node.previous == kNone ? parent.first : nodes_[node.previous].next) = node.next;
  (node.next == kNone ? parent.last : nodes_[node.next].previous) = node.previous;
  node.parent = node.previous = node.next = kNone;
}

void Draft::MoveChildren(NodeId from, NodeId to) {
  while (nodes_[from].first != kNone) {
    const NodeId child = nodes_[from].first;
    Remove(child);
    Append(to, child);
  }
}

Span Draft::Gather(const DraftNode& text) {
  if (text.more == 0) return text.data;
  const Span whole{text_.end(), 0};
  std::string& bytes = text_.bytes();
  bytes.append(bytes, text.data.at, text.data.size);
  for (std::uint32_t at = text.more; at != 0; at = pieces_[at].next) {
    bytes.append(bytes, pieces_[at].text.at, pieces_[at].text.size);
  }
  return {whole.at, text_.end() - whole.at};
}

void Draft::Place(NodeId id, NodeId number, std::vector<Node>& nodes,
                  const std::vector<NodeId>& numbers) {
  DraftNode& from = nodes_[id];
  Node& to = nodes[number];
  to.parent = from.parent == kNone ? kNone : numbers[from.parent];
  to.previous = from.previous == kNone ? kNone : numbers[from.previous];
  to.data = from.kind == Kind::kText ? Gather(from) : from.data;
  if (const auto found = added_.find(id); found != added_.end()) {
    const auto first = attributes_.begin() + from.attributes;
    std::vector<Attribute> all(first, first + from.attribute_count);
    all.insert(all.end(), found->second.list.begin(), found->second.list.end());
    from.attributes = static_cast<std::uint32_t>(attributes_.size());
    from.attribute_count = static_cast<std::uint32_t>(all.size());
    attributes_.insert(attributes_.end(), all.begin(), all.end());
  }
  to.attributes = from.attributes;
  to.attribute_count = from.attribute_count;
  to.tag = from.tag;
  to.kind = from.kind;
  to.space = from.space;
}

std::string Draft::Finish() {
  std::vector<Node> nodes;
  nodes.reserve(nodes_.size());
  std::vector<NodeId> numbers(nodes_.size(), kNone);
  // Down where it goes down, else to the next, else up; each node is left once.
  for (NodeId id = kDocument; id != kNone;) {
    const auto number = static_cast<NodeId>(nodes.size());
    numbers[id] = number;
    nodes.emplace_back();
    Place(id, number, nodes, numbers);
    if (nodes_[id].first != kNone) {
      id = nodes_[id].first;
      continue;
    }
    for (;;) {
      nodes[numbers[id]].end = static_cast<NodeId>(nodes.size());
      const NodeId parent = nodes_[id].parent;
      if (nodes_[id].next != kNone || parent == kNone) break;
      nodes[numbers[parent]].last_child = numbers[id];
      id = parent;
    }
    id = nodes_[id].next;
  }
  const TreeHeader header{static_cast<std::uint32_t>(nodes.size()),
                          static_cast<std::uint32_t>(attributes_.size())};
  std::string bytes;
  const auto add = [&](const void* data, std::size_t size) {
    bytes.append(static_cast<const char*>(data), size);
  };
  bytes.reserve(sizeof header + nodes.size() * sizeof(Node) +
                attributes_.size() * sizeof(Attribute) + text_.end());
  add(&header, sizeof header);
  add(nodes.data(), nodes.size() * sizeof(Node));
  add(attributes_.data(), attributes_.size() * sizeof(Attribute));
  bytes += text_.bytes();
  return bytes;
}

}  // namespace loadctl::html
