// A document while it is parsed: nodes that may be moved, and its text. Not for reading documents
// (tree.h). Belongs to one parse; one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "agent/html/tree.h"

namespace loadctl::html {

/// All text of a document, one piece after another.
class TextPool final {
 public:
  Span Add(std::string_view text) {
    const Span span{end(), static_cast<std::uint32_t>(text.size())};
    bytes_ += text;
    return span;
  }
  /// A name that the standard knows; kept once.
  Span NameOf(Tag tag) {
    Span& known = names_[static_cast<std::size_t>(tag)];
    if (known.size == 0) known = Add(FactsOf(tag).name);
    return known;
  }
  [[nodiscard]] std::string_view Get(Span span) const {
    return std::string_view(bytes_).substr(span.at, span.size);
  }
  [[nodiscard]] std::uint32_t end() const { return static_cast<std::uint32_t>(bytes_.size()); }
  /// For text that is written piece by piece, from end() on.
  [[nodiscard]] std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
  std::array<Span, static_cast<std::size_t>(Tag::kCount)> names_{};
};

/// A node while its document is parsed.
struct DraftNode {
  NodeId parent = kNone, first = kNone, last = kNone, previous = kNone, next = kNone;
  Span data;                 ///< of a text: its first piece
  std::uint32_t more = 0;    ///< of a text: where its further pieces begin; 0: there are none
  std::uint32_t latest = 0;  ///< of a text: the last of them
  std::uint32_t attributes = 0;
  std::uint32_t attribute_count = 0;
  Tag tag = Tag::kUnknown;
  Kind kind = Kind::kElement;
  Space space = Space::kHtml;
};

class Draft final {
 public:
  static constexpr NodeId kDocument = 0;
  static constexpr std::size_t kMostNodes = 4'000'000;

  Draft();
  [[nodiscard]] DraftNode& operator[](NodeId id) { return nodes_[id]; }
  [[nodiscard]] const DraftNode& operator[](NodeId id) const { return nodes_[id]; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] TextPool& text() { return text_; }
  [[nodiscard]] const TextPool& text() const { return text_; }
  [[nodiscard]] std::string_view DataOf(NodeId id) const { return text_.Get(nodes_[id].data); }
  [[nodiscard]] std::vector<Attribute>& attributes() { return attributes_; }
  [[nodiscard]] const std::vector<Attribute>& attributes() const { return attributes_; }

  NodeId NewElement(Tag tag, Span name, const std::vector<Attribute>& attributes);
  NodeId NewText(std::string_view text);
  NodeId New(Kind kind, std::string_view data);
  /// The same element without parent and children; it shares the attributes.
  NodeId Clone(NodeId id);
  void AddToText(NodeId text, std::string_view more);
  /// Gives an element attributes that it does not have yet.
  void AddAttributes(NodeId id, const std::vector<Attribute>& attributes);

  void Append(NodeId parent, NodeId child) { InsertBefore(parent, child, kNone); }
  /// `before` kNone: at the end.
  void InsertBefore(NodeId parent, NodeId child, NodeId before);
  /// Takes it from its parent, if it has one.
  void Remove(NodeId child);
  void MoveChildren(NodeId from, NodeId to);

  /// What a Tree reads.
  [[nodiscard]] std::string Finish();

 private:
  struct Piece {
    Span text;
    std::uint32_t next = 0;
  };
  /// Attributes that came later, to an element that has others behind it: <html a> ... <html b>.
  struct Added {
    std::unordered_set<std::string> keys;
    std::vector<Attribute> list;
  };
  void Place(NodeId id, NodeId number, std::vector<Node>& nodes,
             const std::vector<NodeId>& numbers);
  Span Gather(const DraftNode& text);

  std::vector<DraftNode> nodes_;
  std::vector<Attribute> attributes_;
  std::vector<Piece> pieces_;
  std::unordered_map<NodeId, Added> added_;
  TextPool text_;
};

}  // namespace loadctl::html
