// SVG and MathML in HTML (13.2.6.5).
#include <algorithm>
#include <string>
#include <unordered_map>

#include "agent/html/parser.h"

namespace loadctl::html {
namespace {

constexpr std::string_view kSvgTags[] = {
    "altGlyph",          "altGlyphDef",
    "altGlyphItem",      "animateColor",
    "animateMotion",     "animateTransform",
    "clipPath",          "feBlend",
    "feColorMatrix",     "feComponentTransfer",
    "feComposite",       "feConvolveMatrix",
    "feDiffuseLighting", "feDisplacementMap",
    "feDistantLight",    "feFlood",
    "feFuncA",           "feFuncB",
    "feFuncG",           "feFuncR",
    "feGaussianBlur",    "feImage",
    "feMerge",           "feMergeNode",
    "feMorphology",      "feOffset",
    "fePointLight",      "feSpecularLighting",
    "feSpotLight",       "feTile",
    "feTurbulence",      "foreignObject",
    "glyphRef",          "linearGradient",
    "radialGradient",    "textPath",
};
constexpr std::string_view kSvgAttributes[] = {
    "attributeName",
    "attributeType",
    "baseFrequency",
    "baseProfile",
    "calcMode",
    "clipPathUnits",
    "diffuseConstant",
    "edgeMode",
    "filterUnits",
    "glyphRef",
    "gradientTransform",
    "gradientUnits",
    "kernelMatrix",
    "kernelUnitLength",
    "keyPoints",
    "keySplines",
    "keyTimes",
    "lengthAdjust",
    "limitingConeAngle",
    "markerHeight",
    "markerUnits",
    "markerWidth",
    "maskContentUnits",
    "maskUnits",
    "numOctaves",
    "pathLength",
    "patternContentUnits",
    "patternTransform",
    "patternUnits",
    "pointsAtX",
    "pointsAtY",
    "pointsAtZ",
    "preserveAlpha",
    "preserveAspectRatio",
    "primitiveUnits",
    "refX",
    "refY",
    "repeatCount",
    "repeatDur",
    "requiredExtensions",
    "requiredFeatures",
    "specularConstant",
    "specularExponent",
    "spreadMethod",
    "startOffset",
    "stdDeviation",
    "stitchTiles",
    "surfaceScale",
    "systemLanguage",
    "tableValues",
    "targetX",
    "targetY",
    "textLength",
    "viewBox",
    "viewTarget",
    "xChannelSelector",
    "yChannelSelector",
    "zoomAndPan",
};
constexpr std::string_view kMathAttributes[] = {"definitionURL"};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

using Spellings = std::unordered_map<std::string, std::string_view>;
template <std::size_t N>
Spellings ByLowerCase(const std::string_view (&names)[N]) {
  Spellings all;
  for (const std::string_view name : names) {
    std::string lower(name);
    for (char& c : lower) c = Lower(c);
    all.emplace(std::move(lower), name);
  }
  return all;
}

/// `xlink:href` and its like.
struct Prefixed {
  std::string_view prefix;
  Space space;
  std::string_view names;
};
constexpr Prefixed kPrefixed[] = {
    {"xlink:", Space::kXlink, " actuate arcrole href role show title type "},
    {"xml:", Space::kXml, " lang space "},
    {"xmlns:", Space::kXmlns, " xlink "},
};

void AdjustPrefix(const TextPool& text, Attribute& attribute) {
  const std::string_view key = text.Get(attribute.key);
  for (const Prefixed& one : kPrefixed) {
    if (!key.starts_with(one.prefix)) continue;
    const std::string_view name = key.substr(one.prefix.size());
    const std::size_t at = one.names.find(name);
    if (name.empty() || at == one.names.npos || one.names[at - 1] != ' ' ||
        one.names[at + name.size()] != ' ')
      return;
    const auto prefix = static_cast<std::uint32_t>(one.prefix.size());
    attribute.space = static_cast<std::uint32_t>(one.space);
    attribute.key = {attribute.key.at + prefix, attribute.key.size - prefix};
    return;
  }
}

/// <font color> and the elements of HTML that cannot be in foreign content.
bool BreaksOut(const Parser& p) {
  if (FactsOf(p.token.tag).breakout) return true;
  if (p.draft.text().Get(p.token.name) != "font") return false;
  return std::any_of(p.token.attributes.begin(), p.token.attributes.end(),
                     [&](const Attribute& one) {
                       const std::string_view key = p.draft.text().Get(one.key);
                       return key == "color" || key == "face" || key == "size";
                     });
}

bool ForeignStartTag(Parser& p) {
  if (BreaksOut(p)) {
    for (std::size_t i = p.open.size(); i-- > 0;) {
      const NodeId id = p.open[i];
      if (p.draft[id].space == Space::kHtml || IsHtmlIntegrationPoint(p.draft, id) ||
          IsMathTextIntegrationPoint(p.draft, id)) {
        p.open.resize(i + 1);
        break;
      }
    }
    return p.mode(p);
  }
  const Space space = p.draft[p.Top()].space;
  if (space == Space::kSvg) {
    static const Spellings spellings = ByLowerCase(kSvgTags);
    const auto found = spellings.find(std::string(p.draft.text().Get(p.token.name)));
    if (found != spellings.end()) {
      p.token.tag = FindTag(found->second);
      p.token.name = p.draft.text().Add(found->second);
    }
  }
  AdjustForeignAttributes(p.draft.text(), space, p.token.attributes);
  p.draft[p.AddElement()].space = space;
  p.tokenizer.NextIsNotRawText();
  if (p.self_closing) {
    p.Pop();
    p.self_closing = false;
  }
  return true;
}

bool ForeignEndTag(Parser& p) {
  const auto same = [&](std::size_t place) {
    return EqualIgnoringCase(p.draft.DataOf(p.open[place]), p.draft.text().Get(p.token.name));
  };
  if (same(p.open.size() - 1)) {
    p.Pop();
    return true;
  }
  for (std::size_t i = p.open.size(); i-- > 0;) {
    if (same(i)) {
      p.open.resize(i);
      return true;
    }
    if (i > 0 && p.draft[p.open[i - 1]].space == Space::kHtml) break;
  }
  return p.mode(p);
}

}  // namespace

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return Lower(x) == Lower(y); });
}

void AdjustForeignAttributes(TextPool& text, Space space, std::vector<Attribute>& attributes) {
  static const Spellings svg = ByLowerCase(kSvgAttributes);
  static const Spellings math = ByLowerCase(kMathAttributes);
  const Spellings& spellings = space == Space::kSvg ? svg : math;
  for (Attribute& one : attributes) {
    const auto found = spellings.find(std::string(text.Get(one.key)));
    if (found != spellings.end()) one.key = text.Add(found->second);
    AdjustPrefix(text, one);
  }
}

bool IsHtmlIntegrationPoint(const Draft& draft, NodeId element) {
  const DraftNode& node = draft[element];
  if (node.space == Space::kSvg) {
    return node.tag == Tag::kDesc || node.tag == Tag::kForeignObject || node.tag == Tag::kTitle;
  }
  if (node.space != Space::kMath || node.tag != Tag::kAnnotationXml) return false;
  for (std::uint32_t i = 0; i < node.attribute_count; ++i) {
    const Attribute& one = draft.attributes()[node.attributes + i];
    const std::string_view value = draft.text().Get(one.value);
    if (draft.text().Get(one.key) == "encoding" &&
        (EqualIgnoringCase(value, "text/html") ||
         EqualIgnoringCase(value, "application/xhtml+xml")))
      return true;
  }
  return false;
}

bool IsMathTextIntegrationPoint(const Draft& draft, NodeId element) {
  const DraftNode& node = draft[element];
  return node.space == Space::kMath &&
         (node.tag == Tag::kMi || node.tag == Tag::kMo || node.tag == Tag::kMn ||
          node.tag == Tag::kMs || node.tag == Tag::kMtext);
}

bool ForeignContent(Parser& p) {
  switch (p.token.type) {
    case TokenType::kText: {
      std::string text;
      bool space = true;
      for (const char c : p.token.data) {
        if (c == '\0') {
          text += "\xEF\xBF\xBD";
        } else {
          text += c;
          space = space && kSpaces.find(c) != kSpaces.npos;
        }
      }
      p.frameset_ok = p.frameset_ok && space;
      p.AddText(text);
      return true;
    }
    case TokenType::kComment:
      p.AddComment();
      return true;
    case TokenType::kStartTag:
      return ForeignStartTag(p);
    case TokenType::kEndTag:
      return ForeignEndTag(p);
    default:
      return true;
  }
}

}  // namespace loadctl::html
