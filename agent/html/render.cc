// Documents as HTML (13.3), as x/net/html renders them.
#include <algorithm>
#include <string>
#include <vector>

#include "agent/html/tree.h"

namespace loadctl::html {
namespace {

void AppendEscaped(std::string_view text, std::string& out) {
  for (;;) {
    const std::size_t at = text.find_first_of("&'<>\"\r");
    out += text.substr(0, at);
    if (at == text.npos) return;
    switch (text[at]) {
      case '&':
        out += "&amp;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&#34;";
        break;
      default:
        out += "&#13;";
    }
    text.remove_prefix(at + 1);
  }
}

void AppendComment(std::string_view text, std::string& out) {
  out += "<!--";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '&') {
      out += "&amp;";
    } else if (text[i] == '>' && (i == 0 || text[i - 1] == '!' || text[i - 1] == '-')) {
      out += "&gt;";
    } else {
      out += text[i];
    }
  }
  out += "-->";
}

void AppendQuoted(std::string_view text, std::string& out) {
  const char quote = text.find('"') == text.npos ? '"' : '\'';
  out += quote;
  for (const char c : text) {
    if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
  out += quote;
}

void AppendDoctype(const Tree& tree, NodeId id, std::string& out) {
  out += "<!DOCTYPE ";
  AppendEscaped(tree.DataOf(id), out);
  const std::string_view public_id = tree.AttributeOf(id, "public").value_or("");
  const std::string_view system_id = tree.AttributeOf(id, "system").value_or("");
  if (!public_id.empty()) {
    out += " PUBLIC ";
    AppendQuoted(public_id, out);
    if (!system_id.empty()) {
      out += ' ';
      AppendQuoted(system_id, out);
    }
  } else if (!system_id.empty()) {
    out += " SYSTEM ";
    AppendQuoted(system_id, out);
  }
  out += '>';
}

bool IsVoid(std::string_view name) {
  static constexpr std::string_view kVoid[] = {"area", "base",  "br",     "col",    "embed",
                                               "hr",   "img",   "input",  "keygen", "link",
                                               "meta", "param", "source", "track",  "wbr"};
  return std::find(std::begin(kVoid), std::end(kVoid), name) != std::end(kVoid);
}

bool IsIntegrationPoint(const Tree& tree, NodeId id) {
  const Node& node = tree[id];
  if (node.space == Space::kSvg)
    return node.tag == Tag::kDesc || node.tag == Tag::kForeignObject || node.tag == Tag::kTitle;
  if (node.tag != Tag::kAnnotationXml) return false;
  const std::string_view encoding = tree.AttributeOf(id, "encoding").value_or("");
  return encoding == "text/html" || encoding == "application/xhtml+xml";
}

/// Text of scripts and their like stands as it is.
bool HasLiteralText(const Tree& tree, NodeId id) {
  const Node& node = tree[id];
  const bool raw = FactsOf(node.tag).raw && node.tag != Tag::kTextarea && node.tag != Tag::kTitle;
  if (node.kind != Kind::kElement || node.space != Space::kHtml || !raw) return false;
  for (NodeId at = node.parent; at != kNone; at = tree[at].parent) {
    if (tree[at].space != Space::kHtml) return IsIntegrationPoint(tree, at);
  }
  return true;
}

void AppendStartTag(const Tree& tree, NodeId id, std::string& out) {
  out += '<';
  out += tree.DataOf(id);
  for (const Attribute& one : tree.AttributesOf(id)) {
    out += ' ';
    if (one.space != 0) {
      out += NameOf(static_cast<Space>(one.space));
      out += ':';
    }
    out += tree.Text(one.key);
    out += "=\"";
    AppendEscaped(tree.Text(one.value), out);
    out += '"';
  }
  out += IsVoid(tree.DataOf(id)) ? "/>" : ">";
  const NodeId child = tree.FirstChild(id);
  const Tag tag = tree[id].tag;
  // A line feed that would not be read again.
  if ((tag == Tag::kPre || tag == Tag::kListing || tag == Tag::kTextarea) && child != kNone &&
      tree[child].kind == Kind::kText && tree.DataOf(child).starts_with('\n'))
    out += '\n';
}

/// `alone`: it is rendered without what it is in, and a script's text is like any.
void AppendBeginning(const Tree& tree, NodeId id, bool alone, std::string& out) {
  switch (tree[id].kind) {
    case Kind::kDocument:
      return;
    case Kind::kText:
      if (!alone && HasLiteralText(tree, tree[id].parent)) {
        out += tree.DataOf(id);
      } else {
        AppendEscaped(tree.DataOf(id), out);
      }
      return;
    case Kind::kComment:
      return AppendComment(tree.DataOf(id), out);
    case Kind::kDoctype:
      return AppendDoctype(tree, id, out);
    case Kind::kElement:
      return AppendStartTag(tree, id, out);
  }
}

void AppendEndTag(const Tree& tree, NodeId id, std::string& out) {
  if (!tree.IsElement(id) || IsVoid(tree.DataOf(id))) return;
  out += "</";
  out += tree.DataOf(id);
  out += '>';
}

}  // namespace

void Tree::AppendHtml(NodeId id, std::string& out) const {
  std::vector<NodeId> open;
  for (NodeId at = id; at < nodes_[id].end; ++at) {
    while (!open.empty() && nodes_[open.back()].end <= at) {
      AppendEndTag(*this, open.back(), out);
      open.pop_back();
    }
    AppendBeginning(*this, at, at == id, out);
    open.push_back(at);
    // Behind <plaintext> there is nothing, not even an end.
    if (nodes_[at].tag == Tag::kPlaintext && nodes_[at].space == Space::kHtml) {
      for (NodeId text = at + 1; text < nodes_[at].end; ++text)
        AppendBeginning(*this, text, false, out);
      return;
    }
  }
  for (; !open.empty(); open.pop_back()) AppendEndTag(*this, open.back(), out);
}

std::string Tree::InnerHtml(NodeId id) const {
  std::string out;
  for (NodeId child = FirstChild(id); child != kNone; child = NextSibling(child))
    AppendHtml(child, out);
  return out;
}

}  // namespace loadctl::html
