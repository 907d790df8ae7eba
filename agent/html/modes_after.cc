// Insertion modes behind the body, and of framesets (HTML, 13.2.6.4.19 to 23).
#include <string>

#include "agent/html/parser.h"

namespace loadctl::html {
namespace {

bool BackToBody(Parser& p) {
  p.mode = InBodyMode;
  return false;
}

bool IsAllSpace(std::string_view text) { return TrimLeft(text).empty(); }

std::string OnlySpace(std::string_view text) {
  std::string spaces;
  for (const char c : text) {
    if (kSpaces.find(c) != kSpaces.npos) spaces += c;
  }
  return spaces;
}

bool IsStart(const Parser& p, Tag tag) {
  return p.token.type == TokenType::kStartTag && p.token.tag == tag;
}
bool IsEnd(const Parser& p, Tag tag) {
  return p.token.type == TokenType::kEndTag && p.token.tag == tag;
}

}  // namespace

bool AfterBodyMode(Parser& p) {
  switch (p.token.type) {
    case TokenType::kEnd:
      return true;
    case TokenType::kText:
      return IsAllSpace(p.token.data) ? InBodyMode(p) : BackToBody(p);
    case TokenType::kComment:
      p.draft.Append(p.open.empty() ? Draft::kDocument : p.open[0],
                     p.draft.New(Kind::kComment, p.token.data));
      return true;
    default:
      if (IsStart(p, Tag::kHtml)) return InBodyMode(p);
      if (!IsEnd(p, Tag::kHtml)) return BackToBody(p);
      p.mode = AfterAfterBodyMode;
      return true;
  }
}

bool AfterAfterBodyMode(Parser& p) {
  switch (p.token.type) {
    case TokenType::kEnd:
      return true;
    case TokenType::kText:
      return IsAllSpace(p.token.data) ? InBodyMode(p) : BackToBody(p);
    case TokenType::kComment:
      p.draft.Append(Draft::kDocument, p.draft.New(Kind::kComment, p.token.data));
      return true;
    case TokenType::kDoctype:
      return InBodyMode(p);
    default:
      return IsStart(p, Tag::kHtml) ? InBodyMode(p) : BackToBody(p);
  }
}

bool InFramesetMode(Parser& p) {
  switch (p.token.type) {
    case TokenType::kComment:
      p.AddComment();
      break;
    case TokenType::kText:
      p.AddText(OnlySpace(p.token.data));
      break;
    case TokenType::kStartTag:
      if (p.token.tag == Tag::kHtml) return InBodyMode(p);
      if (p.token.tag == Tag::kFrameset) p.AddElement();
      if (p.token.tag == Tag::kFrame) p.AddVoidElement();
      if (p.token.tag == Tag::kNoframes) return InHeadMode(p);
      break;
    case TokenType::kEndTag:
      if (p.token.tag == Tag::kFrameset && p.TopTag() != Tag::kHtml) {
        p.Pop();
        if (p.TopTag() != Tag::kFrameset) p.mode = AfterFramesetMode;
      }
      break;
    default:
      break;
  }
  return true;
}

bool AfterFramesetMode(Parser& p) {
  if (p.token.type == TokenType::kComment) p.AddComment();
  if (p.token.type == TokenType::kText) p.AddText(OnlySpace(p.token.data));
  if (IsStart(p, Tag::kHtml)) return InBodyMode(p);
  if (IsStart(p, Tag::kNoframes)) return InHeadMode(p);
  if (IsEnd(p, Tag::kHtml)) p.mode = AfterAfterFramesetMode;
  return true;
}

bool AfterAfterFramesetMode(Parser& p) {
  if (p.token.type == TokenType::kComment)
    p.draft.Append(Draft::kDocument, p.draft.New(Kind::kComment, p.token.data));
  if (p.token.type == TokenType::kText) {
    const std::string spaces = OnlySpace(p.token.data);
    if (spaces.empty()) return true;
    p.token.data = spaces;
    return InBodyMode(p);
  }
  if (p.token.type == TokenType::kDoctype || IsStart(p, Tag::kHtml)) return InBodyMode(p);
  if (IsStart(p, Tag::kNoframes)) return InHeadMode(p);
  return true;
}

}  // namespace loadctl::html
