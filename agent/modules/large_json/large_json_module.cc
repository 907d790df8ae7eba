// The natives of JSON texts that are read where they lie.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "agent/modules/faces.h"
#include "agent/modules/json_part.h"
#include "agent/modules/registry.h"
#include "common/text/json_layout.h"

namespace loadctl::modules::large_json {
namespace {

using Part = js::Held<const JsonPart>;

Part Of(std::string_view text) { return Part(std::make_shared<const JsonPart>(JsonPart{text})); }

// layOut(text) → null if it is not all of a large file, or none that can be read in parts
std::optional<Part> LayOut(js::TextOfFile file) {
  if (file.text.empty() || !loadctl::text::IsPlainJson(file.text)) return std::nullopt;
  return Of(file.text);
}

// kindOf(part): 1 an array, 2 an object, 0 another
std::uint8_t KindOf(Part part) {
  const char first = loadctl::text::FirstOfJson(part->text);
  return first == '[' ? 1 : first == '{' ? 2 : 0;
}

js::TextOfFile TextOf(Part part) { return {part->text}; }

// countOf(part): of an array's elements
std::size_t CountOf(Part part) { return loadctl::text::ElementsOfJson(part->text).size() - 1; }

// memberOf(part, name) → null: there is none, or it can be found only by reading the object
std::optional<Part> MemberOf(Part part, std::string name) {
  const auto member = loadctl::text::MemberOfJson(part->text, name);
  if (!member.known || member.value.empty()) return std::nullopt;
  return Of(member.value);
}

}  // namespace

Module Describe() {
  return {
      faces::kLarge_json,
      {js::Native<&LayOut>("layOut"), js::Native<&KindOf>("kindOf"), js::Native<&TextOf>("textOf"),
       js::Native<&CountOf>("countOf"), js::Native<&MemberOf>("memberOf")}};
}

}  // namespace loadctl::modules::large_json
