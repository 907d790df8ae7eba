// The tree construction of HTML (13.2.6): from tokens to a document, with x/net/html's results.
// The insertion modes are functions of this state: modes_*.cc. For agent/html alone; one thread.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "agent/html/draft.h"
#include "agent/html/tokenizer.h"

namespace loadctl::html {

struct Parser;
/// An insertion mode: does what the current token asks for; false: the token is to be looked at
/// again, in what is then the mode.
using Mode = bool (*)(Parser&);

enum class Scope { kDefault, kListItem, kButton, kTable, kTableRow, kTableBody };
using Tags = std::initializer_list<Tag>;

inline constexpr std::string_view kSpaces = " \t\r\n\f";

struct Parser {
  /// In the list of active formatting elements: nothing before it counts.
  static constexpr NodeId kMarker = kNone;
  static constexpr std::size_t kDeepest = 512;

  explicit Parser(std::string_view source) : tokenizer(source, draft.text()) {}
  Result<std::string> Run();

  // ---- the stack of open elements
  [[nodiscard]] NodeId Top() const { return open.empty() ? Draft::kDocument : open.back(); }
  [[nodiscard]] Tag TopTag() const { return draft[Top()].tag; }
  [[nodiscard]] Tag TagAt(std::size_t place) const { return draft[open[place]].tag; }
  NodeId Pop();
  void Push(NodeId element);
  /// Place of the highest of the tags that is in scope, or -1.
  [[nodiscard]] int FindInScope(Scope scope, Tags tags) const;
  [[nodiscard]] bool InScope(Scope scope, Tags tags) const { return FindInScope(scope, tags) >= 0; }
  /// Pops until one of the tags is popped, if one is in scope.
  bool PopUntil(Scope scope, Tags tags);
  void ClearToContext(Scope scope);
  void CutOpen(int place) { open.resize(static_cast<std::size_t>(place)); }
  [[nodiscard]] bool HasOpen(Tag tag) const;
  void GenerateImpliedEndTags(Tag except = Tag::kUnknown);

  // ---- nodes
  void AddChild(NodeId child);
  NodeId AddElement();
  /// An element that is not left open.
  void AddVoidElement();
  void AddText(std::string_view text);
  void AddComment() { AddChild(draft.New(Kind::kComment, token.data)); }
  void FosterParent(NodeId child);
  [[nodiscard]] bool MustFoster() const;

  // ---- the list of active formatting elements
  void AddFormattingElement();
  void Reconstruct();
  void ClearFormatting();

  // ---- modes
  void ResetMode();
  /// Of elements with text only: comes back to the present mode at their end.
  void BeginText(Mode text_mode);
  /// Takes white space at the front into the tree; true: there was nothing else.
  bool TakeLeadingSpace();
  /// Handles a token as though it stood in the document.
  void Imply(TokenType type, Tag tag);
  void HandleToken();
  [[nodiscard]] bool InForeignContent() const;
  void Fail(const char* why) { failed = failed == nullptr ? why : failed; }

  Draft draft;
  Tokenizer tokenizer;
  Token token;
  std::vector<NodeId> open;
  std::vector<NodeId> formatting;
  std::vector<Mode> template_modes;
  Mode mode = nullptr;
  Mode original_mode = nullptr;
  NodeId head = kNone;
  NodeId form = kNone;
  bool frameset_ok = true;
  bool fostering = false;
  bool quirks = false;
  bool self_closing = false;  ///< of the current token, until somebody acknowledges it
  const char* failed = nullptr;
};

[[nodiscard]] bool IsTableContext(Tag tag);
[[nodiscard]] bool IsSpecial(const Draft& draft, NodeId element);
[[nodiscard]] bool IsHtmlIntegrationPoint(const Draft& draft, NodeId element);
[[nodiscard]] bool IsMathTextIntegrationPoint(const Draft& draft, NodeId element);
[[nodiscard]] bool EqualIgnoringCase(std::string_view a, std::string_view b);
[[nodiscard]] std::string_view TrimLeft(std::string_view text);
/// Appends a doctype; whether it asks for quirks mode.
[[nodiscard]] bool AddDoctype(Draft& draft, std::string_view text);
/// SVG's and MathML's spelling of attributes; `xlink:href` and its like get their namespace.
void AdjustForeignAttributes(TextPool& text, Space space, std::vector<Attribute>& attributes);

bool InitialMode(Parser& p);
bool BeforeHtmlMode(Parser& p);
bool BeforeHeadMode(Parser& p);
bool InHeadMode(Parser& p);
bool AfterHeadMode(Parser& p);
bool InBodyMode(Parser& p);
bool TextMode(Parser& p);
bool InTableMode(Parser& p);
bool InCaptionMode(Parser& p);
bool InColumnGroupMode(Parser& p);
bool InTableBodyMode(Parser& p);
bool InRowMode(Parser& p);
bool InCellMode(Parser& p);
bool InTemplateMode(Parser& p);
bool AfterBodyMode(Parser& p);
bool InFramesetMode(Parser& p);
bool AfterFramesetMode(Parser& p);
bool AfterAfterBodyMode(Parser& p);
bool AfterAfterFramesetMode(Parser& p);
bool IgnoreTheRest(Parser& p);
bool ForeignContent(Parser& p);
/// The adoption agency (13.2.6.4.7): what an end tag of a formatting element does.
void EndFormatting(Parser& p, Tag tag, Span name);
void EndOther(Parser& p, Tag tag, Span name);

}  // namespace loadctl::html
