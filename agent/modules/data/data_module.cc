#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "agent/vu/vu.h"

namespace loadctl::modules::data {
namespace {

/// The elements of an array as JSON texts; all VUs of the process share it.
using Texts = const std::vector<std::string>;

bool InInit(vu::Vu& vu) { return vu.execution().phase() == vu::Phase::kInit; }

// find(name) → the array, null if no VU has made it yet
std::optional<js::Held<Texts>> Find(vu::Vu& vu, std::string name) {
  auto& program = vu.program();
  const std::lock_guard lock(program.shared_mutex);
  const auto it = program.shared_arrays.find(name);
  if (it == program.shared_arrays.end()) return std::nullopt;
  return js::Held<Texts>(it->second);
}

// keep(name, texts) → the array; of two VUs that made it at once, the first one's is kept
js::Held<Texts> Keep(vu::Vu& vu, std::string name, std::vector<std::string> texts) {
  auto made = std::make_shared<Texts>(std::move(texts));
  auto& program = vu.program();
  const std::lock_guard lock(program.shared_mutex);
  return js::Held<Texts>(program.shared_arrays.try_emplace(name, std::move(made)).first->second);
}

std::size_t Length(js::Held<Texts> array) { return array->size(); }

std::string_view Element(js::Held<Texts> array, std::size_t index) {
  return index < array->size() ? std::string_view((*array)[index]) : "null";
}

}  // namespace

Module Describe() {
  return {faces::kData,
          {
              js::Native<&InInit>("inInit"),
              js::Native<&Find>("find"),
              js::Native<&Keep>("keep"),
              js::Native<&Length>("length"),
              js::Native<&Element>("element"),
          }};
}

}  // namespace loadctl::modules::data
