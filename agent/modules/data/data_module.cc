#include <map>
#include <string>
#include <vector>

#include "agent/modules/faces.h"
#include "agent/modules/registry.h"
#include "agent/vu/vu.h"

namespace loadctl::modules::data {
namespace {

/// A VU's handles on the arrays that all VUs of the process share.
class Data {
 public:
  explicit Data(vu::Vu& vu) : vu_(vu) {}

  void GoError(js::Call& call) { call.Throw(call.String(0)); }
  void InInit(js::Call& call) { call.Return(vu_.phase() == vu::Phase::kInit); }

  // find(name) → handle, -1 if no VU has made it yet
  void Find(js::Call& call) {
    auto& program = vu_.program();
    const std::lock_guard lock(program.shared_mutex);
    const auto it = program.shared_arrays.find(call.String(0));
    call.Return(it == program.shared_arrays.end() ? -1 : Handle(it->second));
  }

  // keep(name, jsonTexts) → handle; of two VUs that made it at once, the first one's is kept
  void Keep(js::Call& call) {
    auto made = std::make_shared<const std::vector<std::string>>(call.Strings(1));
    auto& program = vu_.program();
    const std::lock_guard lock(program.shared_mutex);
    const auto [it, added] = program.shared_arrays.try_emplace(call.String(0), std::move(made));
    call.Return(Handle(it->second));
  }

  void Length(js::Call& call) {
    call.Return(static_cast<double>(arrays_[static_cast<std::size_t>(call.Integer(0))]->size()));
  }

  void Element(js::Call& call) {
    const auto& array = *arrays_[static_cast<std::size_t>(call.Integer(0))];
    call.Return(array[static_cast<std::size_t>(call.Integer(1))]);
  }

 private:
  using Array = std::shared_ptr<const std::vector<std::string>>;
  int Handle(Array array) {
    arrays_.push_back(std::move(array));
    return static_cast<int>(arrays_.size()) - 1;
  }

  vu::Vu& vu_;
  std::vector<Array> arrays_;
};

}  // namespace

vu::ModuleDef Describe() {
  return {"k6/data",
          faces::kData,
          {
              js::Native<&Data::GoError>("goError"),
              js::Native<&Data::InInit>("inInit"),
              js::Native<&Data::Find>("find"),
              js::Native<&Data::Keep>("keep"),
              js::Native<&Data::Length>("length"),
              js::Native<&Data::Element>("element"),
          },
          [](vu::Vu& vu) -> std::shared_ptr<void> { return std::make_shared<Data>(vu); }};
}

}  // namespace loadctl::modules::data
