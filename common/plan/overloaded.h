// Visitors made of lambdas, for std::visit over the plan's variants.
// Not a place for other templates. Any thread.
#pragma once

namespace loadctl::plan {

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

}  // namespace loadctl::plan
