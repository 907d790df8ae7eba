#include "agent/html/parser.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace loadctl::html {
namespace {

constexpr const char* kTooDeep = "html: open stack of elements exceeds 512 nodes";

bool StopsDefaultScope(const DraftNode& node) {
  switch (node.space) {
    case Space::kHtml:
      switch (node.tag) {
        case Tag::kApplet:
        case Tag::kCaption:
        case Tag::kHtml:
        case Tag::kTable:
        case Tag::kTd:
        case Tag::kTh:
        case Tag::kMarquee:
        case Tag::kObject:
        case Tag::kTemplate:
        case Tag::kSelect:
          return true;
        default:
          return false;
      }
    case Space::kMath:
      return node.tag == Tag::kAnnotationXml || node.tag == Tag::kMi || node.tag == Tag::kMn ||
             node.tag == Tag::kMo || node.tag == Tag::kMs || node.tag == Tag::kMtext;
    default:
      return node.tag == Tag::kDesc || node.tag == Tag::kForeignObject || node.tag == Tag::kTitle;
  }
}

bool StopsScope(Scope scope, const DraftNode& node) {
  const bool html = node.space == Space::kHtml;
  switch (scope) {
    case Scope::kListItem:
      if (html && (node.tag == Tag::kOl || node.tag == Tag::kUl)) return true;
      break;
    case Scope::kButton:
      if (html && node.tag == Tag::kButton) return true;
      break;
    case Scope::kTable:
      return html &&
             (node.tag == Tag::kHtml || node.tag == Tag::kTable || node.tag == Tag::kTemplate);
    default:
      break;
  }
  return StopsDefaultScope(node);
}

bool HasImpliedEnd(Tag tag) {
  switch (tag) {
    case Tag::kDd:
    case Tag::kDt:
    case Tag::kLi:
    case Tag::kOptgroup:
    case Tag::kOption:
    case Tag::kP:
    case Tag::kRb:
    case Tag::kRp:
    case Tag::kRt:
    case Tag::kRtc:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool IsTableContext(Tag tag) {
  return tag == Tag::kTable || tag == Tag::kTbody || tag == Tag::kTfoot || tag == Tag::kThead ||
         tag == Tag::kTr;
}

bool IsSpecial(const Draft& draft, NodeId element) {
  const DraftNode& node = draft[element];
  return node.space == Space::kHtml ? FactsOf(node.tag).special : StopsDefaultScope(node);
}

std::string_view TrimLeft(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(kSpaces), text.size()));
}

// ---- the stack of open elements

NodeId Parser::Pop() {
  const NodeId top = Top();
  if (!open.empty()) open.pop_back();
  return top;
}

void Parser::Push(NodeId element) {
  open.push_back(element);
  if (open.size() > kDeepest) Fail(kTooDeep);
}

int Parser::FindInScope(Scope scope, Tags tags) const {
  for (int i = static_cast<int>(open.size()) - 1; i >= 0; --i) {
    const DraftNode& node = draft[open[static_cast<std::size_t>(i)]];
    if (node.space == Space::kHtml && std::find(tags.begin(), tags.end(), node.tag) != tags.end())
      return i;
    if (StopsScope(scope, node)) return -1;
  }
  return -1;
}

bool Parser::PopUntil(Scope scope, Tags tags) {
  const int place = FindInScope(scope, tags);
  if (place >= 0) CutOpen(place);
  return place >= 0;
}

void Parser::ClearToContext(Scope scope) {
  for (int i = static_cast<int>(open.size()) - 1; i >= 0; --i) {
    const Tag tag = TagAt(static_cast<std::size_t>(i));
    bool stops = tag == Tag::kHtml || tag == Tag::kTemplate;
    if (scope == Scope::kTable) stops = stops || tag == Tag::kTable;
    if (scope == Scope::kTableRow) stops = stops || tag == Tag::kTr;
    if (scope == Scope::kTableBody)
      stops = stops || tag == Tag::kTbody || tag == Tag::kTfoot || tag == Tag::kThead;
    if (stops) return CutOpen(i + 1);
  }
}

bool Parser::HasOpen(Tag tag) const {
  return std::any_of(open.begin(), open.end(), [&](NodeId id) {
    return draft[id].tag == tag && draft[id].space == Space::kHtml;
  });
}

void Parser::GenerateImpliedEndTags(Tag except) {
  while (!open.empty() && HasImpliedEnd(TopTag()) &&
         (except == Tag::kUnknown || TopTag() != except)) {
    open.pop_back();
  }
}

// ---- nodes

bool Parser::MustFoster() const { return fostering && IsTableContext(TopTag()); }

void Parser::AddChild(NodeId child) {
  if (MustFoster()) {
    FosterParent(child);
  } else {
    draft.Append(Top(), child);
  }
  if (draft[child].kind == Kind::kElement) Push(child);
}

NodeId Parser::AddElement() {
  const NodeId element = draft.NewElement(token.tag, token.name, token.attributes);
  AddChild(element);
  return element;
}

void Parser::AddVoidElement() {
  AddElement();
  Pop();
  self_closing = false;
}

void Parser::AddText(std::string_view text) {
  if (text.empty()) return;
  if (MustFoster()) return FosterParent(draft.NewText(text));
  const NodeId last = draft[Top()].last;
  if (last != kNone && draft[last].kind == Kind::kText) return draft.AddToText(last, text);
  AddChild(draft.NewText(text));
}

void Parser::FosterParent(NodeId child) {
  const auto last_of = [&](Tag tag) {
    int i = static_cast<int>(open.size()) - 1;
    while (i >= 0 && TagAt(static_cast<std::size_t>(i)) != tag) --i;
    return i;
  };
  const int table_at = last_of(Tag::kTable), template_at = last_of(Tag::kTemplate);
  if (template_at >= 0 && template_at > table_at)
    return draft.Append(open[static_cast<std::size_t>(template_at)], child);
  const NodeId table = table_at < 0 ? kNone : open[static_cast<std::size_t>(table_at)];
  NodeId parent =
      table == kNone ? (open.empty() ? Draft::kDocument : open[0]) : draft[table].parent;
  NodeId before = table;
  if (parent == kNone) {
    parent = table_at > 0 ? open[static_cast<std::size_t>(table_at) - 1] : Draft::kDocument;
    before = kNone;
  }
  const NodeId previous = before == kNone ? draft[parent].last : draft[before].previous;
  if (previous != kNone && draft[previous].kind == Kind::kText &&
      draft[child].kind == Kind::kText) {
    const std::string text(draft.DataOf(child));
    return draft.AddToText(previous, text);
  }
  draft.InsertBefore(parent, child, before);
}

// ---- the list of active formatting elements

void Parser::AddFormattingElement() {
  const NodeId added = AddElement();
  // As x/net/html, which keeps them sorted to compare them.
  const auto attributes_of = [&](NodeId id) {
    return std::pair{draft.attributes().begin() + draft[id].attributes,
                     draft.attributes().begin() + draft[id].attributes + draft[id].attribute_count};
  };
  TextPool& text = draft.text();
  const auto [first, last] = attributes_of(added);
  std::sort(first, last, [&](const Attribute& a, const Attribute& b) {
    const auto x = text.Get(a.key), y = text.Get(b.key);
    return x != y ? x < y : text.Get(a.value) < text.Get(b.value);
  });
  // Noah's Ark: three alike at most.
  int alike = 0;
  for (std::size_t i = formatting.size(); i-- > 0;) {
    const NodeId other = formatting[i];
    if (other == kMarker) break;
    if (draft[other].tag != token.tag || draft[other].space != Space::kHtml) continue;
    const auto [begin, end] = attributes_of(other);
    const bool same =
        std::equal(begin, end, first, last, [&](const Attribute& a, const Attribute& b) {
          return a.space == b.space && text.Get(a.key) == text.Get(b.key) &&
                 text.Get(a.value) == text.Get(b.value);
        });
    if (same && ++alike >= 3) formatting.erase(formatting.begin() + static_cast<std::ptrdiff_t>(i));
  }
  formatting.push_back(added);
}

void Parser::Reconstruct() {
  const auto settled = [&](NodeId id) {
    return id == kMarker || std::find(open.rbegin(), open.rend(), id) != open.rend();
  };
  std::size_t from = formatting.size();
  while (from > 0 && !settled(formatting[from - 1])) --from;
  for (; from < formatting.size(); ++from) {
    const NodeId clone = draft.Clone(formatting[from]);
    AddChild(clone);
    formatting[from] = clone;
  }
}

void Parser::ClearFormatting() {
  while (!formatting.empty()) {
    const NodeId last = formatting.back();
    formatting.pop_back();
    if (last == kMarker) return;
  }
}

// ---- modes

void Parser::ResetMode() {
  for (std::size_t i = open.size(); i-- > 0;) {
    switch (TagAt(i)) {
      case Tag::kTd:
      case Tag::kTh:
        mode = InCellMode;
        return;
      case Tag::kTr:
        mode = InRowMode;
        return;
      case Tag::kTbody:
      case Tag::kThead:
      case Tag::kTfoot:
        mode = InTableBodyMode;
        return;
      case Tag::kCaption:
        mode = InCaptionMode;
        return;
      case Tag::kColgroup:
        mode = InColumnGroupMode;
        return;
      case Tag::kTable:
        mode = InTableMode;
        return;
      case Tag::kTemplate:
        if (draft[open[i]].space != Space::kHtml) break;
        mode = template_modes.empty() ? InBodyMode : template_modes.back();
        return;
      case Tag::kHead:
        mode = InHeadMode;
        return;
      case Tag::kBody:
        mode = InBodyMode;
        return;
      case Tag::kFrameset:
        mode = InFramesetMode;
        return;
      case Tag::kHtml:
        mode = head == kNone ? BeforeHeadMode : AfterHeadMode;
        return;
      default:
        if (i == 0) mode = InBodyMode;
    }
  }
}

void Parser::BeginText(Mode text_mode) {
  original_mode = mode;
  mode = text_mode;
}

bool Parser::TakeLeadingSpace() {
  const std::string_view rest = TrimLeft(token.data);
  if (rest.size() == token.data.size()) return false;
  AddText(token.data.substr(0, token.data.size() - rest.size()));
  token.data = rest;
  return rest.empty();
}

void Parser::Imply(TokenType type, Tag tag) {
  Token implied;
  implied.type = type;
  implied.tag = tag;
  implied.name = draft.text().NameOf(tag);
  std::swap(token, implied);
  const bool closing = std::exchange(self_closing, false);
  HandleToken();
  std::swap(token, implied);
  self_closing = closing;
}

bool Parser::InForeignContent() const {
  if (open.empty() || token.type == TokenType::kEnd) return false;
  const NodeId top = open.back();
  if (draft[top].space == Space::kHtml) return false;
  const bool start = token.type == TokenType::kStartTag;
  const bool text = token.type == TokenType::kText;
  if (IsMathTextIntegrationPoint(draft, top)) {
    if (text || (start && token.tag != Tag::kMglyph && token.tag != Tag::kMalignmark)) return false;
  }
  if (draft[top].space == Space::kMath && draft[top].tag == Tag::kAnnotationXml && start &&
      token.tag == Tag::kSvg)
    return false;
  return !(IsHtmlIntegrationPoint(draft, top) && (start || text));
}

void Parser::HandleToken() {
  // A token changes the mode a few times at most; a bound, all the same.
  constexpr int kMost = 1000;
  for (int i = 0; failed == nullptr; ++i) {
    if (InForeignContent() ? ForeignContent(*this) : mode(*this)) break;
    if (i == kMost) Fail("html: a token without end");
  }
  self_closing = false;
}

Result<std::string> Parser::Run() {
  mode = InitialMode;
  do {
    tokenizer.AllowCdata(!open.empty() && draft[open.back()].space != Space::kHtml);
    tokenizer.Next(token);
    self_closing = token.self_closing;
    HandleToken();
    if (draft.size() > Draft::kMostNodes) Fail("html: the document has more than 4000000 nodes");
  } while (token.type != TokenType::kEnd && failed == nullptr);
  if (failed != nullptr) return loadctl::Fail(failed);
  return draft.Finish();
}

Result<std::string> Parse(std::string_view html) {
  if (html.size() > std::numeric_limits<std::uint32_t>::max() / 4)
    return Fail("html: the document is larger than 1 GB");
  return Parser(html).Run();
}

}  // namespace loadctl::html
