// A parsed HTML document as one block of bytes: what Parse() makes and everything else reads.
// Nodes are numbered in the document's order, so that what is below a node are the numbers from the
// one behind it to its end, and nothing that walks a document needs a stack. Node 0 is the
// document. Not for changing documents. Immutable: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/html/tags.h"
#include "common/base/error.h"

namespace loadctl::html {

using NodeId = std::uint32_t;
inline constexpr NodeId kNone = 0xFFFFFFFFU;

/// Numbers are the DOM's nodeType.
enum class Kind : std::uint8_t {
  kElement = 1,
  kText = 3,
  kComment = 8,
  kDocument = 9,
  kDoctype = 10,
};
/// Namespaces of elements; of attributes that have one, too.
enum class Space : std::uint8_t { kHtml, kSvg, kMath, kXlink, kXml, kXmlns };
/// As x/net/html, which k6 shows, writes it: "" for HTML, "svg", "math", "xlink", ...
[[nodiscard]] std::string_view NameOf(Space space);

/// A part of the document's text.
struct Span {
  std::uint32_t at = 0;
  std::uint32_t size = 0;
  bool operator==(const Span&) const = default;
};
struct Attribute {
  Span key;
  Span value;
  std::uint32_t space = 0;  ///< a Space
};
struct Node {
  NodeId parent = kNone;
  NodeId end = 0;  ///< one behind the last node below it
  NodeId previous = kNone;
  NodeId last_child = kNone;
  Span data;  ///< an element's name, a text's text, a comment's, a doctype's name
  std::uint32_t attributes = 0;
  std::uint32_t attribute_count = 0;
  Tag tag = Tag::kUnknown;
  Kind kind = Kind::kElement;
  Space space = Space::kHtml;
  std::uint8_t unused = 0;
};
static_assert(sizeof(Node) == 36 && sizeof(Attribute) == 20);

/// The document of `html`, UTF-8 by rights; other bytes stay as they are. Fails with k6's text if
/// elements are nested deeper than 512, and if the document has more than 4 million nodes.
[[nodiscard]] Result<std::string> Parse(std::string_view html);

/// Reads what Parse() made.
class Tree final {
 public:
  /// `bytes` must be what Parse() gave, aligned to 4 bytes, and live as long.
  explicit Tree(std::string_view bytes);

  [[nodiscard]] NodeId size() const { return static_cast<NodeId>(nodes_.size()); }
  [[nodiscard]] const Node& operator[](NodeId id) const { return nodes_[id]; }
  [[nodiscard]] bool IsElement(NodeId id) const { return nodes_[id].kind == Kind::kElement; }
  [[nodiscard]] std::string_view Text(Span span) const { return text_.substr(span.at, span.size); }
  [[nodiscard]] std::string_view DataOf(NodeId id) const { return Text(nodes_[id].data); }
  [[nodiscard]] std::span<const Attribute> AttributesOf(NodeId id) const {
    return attributes_.subspan(nodes_[id].attributes, nodes_[id].attribute_count);
  }
  /// The first attribute of the name.
  [[nodiscard]] std::optional<std::string_view> AttributeOf(NodeId id, std::string_view key) const;

  [[nodiscard]] NodeId FirstChild(NodeId id) const {
    return id + 1 < nodes_[id].end ? id + 1 : kNone;
  }
  [[nodiscard]] NodeId NextSibling(NodeId id) const {
    const NodeId parent = nodes_[id].parent;
    return parent != kNone && nodes_[id].end < nodes_[parent].end ? nodes_[id].end : kNone;
  }
  /// Whether `inner` is below `outer`, and not the same.
  [[nodiscard]] bool Contains(NodeId outer, NodeId inner) const {
    return outer < inner && inner < nodes_[outer].end;
  }
  /// The text of a node and all below it.
  void AppendText(NodeId id, std::string& out) const;
  /// As HTML, as x/net/html renders it: the node itself, or what is below it.
  void AppendHtml(NodeId id, std::string& out) const;
  [[nodiscard]] std::string InnerHtml(NodeId id) const;

 private:
  std::span<const Node> nodes_;
  std::span<const Attribute> attributes_;
  std::string_view text_;
};

/// At the beginning of the bytes; then nodes, attributes and the text.
struct TreeHeader {
  std::uint32_t nodes = 0;
  std::uint32_t attributes = 0;
};

}  // namespace loadctl::html
