// The insertion mode "in body" (HTML, 13.2.6.4.7).
#include <algorithm>
#include <array>

#include "agent/html/parser.h"

namespace loadctl::html {
namespace {

void CloseParagraph(Parser& p) { p.PopUntil(Scope::kButton, {Tag::kP}); }

// ---- start tags; each gives whether the token is done with

bool OnOther(Parser& p) {
  p.Reconstruct();
  p.AddElement();
  return true;
}
bool OnHtml(Parser& p) {
  if (!p.HasOpen(Tag::kTemplate) && !p.open.empty())
    p.draft.AddAttributes(p.open[0], p.token.attributes);
  return true;
}
bool OnBody(Parser& p) {
  if (p.HasOpen(Tag::kTemplate) || p.open.size() < 2 || p.TagAt(1) != Tag::kBody) return true;
  p.frameset_ok = false;
  p.draft.AddAttributes(p.open[1], p.token.attributes);
  return true;
}
bool OnFrameset(Parser& p) {
  if (!p.frameset_ok || p.open.size() < 2 || p.TagAt(1) != Tag::kBody) return true;
  p.draft.Remove(p.open[1]);
  p.open.resize(1);
  p.AddElement();
  p.mode = InFramesetMode;
  return true;
}
bool OnBlock(Parser& p) {
  CloseParagraph(p);
  p.AddElement();
  return true;
}
bool OnHeading(Parser& p) {
  CloseParagraph(p);
  if (FactsOf(p.TopTag()).start == BodyStart::kHeading) p.Pop();
  p.AddElement();
  return true;
}
bool OnPre(Parser& p) {
  OnBlock(p);
  p.frameset_ok = false;
  return true;
}
bool OnForm(Parser& p) {
  const bool in_template = p.HasOpen(Tag::kTemplate);
  if (p.form != kNone && !in_template) return true;
  CloseParagraph(p);
  const NodeId form = p.AddElement();
  if (!in_template) p.form = form;
  return true;
}
/// <li>, <dd>, <dt>: the last of the kind ends, unless something special is between.
bool OnItem(Parser& p) {
  p.frameset_ok = false;
  const bool list = p.token.tag == Tag::kLi;
  for (std::size_t i = p.open.size(); i-- > 0;) {
    const Tag tag = p.TagAt(i);
    if (list ? tag == Tag::kLi : tag == Tag::kDd || tag == Tag::kDt) {
      p.open.resize(i);
      break;
    }
    if (tag == Tag::kAddress || tag == Tag::kDiv || tag == Tag::kP) continue;
    if (IsSpecial(p.draft, p.open[i])) break;
  }
  return OnBlock(p);
}
bool OnButton(Parser& p) {
  if (p.InScope(Scope::kDefault, {Tag::kButton})) {
    p.GenerateImpliedEndTags();
    p.PopUntil(Scope::kDefault, {Tag::kButton});
  }
  OnOther(p);
  p.frameset_ok = false;
  return true;
}
void Forget(std::vector<NodeId>& list, NodeId id) {
  const auto found = std::find(list.rbegin(), list.rend(), id);
  if (found != list.rend()) list.erase(std::next(found).base());
}
bool OnAnchor(Parser& p) {
  for (std::size_t i = p.formatting.size(); i-- > 0 && p.formatting[i] != Parser::kMarker;) {
    const NodeId id = p.formatting[i];
    if (p.draft[id].tag != Tag::kA) continue;
    EndFormatting(p, Tag::kA, p.token.name);
    Forget(p.open, id);
    Forget(p.formatting, id);
    break;
  }
  p.Reconstruct();
  p.AddFormattingElement();
  return true;
}
bool OnFormatting(Parser& p) {
  p.Reconstruct();
  p.AddFormattingElement();
  return true;
}
bool OnNobr(Parser& p) {
  p.Reconstruct();
  if (p.InScope(Scope::kDefault, {Tag::kNobr})) {
    EndFormatting(p, Tag::kNobr, p.token.name);
    p.Reconstruct();
  }
  p.AddFormattingElement();
  return true;
}
bool OnObject(Parser& p) {
  OnOther(p);
  p.formatting.push_back(Parser::kMarker);
  p.frameset_ok = false;
  return true;
}
bool OnTable(Parser& p) {
  if (!p.quirks) CloseParagraph(p);
  p.AddElement();
  p.frameset_ok = false;
  p.mode = InTableMode;
  return true;
}
bool OnVoid(Parser& p) {
  p.Reconstruct();
  p.AddVoidElement();
  p.frameset_ok = false;
  return true;
}
bool OnInput(Parser& p) {
  p.PopUntil(Scope::kDefault, {Tag::kSelect});
  p.Reconstruct();
  p.AddVoidElement();
  const bool hidden =
      std::any_of(p.token.attributes.begin(), p.token.attributes.end(), [&](const Attribute& one) {
        return p.draft.text().Get(one.key) == "type" &&
               EqualIgnoringCase(p.draft.text().Get(one.value), "hidden");
      });
  if (!hidden) p.frameset_ok = false;
  return true;
}
bool OnParam(Parser& p) {
  p.AddVoidElement();
  return true;
}
bool OnHr(Parser& p) {
  if (p.InScope(Scope::kButton, {Tag::kP})) {
    p.GenerateImpliedEndTags(Tag::kP);
    p.PopUntil(Scope::kDefault, {Tag::kP});
  }
  if (p.InScope(Scope::kDefault, {Tag::kSelect})) p.GenerateImpliedEndTags();
  p.AddVoidElement();
  p.frameset_ok = false;
  return true;
}
bool OnImage(Parser& p) {
  p.token.tag = Tag::kImg;
  p.token.name = p.draft.text().NameOf(Tag::kImg);
  return false;
}
bool OnRawText(Parser& p) {
  p.AddElement();
  p.BeginText(TextMode);
  return true;
}
bool OnTextarea(Parser& p) {
  p.frameset_ok = false;
  return OnRawText(p);
}
bool OnXmp(Parser& p) {
  CloseParagraph(p);
  p.Reconstruct();
  p.frameset_ok = false;
  return OnRawText(p);
}
bool OnSelect(Parser& p) {
  if (p.PopUntil(Scope::kDefault, {Tag::kSelect})) return true;
  OnOther(p);
  p.frameset_ok = false;
  return true;
}
bool OnOption(Parser& p) {
  const bool option = p.token.tag == Tag::kOption;
  if (p.InScope(Scope::kDefault, {Tag::kSelect})) {
    p.GenerateImpliedEndTags(option ? Tag::kOptgroup : Tag::kUnknown);
  } else if (p.TopTag() == Tag::kOption) {
    p.Pop();
  }
  return OnOther(p);
}
bool OnRuby(Parser& p) {
  const bool text = FactsOf(p.token.tag).start == BodyStart::kRubyText;
  if (p.InScope(Scope::kDefault, {Tag::kRuby}))
    p.GenerateImpliedEndTags(text ? Tag::kRtc : Tag::kUnknown);
  p.AddElement();
  return true;
}
bool OnForeign(Parser& p) {
  p.Reconstruct();
  const Space space = p.token.tag == Tag::kMath ? Space::kMath : Space::kSvg;
  AdjustForeignAttributes(p.draft.text(), space, p.token.attributes);
  p.draft[p.AddElement()].space = space;
  if (p.self_closing) {
    p.Pop();
    p.self_closing = false;
  }
  return true;
}
bool OnIgnored(Parser&) { return true; }

constexpr std::array<Mode, static_cast<std::size_t>(BodyStart::kCount)> kStart{
    OnOther,      OnHtml,   InHeadMode, OnBody,  OnFrameset, OnBlock,   OnHeading,
    OnPre,        OnForm,   OnItem,     OnItem,  OnBlock,    OnButton,  OnAnchor,
    OnFormatting, OnNobr,   OnObject,   OnTable, OnVoid,     OnInput,   OnParam,
    OnHr,         OnImage,  OnTextarea, OnXmp,   OnTextarea, OnRawText, OnSelect,
    OnOption,     OnOption, OnRuby,     OnRuby,  OnForeign,  OnIgnored};
static_assert(kStart.back() == OnIgnored);

// ---- end tags

bool EndForm(Parser& p) {
  if (p.HasOpen(Tag::kTemplate)) {
    const int place = p.FindInScope(Scope::kDefault, {Tag::kForm});
    if (place < 0) return true;
    p.GenerateImpliedEndTags();
    p.PopUntil(Scope::kDefault, {Tag::kForm});
    return true;
  }
  const NodeId form = p.form;
  p.form = kNone;
  const int place = p.FindInScope(Scope::kDefault, {Tag::kForm});
  if (form == kNone || place < 0 || p.open[static_cast<std::size_t>(place)] != form) return true;
  p.GenerateImpliedEndTags();
  Forget(p.open, form);
  return true;
}

bool EndTag(Parser& p) {
  const Tag tag = p.token.tag;
  switch (FactsOf(tag).end) {
    case BodyEnd::kBody:
      if (p.InScope(Scope::kDefault, {Tag::kBody})) p.mode = AfterBodyMode;
      return true;
    case BodyEnd::kHtml:
      if (!p.InScope(Scope::kDefault, {Tag::kBody})) return true;
      p.Imply(TokenType::kEndTag, Tag::kBody);
      return false;
    case BodyEnd::kBlock:
      if (!p.InScope(Scope::kDefault, {tag})) return true;
      p.GenerateImpliedEndTags();
      p.PopUntil(Scope::kDefault, {tag});
      return true;
    case BodyEnd::kForm:
      return EndForm(p);
    case BodyEnd::kParagraph:
      if (!p.InScope(Scope::kButton, {Tag::kP})) p.Imply(TokenType::kStartTag, Tag::kP);
      CloseParagraph(p);
      return true;
    case BodyEnd::kListItem:
      p.PopUntil(Scope::kListItem, {Tag::kLi});
      return true;
    case BodyEnd::kDefinition:
      p.PopUntil(Scope::kDefault, {tag});
      return true;
    case BodyEnd::kHeading:
      p.PopUntil(Scope::kDefault, {Tag::kH1, Tag::kH2, Tag::kH3, Tag::kH4, Tag::kH5, Tag::kH6});
      return true;
    case BodyEnd::kFormatting:
      EndFormatting(p, tag, p.token.name);
      return true;
    case BodyEnd::kObject:
      if (p.PopUntil(Scope::kDefault, {tag})) p.ClearFormatting();
      return true;
    case BodyEnd::kBr:
      p.token.type = TokenType::kStartTag;
      return false;
    case BodyEnd::kTemplate:
      return InHeadMode(p);
    case BodyEnd::kOther:
      EndOther(p, tag, p.token.name);
      return true;
  }
  return true;
}

bool OnText(Parser& p) {
  std::string_view text = p.token.data;
  // A line feed behind <pre> does not count.
  const Tag top = p.TopTag();
  if ((top == Tag::kPre || top == Tag::kListing) && p.draft[p.Top()].first == kNone) {
    if (text.starts_with('\r')) text.remove_prefix(1);
    if (text.starts_with('\n')) text.remove_prefix(1);
  }
  std::string without_nul;
  if (text.find('\0') != text.npos) {
    without_nul = text;
    std::erase(without_nul, '\0');
    text = without_nul;
  }
  if (text.empty()) return true;
  p.Reconstruct();
  p.AddText(text);
  if (p.frameset_ok && !TrimLeft(text).empty()) p.frameset_ok = false;
  return true;
}

}  // namespace

bool InBodyMode(Parser& p) {
  switch (p.token.type) {
    case TokenType::kText:
      return OnText(p);
    case TokenType::kStartTag:
      return kStart[static_cast<std::size_t>(FactsOf(p.token.tag).start)](p);
    case TokenType::kEndTag:
      return EndTag(p);
    case TokenType::kComment:
      p.AddComment();
      return true;
    case TokenType::kEnd:
      if (p.template_modes.empty()) return true;
      p.mode = InTemplateMode;
      return false;
    case TokenType::kDoctype:
      return true;
  }
  return true;
}

void EndOther(Parser& p, Tag tag, Span name) {
  for (std::size_t i = p.open.size(); i-- > 0;) {
    const DraftNode& node = p.draft[p.open[i]];
    if (node.space == Space::kHtml && node.tag == tag &&
        (tag != Tag::kUnknown || p.draft.text().Get(node.data) == p.draft.text().Get(name))) {
      p.open.resize(i);
      return;
    }
    if (IsSpecial(p.draft, p.open[i])) return;
  }
}

}  // namespace loadctl::html
