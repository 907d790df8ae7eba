// Doctypes (HTML, 13.2.6.4.1): name, identifiers, and whether they ask for quirks mode.
#include <algorithm>
#include <string>
#include <utility>

#include "agent/html/parser.h"

namespace loadctl::html {
namespace {

constexpr std::string_view kQuirkyIds[] = {
    "+//silmaril//dtd html pro v0r11 19970101//",
    "-//advasoft ltd//dtd html 3.0 aswedit + extensions//",
    "-//as//dtd html 3.0 aswedit + extensions//",
    "-//ietf//dtd html 2.0 level 1//",
    "-//ietf//dtd html 2.0 level 2//",
    "-//ietf//dtd html 2.0 strict level 1//",
    "-//ietf//dtd html 2.0 strict level 2//",
    "-//ietf//dtd html 2.0 strict//",
    "-//ietf//dtd html 2.0//",
    "-//ietf//dtd html 2.1e//",
    "-//ietf//dtd html 3.0//",
    "-//ietf//dtd html 3.2 final//",
    "-//ietf//dtd html 3.2//",
    "-//ietf//dtd html 3//",
    "-//ietf//dtd html level 0//",
    "-//ietf//dtd html level 1//",
    "-//ietf//dtd html level 2//",
    "-//ietf//dtd html level 3//",
    "-//ietf//dtd html strict level 0//",
    "-//ietf//dtd html strict level 1//",
    "-//ietf//dtd html strict level 2//",
    "-//ietf//dtd html strict level 3//",
    "-//ietf//dtd html strict//",
    "-//ietf//dtd html//",
    "-//metrius//dtd metrius presentational//",
    "-//microsoft//dtd internet explorer 2.0 html strict//",
    "-//microsoft//dtd internet explorer 2.0 html//",
    "-//microsoft//dtd internet explorer 2.0 tables//",
    "-//microsoft//dtd internet explorer 3.0 html strict//",
    "-//microsoft//dtd internet explorer 3.0 html//",
    "-//microsoft//dtd internet explorer 3.0 tables//",
    "-//netscape comm. corp.//dtd html//",
    "-//netscape comm. corp.//dtd strict html//",
    "-//o'reilly and associates//dtd html 2.0//",
    "-//o'reilly and associates//dtd html extended 1.0//",
    "-//o'reilly and associates//dtd html extended relaxed 1.0//",
    "-//softquad software//dtd hotmetal pro 6.0::19990601::extensions to html 4.0//",
    "-//softquad//dtd hotmetal pro 4.0::19971010::extensions to html 4.0//",
    "-//spyglass//dtd html 2.0 extended//",
    "-//sq//dtd html 2.0 hotmetal + extensions//",
    "-//sun microsystems corp.//dtd hotjava html//",
    "-//sun microsystems corp.//dtd hotjava strict html//",
    "-//w3c//dtd html 3 1995-03-24//",
    "-//w3c//dtd html 3.2 draft//",
    "-//w3c//dtd html 3.2 final//",
    "-//w3c//dtd html 3.2//",
    "-//w3c//dtd html 3.2s draft//",
    "-//w3c//dtd html 4.0 frameset//",
    "-//w3c//dtd html 4.0 transitional//",
    "-//w3c//dtd html experimental 19960712//",
    "-//w3c//dtd html experimental 970421//",
    "-//w3c//dtd w3 html//",
    "-//w3o//dtd w3 html 3.0//",
    "-//webtechs//dtd mozilla html 2.0//",
    "-//webtechs//dtd mozilla html//",
};
constexpr std::string_view kQuirkyWholeIds[] = {"-//w3o//dtd w3 html strict 3.0//en//",
                                                "-/w3d/dtd html 4.0 transitional/en", "html"};

std::string ToLower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return lower;
}

struct Identifier {
  bool is_public = false;
  std::string_view value;
};

bool IsQuirky(const std::vector<Identifier>& ids) {
  if (ids.empty()) return false;
  if (!ids.back().is_public &&
      EqualIgnoringCase(ids.back().value,
                        "http://www.ibm.com/data/dtd/v11/ibmxhtml1-transitional.dtd"))
    return true;
  if (!ids.front().is_public) return false;
  const std::string id = ToLower(ids.front().value);
  const auto begins = [&](std::string_view with) { return id.starts_with(with); };
  if (std::find(std::begin(kQuirkyWholeIds), std::end(kQuirkyWholeIds), id) !=
          std::end(kQuirkyWholeIds) ||
      std::any_of(std::begin(kQuirkyIds), std::end(kQuirkyIds), begins))
    return true;
  return ids.size() == 1 && (begins("-//w3c//dtd html 4.01 frameset//") ||
                             begins("-//w3c//dtd html 4.01 transitional//"));
}

/// PUBLIC and SYSTEM with their quoted texts; false: there is more, or less.
bool ReadIdentifiers(std::string_view rest, std::vector<Identifier>& ids) {
  constexpr std::size_t kWord = 6;
  if (rest.size() < kWord) return rest.empty();
  const std::string key = ToLower(rest.substr(0, kWord));
  rest.remove_prefix(kWord);
  bool wants_public = key == "public";
  bool wants = wants_public || key == "system";
  while (wants) {
    rest = TrimLeft(rest);
    if (rest.empty() || (rest[0] != '"' && rest[0] != '\'')) break;
    const std::size_t end = rest.find(rest[0], 1);
    ids.push_back({wants_public, rest.substr(1, end == rest.npos ? rest.npos : end - 1)});
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    wants = std::exchange(wants_public, false);
  }
  return !wants && rest.empty() && (key == "public" || key == "system");
}

}  // namespace

bool AddDoctype(Draft& draft, std::string_view text) {
  const std::size_t space = std::min(text.find_first_of(kSpaces), text.size());
  const std::string_view name = text.substr(0, space);
  std::vector<Identifier> ids;
  const bool whole = ReadIdentifiers(TrimLeft(text.substr(space)), ids);
  const NodeId node = draft.New(Kind::kDoctype, ToLower(name));
  std::vector<Attribute> attributes;
  for (const Identifier& id : ids) {
    Attribute& one = attributes.emplace_back();
    one.key = draft.text().Add(id.is_public ? "public" : "system");
    one.value = draft.text().Add(id.value);
  }
  draft.AddAttributes(node, attributes);
  draft.Append(Draft::kDocument, node);
  return name != "html" || !whole || IsQuirky(ids);
}

}  // namespace loadctl::html
