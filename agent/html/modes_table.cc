// Insertion modes of tables (HTML, 13.2.6.4.9 to 15).
#include <algorithm>
#include <string>

#include "agent/html/parser.h"

namespace loadctl::html {
namespace {

/// What is not for tables, put before them.
bool Foster(Parser& p) {
  p.fostering = true;
  const bool done = InBodyMode(p);
  p.fostering = false;
  return done;
}

bool IsHidden(const Parser& p) {
  const TextPool& text = p.draft.text();
  return std::any_of(
      p.token.attributes.begin(), p.token.attributes.end(), [&](const Attribute& one) {
        return text.Get(one.key) == "type" && EqualIgnoringCase(text.Get(one.value), "hidden");
      });
}

bool TableStartTag(Parser& p) {
  const auto begin = [&](Mode mode) {
    p.AddElement();
    p.mode = mode;
    return true;
  };
  switch (p.token.tag) {
    case Tag::kCaption:
      p.ClearToContext(Scope::kTable);
      p.formatting.push_back(Parser::kMarker);
      return begin(InCaptionMode);
    case Tag::kColgroup:
      p.ClearToContext(Scope::kTable);
      return begin(InColumnGroupMode);
    case Tag::kCol:
      p.Imply(TokenType::kStartTag, Tag::kColgroup);
      return false;
    case Tag::kTbody:
    case Tag::kTfoot:
    case Tag::kThead:
      p.ClearToContext(Scope::kTable);
      return begin(InTableBodyMode);
    case Tag::kTd:
    case Tag::kTh:
    case Tag::kTr:
      p.Imply(TokenType::kStartTag, Tag::kTbody);
      return false;
    case Tag::kTable:
      if (!p.PopUntil(Scope::kTable, {Tag::kTable})) return true;
      p.ResetMode();
      return false;
    case Tag::kStyle:
    case Tag::kScript:
    case Tag::kTemplate:
      return InHeadMode(p);
    case Tag::kInput:
      if (!IsHidden(p)) return Foster(p);
      p.AddElement();
      p.Pop();
      return true;
    case Tag::kForm:
      if (p.HasOpen(Tag::kTemplate) || p.form != kNone) return true;
      p.form = p.AddElement();
      p.Pop();
      return Foster(p);  // where it is ignored, for there is a form now
    default:
      return Foster(p);
  }
}

bool IsTablePart(Tag tag) {
  switch (tag) {
    case Tag::kCaption:
    case Tag::kCol:
    case Tag::kColgroup:
    case Tag::kTbody:
    case Tag::kTd:
    case Tag::kTfoot:
    case Tag::kTh:
    case Tag::kThead:
    case Tag::kTr:
      return true;
    default:
      return false;
  }
}
bool IsBodyOrHtml(Tag tag) { return tag == Tag::kBody || tag == Tag::kHtml; }
bool IsSection(Tag tag) { return tag == Tag::kTbody || tag == Tag::kTfoot || tag == Tag::kThead; }
bool IsCell(Tag tag) { return tag == Tag::kTd || tag == Tag::kTh; }

bool TableEndTag(Parser& p) {
  const Tag tag = p.token.tag;
  if (tag == Tag::kTable) {
    if (p.PopUntil(Scope::kTable, {Tag::kTable})) p.ResetMode();
    return true;
  }
  if (IsTablePart(tag) || IsBodyOrHtml(tag)) return true;
  return tag == Tag::kTemplate ? InHeadMode(p) : Foster(p);
}

bool LeaveRow(Parser& p, bool done) {
  if (!p.InScope(Scope::kTable, {Tag::kTr})) return true;
  p.ClearToContext(Scope::kTableRow);
  p.Pop();
  p.mode = InTableBodyMode;
  return done;
}

}  // namespace

bool InTableMode(Parser& p) {
  switch (p.token.type) {
    case TokenType::kText: {
      if (p.token.data.find('\0') != p.token.data.npos) {
        std::string text(p.token.data);
        std::erase(text, '\0');
        p.token.data = text;
        const bool space = IsTableContext(p.TopTag()) && TrimLeft(text).empty();
        if (!space) return Foster(p);
        p.AddText(text);
        return true;
      }
      if (IsTableContext(p.TopTag()) && TrimLeft(p.token.data).empty()) {
        p.AddText(p.token.data);
        return true;
      }
      return Foster(p);
    }
    case TokenType::kStartTag:
      return TableStartTag(p);
    case TokenType::kEndTag:
      return TableEndTag(p);
    case TokenType::kComment:
      p.AddComment();
      return true;
    case TokenType::kDoctype:
      return true;
    case TokenType::kEnd:
      return InBodyMode(p);
  }
  return true;
}

bool InCaptionMode(Parser& p) {
  const Tag tag = p.token.tag;
  const bool start = p.token.type == TokenType::kStartTag, end = p.token.type == TokenType::kEndTag;
  const auto leave = [&](bool done) {
    if (!p.PopUntil(Scope::kTable, {Tag::kCaption})) return true;
    p.ClearFormatting();
    p.mode = InTableMode;
    return done;
  };
  if (start && IsTablePart(tag) && tag != Tag::kTh) return leave(false);
  if (end && tag == Tag::kCaption) return leave(true);
  if (end && tag == Tag::kTable) return leave(false);
  if (end && (IsTablePart(tag) || IsBodyOrHtml(tag))) return true;
  return InBodyMode(p);
}

bool InColumnGroupMode(Parser& p) {
  const Tag tag = p.token.tag;
  switch (p.token.type) {
    case TokenType::kText:
      if (p.TakeLeadingSpace()) return true;
      break;
    case TokenType::kComment:
      p.AddComment();
      return true;
    case TokenType::kDoctype:
      return true;
    case TokenType::kStartTag:
      if (tag == Tag::kHtml) return InBodyMode(p);
      if (tag == Tag::kTemplate) return InHeadMode(p);
      if (tag == Tag::kCol) {
        p.AddVoidElement();
        return true;
      }
      break;
    case TokenType::kEndTag:
      if (tag == Tag::kCol) return true;
      if (tag == Tag::kTemplate) return InHeadMode(p);
      if (tag == Tag::kColgroup) {
        if (p.TopTag() == Tag::kColgroup) {
          p.Pop();
          p.mode = InTableMode;
        }
        return true;
      }
      break;
    case TokenType::kEnd:
      return InBodyMode(p);
  }
  if (p.TopTag() != Tag::kColgroup) return true;
  p.Pop();
  p.mode = InTableMode;
  return false;
}

bool InTableBodyMode(Parser& p) {
  const Tag tag = p.token.tag;
  const auto leave = [&] {
    if (!p.PopUntil(Scope::kTable, {Tag::kTbody, Tag::kThead, Tag::kTfoot})) return true;
    p.mode = InTableMode;
    return false;
  };
  if (p.token.type == TokenType::kComment) {
    p.AddComment();
    return true;
  }
  if (p.token.type == TokenType::kStartTag) {
    if (tag == Tag::kTr) {
      p.ClearToContext(Scope::kTableBody);
      p.AddElement();
      p.mode = InRowMode;
      return true;
    }
    if (IsCell(tag)) {
      p.Imply(TokenType::kStartTag, Tag::kTr);
      return false;
    }
    if (IsTablePart(tag)) return leave();
  } else if (p.token.type == TokenType::kEndTag) {
    if (IsSection(tag)) {
      if (p.InScope(Scope::kTable, {tag})) {
        p.ClearToContext(Scope::kTableBody);
        p.Pop();
        p.mode = InTableMode;
      }
      return true;
    }
    if (tag == Tag::kTable) return leave();
    if (IsTablePart(tag) || IsBodyOrHtml(tag)) return true;
  }
  return InTableMode(p);
}

bool InRowMode(Parser& p) {
  const Tag tag = p.token.tag;
  if (p.token.type == TokenType::kStartTag) {
    if (IsCell(tag)) {
      p.ClearToContext(Scope::kTableRow);
      p.AddElement();
      p.formatting.push_back(Parser::kMarker);
      p.mode = InCellMode;
      return true;
    }
    if (IsTablePart(tag)) return LeaveRow(p, false);
  } else if (p.token.type == TokenType::kEndTag) {
    if (tag == Tag::kTr) return LeaveRow(p, true);
    if (tag == Tag::kTable) return LeaveRow(p, false);
    if (IsSection(tag)) return !p.InScope(Scope::kTable, {tag}) || LeaveRow(p, false);
    if (IsTablePart(tag) || IsBodyOrHtml(tag)) return true;
  }
  return InTableMode(p);
}

bool InCellMode(Parser& p) {
  const Tag tag = p.token.tag;
  if (p.token.type == TokenType::kStartTag && IsTablePart(tag)) {
    if (!p.PopUntil(Scope::kTable, {Tag::kTd, Tag::kTh})) return true;
    p.ClearFormatting();
    p.mode = InRowMode;
    return false;
  }
  if (p.token.type == TokenType::kEndTag) {
    if (IsCell(tag)) {
      if (!p.PopUntil(Scope::kTable, {tag})) return true;
      p.ClearFormatting();
      p.mode = InRowMode;
      return true;
    }
    if (IsTableContext(tag)) {
      if (!p.InScope(Scope::kTable, {tag})) return true;
      if (p.PopUntil(Scope::kTable, {Tag::kTd, Tag::kTh})) p.ClearFormatting();
      p.mode = InRowMode;
      return false;
    }
    if (IsTablePart(tag) || IsBodyOrHtml(tag)) return true;
  }
  return InBodyMode(p);
}

}  // namespace loadctl::html
