#include "agent/html/tree.h"

#include <array>
#include <cstring>

#include "common/base/check.h"

namespace loadctl::html {

std::string_view NameOf(Space space) {
  static constexpr std::array<std::string_view, 6> kNames{"",      "svg", "math",
                                                          "xlink", "xml", "xmlns"};
  return kNames[static_cast<std::size_t>(space)];
}

Tree::Tree(std::string_view bytes) {
  TreeHeader header;
  LOADCTL_CHECK(bytes.size() >= sizeof header, "no document");
  std::memcpy(&header, bytes.data(), sizeof header);
  const std::size_t nodes = header.nodes * sizeof(Node);
  const std::size_t attributes = header.attributes * sizeof(Attribute);
  LOADCTL_CHECK(bytes.size() >= sizeof header + nodes + attributes, "a document cut off");
  const char* at = bytes.data() + sizeof header;
  nodes_ = {reinterpret_cast<const Node*>(at), header.nodes};
  attributes_ = {reinterpret_cast<const Attribute*>(at + nodes), header.attributes};
  text_ = bytes.substr(sizeof header + nodes + attributes);
}

std::optional<std::string_view> Tree::AttributeOf(NodeId id, std::string_view key) const {
  for (const Attribute& one : AttributesOf(id)) {
    if (one.key.size == key.size() && Text(one.key) == key) return Text(one.value);
  }
  return std::nullopt;
}

void Tree::AppendText(NodeId id, std::string& out) const {
  for (NodeId at = id; at < nodes_[id].end; ++at) {
    if (nodes_[at].kind == Kind::kText) out += DataOf(at);
  }
}

}  // namespace loadctl::html
