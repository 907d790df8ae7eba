#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "agent/vu/vu.h"

namespace loadctl::modules::data {
namespace {

/// The elements of an array as JSON, one text after the other; all VUs of the process share it once
/// it is kept.
class Texts {
 public:
  void Add(std::string_view text) {
    all_ += text;
    ends_.push_back(all_.size());
  }
  /// No more are added: gives back the room for them.
  void Close() {
    all_.shrink_to_fit();
    ends_.shrink_to_fit();
  }
  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  /// `index` is less than size().
  [[nodiscard]] std::string_view At(std::size_t index) const {
    const std::size_t start = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(all_).substr(start, ends_[index] - start);
  }

 private:
  std::string all_;
  std::vector<std::size_t> ends_;
};

bool InInit(vu::Vu& vu) { return vu.execution().phase() == vu::Phase::kInit; }

// find(name) → the array, null if no VU has made it yet
std::optional<js::Held<const Texts>> Find(vu::Vu& vu, std::string name) {
  auto& program = vu.program();
  const std::lock_guard lock(program.shared_mutex);
  const auto it = program.shared.find("shared_array." + name);
  if (it == program.shared.end()) return std::nullopt;
  return js::Held<const Texts>(std::static_pointer_cast<const Texts>(it->second));
}

js::Held<Texts> Begin() { return js::Hold(Texts()); }

// add(texts, element): before they are kept
void Add(js::Held<Texts> texts, std::string element) { texts->Add(element); }

// keep(name, texts) → the array; of two VUs that made it at once, the first one's is kept
js::Held<const Texts> Keep(vu::Vu& vu, std::string name, js::Held<Texts> texts) {
  texts->Close();
  auto& program = vu.program();
  const std::lock_guard lock(program.shared_mutex);
  const auto kept =
      program.shared.try_emplace("shared_array." + name, texts.shared()).first->second;
  return js::Held<const Texts>(std::static_pointer_cast<const Texts>(kept));
}

std::size_t Length(js::Held<const Texts> array) { return array->size(); }

std::string_view Element(js::Held<const Texts> array, std::size_t index) {
  return index < array->size() ? array->At(index) : "null";
}

}  // namespace

Module Describe() {
  return {faces::kData,
          {
              js::Native<&InInit>("inInit"),
              js::Native<&Find>("find"),
              js::Native<&Begin>("begin"),
              js::Native<&Add>("add"),
              js::Native<&Keep>("keep"),
              js::Native<&Length>("length"),
              js::Native<&Element>("element"),
          }};
}

}  // namespace loadctl::modules::data
