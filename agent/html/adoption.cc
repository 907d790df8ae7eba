// The adoption agency of HTML (13.2.6.4.7): <b><p></b> and its like, step by step as the standard.
#include <algorithm>

#include "agent/html/parser.h"

namespace loadctl::html {
namespace {

int PlaceOf(const std::vector<NodeId>& list, NodeId id) {
  for (std::size_t i = list.size(); i-- > 0;) {
    if (list[i] == id) return static_cast<int>(i);
  }
  return -1;
}
void Erase(std::vector<NodeId>& list, int place) {
  if (place >= 0) list.erase(list.begin() + place);
}
void Insert(std::vector<NodeId>& list, int place, NodeId id) {
  const int at = std::clamp(place, 0, static_cast<int>(list.size()));
  list.insert(list.begin() + at, id);
}

NodeId FormattingElement(const Parser& p, Tag tag) {
  for (std::size_t i = p.formatting.size(); i-- > 0 && p.formatting[i] != Parser::kMarker;) {
    if (p.draft[p.formatting[i]].tag == tag) return p.formatting[i];
  }
  return kNone;
}

NodeId FurthestBlock(const Parser& p, int from) {
  for (auto i = static_cast<std::size_t>(from); i < p.open.size(); ++i) {
    if (IsSpecial(p.draft, p.open[i])) return p.open[i];
  }
  return kNone;
}

/// Step 13: clones of what is between the element and the block take the block up. Gives the
/// highest of them.
NodeId MoveInwards(Parser& p, NodeId element, NodeId block, int& bookmark) {
  NodeId last = block;
  int place = PlaceOf(p.open, block);
  for (int count = 1; --place >= 0; ++count) {
    NodeId node = p.open[static_cast<std::size_t>(place)];
    if (node == element) break;
    int listed = PlaceOf(p.formatting, node);
    if (count > 3 && listed >= 0) {
      Erase(p.formatting, listed);
      if (listed <= bookmark) --bookmark;
      continue;  // it stays open, as in x/net/html
    }
    if (listed < 0) {
      Erase(p.open, place);
      continue;
    }
    node = p.draft.Clone(node);
    p.formatting[static_cast<std::size_t>(listed)] = node;
    p.open[static_cast<std::size_t>(place)] = node;
    if (last == block) bookmark = listed + 1;
    p.draft.Remove(last);
    p.draft.Append(node, last);
    last = node;
  }
  return last;
}

/// One turn of the outer loop; false: there are no more.
bool Adopt(Parser& p, Tag tag, Span name) {
  const NodeId element = FormattingElement(p, tag);
  if (element == kNone) {
    EndOther(p, tag, name);
    return false;
  }
  const int place = PlaceOf(p.open, element);
  if (place < 0) {
    Erase(p.formatting, PlaceOf(p.formatting, element));
    return false;
  }
  if (!p.InScope(Scope::kDefault, {tag})) return false;
  const NodeId block = FurthestBlock(p, place);
  if (block == kNone) {
    p.CutOpen(place);
    Erase(p.formatting, PlaceOf(p.formatting, element));
    return false;
  }
  const NodeId ancestor =
      place > 0 ? p.open[static_cast<std::size_t>(place) - 1] : Draft::kDocument;
  int bookmark = PlaceOf(p.formatting, element);
  const NodeId last = MoveInwards(p, element, block, bookmark);
  p.draft.Remove(last);
  if (IsTableContext(p.draft[ancestor].tag)) {
    p.FosterParent(last);
  } else {
    p.draft.Append(ancestor, last);
  }
  const NodeId clone = p.draft.Clone(element);
  p.draft.MoveChildren(block, clone);
  p.draft.Append(block, clone);
  const int listed = PlaceOf(p.formatting, element);
  if (listed >= 0 && listed < bookmark) --bookmark;
  Erase(p.formatting, listed);
  Insert(p.formatting, bookmark, clone);
  Erase(p.open, PlaceOf(p.open, element));
  Insert(p.open, PlaceOf(p.open, block) + 1, clone);
  return true;
}

}  // namespace

void EndFormatting(Parser& p, Tag tag, Span name) {
  if (p.TopTag() == tag && PlaceOf(p.formatting, p.Top()) < 0) {
    p.Pop();
    return;
  }
  for (int i = 0; i < 8 && Adopt(p, tag, name); ++i) {
  }
}

}  // namespace loadctl::html
