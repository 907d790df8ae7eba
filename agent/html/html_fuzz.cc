// The first line is a selector, what follows a document, or anything: each parses or fails, the
// nodes of a document hang together, and what finds and renders them ends.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/html/traverse.h"

using namespace loadctl::html;

namespace {

void Expect(bool holds) {
  if (!holds) std::abort();
}

void CheckTree(const Tree& tree) {
  Expect(tree.size() > 0 && tree[0].kind == Kind::kDocument && tree[0].end == tree.size());
  for (NodeId id = 1; id < tree.size(); ++id) {
    const Node& node = tree[id];
    Expect(node.parent < id && node.end > id && node.end <= tree[node.parent].end);
    Expect(node.previous == kNone ? node.parent + 1 == id : tree.NextSibling(node.previous) == id);
    Expect(node.last_child == kNone || tree[node.last_child].parent == id);
    (void)tree.DataOf(id);
    for (const Attribute& one : tree.AttributesOf(id)) {
      (void)tree.Text(one.key);
      (void)tree.Text(one.value);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.find('\n');
  const auto bytes = Parse(end == input.npos ? input : input.substr(end + 1));
  if (!bytes) return 0;
  const Tree tree(*bytes);
  CheckTree(tree);
  if (tree.size() > 2000) return 0;
  (void)tree.InnerHtml(0);
  const auto selector = Selector::Parse(input.substr(0, end));
  if (!selector) return 0;
  const Nodes found = Find(tree, {0}, *selector, false);
  Expect(Filter(tree, found, *selector, true).size() == found.size());
  Expect(Walk(tree, found, Axis::kParents, &*selector, {}).size() < tree.size());
  Expect(With(tree, {0}, found).size() <= 1);
  return 0;
}
