// Insertion modes before the body, and text (HTML, 13.2.6.4.1 to 6 and 8).
#include "agent/html/parser.h"

namespace loadctl::html {
namespace {

bool CommentOfDocument(Parser& p) {
  p.draft.Append(Draft::kDocument, p.draft.New(Kind::kComment, p.token.data));
  return true;
}

/// Drops white space at the front; true: there was nothing else.
bool DropLeadingSpace(Parser& p) {
  p.token.data = TrimLeft(p.token.data);
  return p.token.data.empty();
}

bool BeginsHead(Tag tag) {
  return tag == Tag::kHead || tag == Tag::kBody || tag == Tag::kHtml || tag == Tag::kBr;
}

bool BeginTemplate(Parser& p) {
  // As x/net/html: templates in foreign content end the document.
  for (const NodeId id : p.open) {
    if (p.draft[id].space != Space::kHtml) {
      p.mode = IgnoreTheRest;
      return true;
    }
  }
  p.AddElement();
  p.formatting.push_back(Parser::kMarker);
  p.frameset_ok = false;
  p.mode = InTemplateMode;
  p.template_modes.push_back(InTemplateMode);
  return true;
}

bool EndTemplate(Parser& p) {
  if (!p.HasOpen(Tag::kTemplate)) return true;
  p.GenerateImpliedEndTags();
  for (std::size_t i = p.open.size(); i-- > 0;) {
    if (p.TagAt(i) == Tag::kTemplate && p.draft[p.open[i]].space == Space::kHtml) {
      p.open.resize(i);
      break;
    }
  }
  p.ClearFormatting();
  if (!p.template_modes.empty()) p.template_modes.pop_back();
  p.ResetMode();
  return true;
}

/// Nothing: the rules for anything else.
enum class Done { kYes, kNo, kNothing };

Done HeadStartTag(Parser& p) {
  switch (p.token.tag) {
    case Tag::kHtml:
      return InBodyMode(p) ? Done::kYes : Done::kNo;
    case Tag::kBase:
    case Tag::kBasefont:
    case Tag::kBgsound:
    case Tag::kLink:
    case Tag::kMeta:
      p.AddVoidElement();
      return Done::kYes;
    case Tag::kScript:
    case Tag::kTitle:
      p.AddElement();
      if (p.original_mode != nullptr) p.Fail("html: bad parser state: originalIM was set twice");
      p.BeginText(TextMode);
      return Done::kYes;
    case Tag::kNoscript:  // scripting is on, as in k6
    case Tag::kNoframes:
    case Tag::kStyle:
      p.AddElement();
      p.BeginText(TextMode);
      return Done::kYes;
    case Tag::kHead:
      return Done::kYes;
    case Tag::kTemplate:
      return BeginTemplate(p) ? Done::kYes : Done::kNo;
    default:
      return Done::kNothing;
  }
}

}  // namespace

bool InitialMode(Parser& p) {
  switch (p.token.type) {
    case TokenType::kText:
      if (DropLeadingSpace(p)) return true;
      break;
    case TokenType::kComment:
      return CommentOfDocument(p);
    case TokenType::kDoctype:
      p.quirks = AddDoctype(p.draft, p.token.data);
      p.mode = BeforeHtmlMode;
      return true;
    default:
      break;
  }
  p.quirks = true;
  p.mode = BeforeHtmlMode;
  return false;
}

bool BeforeHtmlMode(Parser& p) {
  switch (p.token.type) {
    case TokenType::kDoctype:
      return true;
    case TokenType::kComment:
      return CommentOfDocument(p);
    case TokenType::kText:
      if (DropLeadingSpace(p)) return true;
      break;
    case TokenType::kStartTag:
      if (p.token.tag == Tag::kHtml) {
        p.AddElement();
        p.mode = BeforeHeadMode;
        return true;
      }
      break;
    case TokenType::kEndTag:
      if (!BeginsHead(p.token.tag)) return true;
      break;
    default:
      break;
  }
  p.Imply(TokenType::kStartTag, Tag::kHtml);
  return false;
}

bool BeforeHeadMode(Parser& p) {
  switch (p.token.type) {
    case TokenType::kDoctype:
      return true;
    case TokenType::kComment:
      p.AddComment();
      return true;
    case TokenType::kText:
      if (DropLeadingSpace(p)) return true;
      break;
    case TokenType::kStartTag:
      if (p.token.tag == Tag::kHtml) return InBodyMode(p);
      if (p.token.tag == Tag::kHead) {
        p.head = p.AddElement();
        p.mode = InHeadMode;
        return true;
      }
      break;
    case TokenType::kEndTag:
      if (!BeginsHead(p.token.tag)) return true;
      break;
    default:
      break;
  }
  p.Imply(TokenType::kStartTag, Tag::kHead);
  return false;
}

bool InHeadMode(Parser& p) {
  switch (p.token.type) {
    case TokenType::kDoctype:
      return true;
    case TokenType::kComment:
      p.AddComment();
      return true;
    case TokenType::kText:
      if (p.TakeLeadingSpace()) return true;
      break;
    case TokenType::kStartTag: {
      const Done done = HeadStartTag(p);
      if (done != Done::kNothing) return done == Done::kYes;
      break;
    }
    case TokenType::kEndTag:
      if (p.token.tag == Tag::kHead) {
        p.Pop();
        p.mode = AfterHeadMode;
        return true;
      }
      if (p.token.tag == Tag::kTemplate) return EndTemplate(p);
      if (!BeginsHead(p.token.tag)) return true;
      break;
    default:
      break;
  }
  p.Imply(TokenType::kEndTag, Tag::kHead);
  return false;
}

namespace {

/// With the head open once more, for what belongs there and came behind it.
bool InHeadAgain(Parser& p) {
  const NodeId head = p.head;
  p.Push(head);
  const bool done = InHeadMode(p);
  for (std::size_t i = p.open.size(); i-- > 0;) {
    if (p.open[i] == head) {
      p.open.erase(p.open.begin() + static_cast<std::ptrdiff_t>(i));
      break;
    }
  }
  return done;
}

}  // namespace

bool AfterHeadMode(Parser& p) {
  switch (p.token.type) {
    case TokenType::kDoctype:
      return true;
    case TokenType::kComment:
      p.AddComment();
      return true;
    case TokenType::kText:
      if (p.TakeLeadingSpace()) return true;
      break;
    case TokenType::kStartTag:
      switch (p.token.tag) {
        case Tag::kHtml:
          return InBodyMode(p);
        case Tag::kBody:
          p.AddElement();
          p.frameset_ok = false;
          p.mode = InBodyMode;
          return true;
        case Tag::kFrameset:
          p.AddElement();
          p.mode = InFramesetMode;
          return true;
        case Tag::kHead:
          return true;
        default:
          if (FactsOf(p.token.tag).start == BodyStart::kInHead) return InHeadAgain(p);
      }
      break;
    case TokenType::kEndTag:
      if (p.token.tag == Tag::kTemplate) return InHeadMode(p);
      if (!BeginsHead(p.token.tag) || p.token.tag == Tag::kHead) return true;
      break;
    default:
      break;
  }
  p.Imply(TokenType::kStartTag, Tag::kBody);
  p.frameset_ok = true;
  return p.token.type == TokenType::kEnd;
}

bool TextMode(Parser& p) {
  switch (p.token.type) {
    case TokenType::kText: {
      std::string_view text = p.token.data;
      // A line feed behind <textarea> does not count.
      if (p.TopTag() == Tag::kTextarea && p.draft[p.Top()].first == kNone) {
        if (text.starts_with('\r')) text.remove_prefix(1);
        if (text.starts_with('\n')) text.remove_prefix(1);
      }
      p.AddText(text);
      return true;
    }
    case TokenType::kEnd:
    case TokenType::kEndTag:
      p.Pop();
      break;
    default:
      break;
  }
  p.mode = p.original_mode == nullptr ? InBodyMode : p.original_mode;
  p.original_mode = nullptr;
  return p.token.type == TokenType::kEndTag;
}

bool InTemplateMode(Parser& p) {
  const auto become = [&](Mode mode) {
    if (!p.template_modes.empty()) p.template_modes.back() = mode;
    p.mode = mode;
    return false;
  };
  switch (p.token.type) {
    case TokenType::kText:
    case TokenType::kComment:
    case TokenType::kDoctype:
      return InBodyMode(p);
    case TokenType::kStartTag:
      switch (p.token.tag) {
        case Tag::kCaption:
        case Tag::kColgroup:
        case Tag::kTbody:
        case Tag::kTfoot:
        case Tag::kThead:
          return become(InTableMode);
        case Tag::kCol:
          return become(InColumnGroupMode);
        case Tag::kTr:
          return become(InTableBodyMode);
        case Tag::kTd:
        case Tag::kTh:
          return become(InRowMode);
        default:
          return FactsOf(p.token.tag).start == BodyStart::kInHead ? InHeadMode(p)
                                                                  : become(InBodyMode);
      }
    case TokenType::kEndTag:
      return p.token.tag != Tag::kTemplate || InHeadMode(p);
    case TokenType::kEnd:
      if (!p.HasOpen(Tag::kTemplate)) return true;
      EndTemplate(p);
      return false;
  }
  return false;
}

bool IgnoreTheRest(Parser&) { return true; }

}  // namespace loadctl::html
