#include "agent/html/tags.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace loadctl::html {
namespace {

constexpr std::size_t kTags = static_cast<std::size_t>(Tag::kCount);
constexpr std::size_t kLongest = 16;

constexpr std::array<TagFacts, kTags> kFacts{{
    {},
#define TAG(tag, text, special, breakout, raw, start, end) \
  {text, special, breakout, raw, BodyStart::start, BodyEnd::end},
#include "agent/html/tags.inc"
#undef TAG
}};

/// A small hash without collisions beyond a few: length, first, middle and last letter.
constexpr std::size_t kSlots = 1024;
constexpr std::size_t Hash(std::string_view name) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(name[i]); };
  return (name.size() * 131 + at(0) * 31 + at(name.size() / 2) * 7 + at(name.size() - 1) * 173) %
         kSlots;
}

std::array<Tag, kSlots> MakeSlots() {
  std::array<Tag, kSlots> slots{};
  for (std::size_t i = 1; i < kTags; ++i) {
    std::size_t slot = Hash(kFacts[i].name);
    while (slots[slot] != Tag::kUnknown) slot = (slot + 1) % kSlots;
    slots[slot] = static_cast<Tag>(i);
  }
  return slots;
}

}  // namespace

const TagFacts& FactsOf(Tag tag) { return kFacts[static_cast<std::size_t>(tag)]; }

Tag FindTag(std::string_view name) {
  static const std::array<Tag, kSlots> slots = MakeSlots();
  if (name.empty() || name.size() > kLongest) return Tag::kUnknown;
  for (std::size_t slot = Hash(name);; slot = (slot + 1) % kSlots) {
    const Tag tag = slots[slot];
    if (tag == Tag::kUnknown || FactsOf(tag).name == name) return tag;
  }
}

}  // namespace loadctl::html
