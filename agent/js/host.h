// Host: who runs a script, and what the natives of modules keep for it.
// Not for the script's own values (value.h). The thread of its isolate.
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <vector>

namespace loadctl::js {

/// A VU as natives find it: the isolate names the one that runs (Call::host()), so that one
/// function serves all VUs of the isolate.
class Host {
 public:
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  /// What natives that are members of T work on: made when the first of them is called, as T(), or
  /// as T(host) if it has no such constructor.
  template <class T>
  T& StateOf() {
    const std::size_t place = PlaceOf<T>();
    if (place < states_.size() && states_[place]) return *static_cast<T*>(states_[place].get());
    return MakeState<T>(place);
  }
  /// Destroys all states. Inside the isolate.
  void DropStates() { states_.clear(); }

 protected:
  Host() = default;
  ~Host() = default;

 private:
  /// Becomes a reference to whatever class of host a state's constructor asks for.
  struct Any {
    Host& host;
    template <std::derived_from<Host> H>
    operator H&() const {  // NOLINT(google-explicit-constructor): that is its purpose
      return static_cast<H&>(host);
    }
  };

  static std::size_t NextPlace() {
    static std::atomic<std::size_t> next{0};
    return next.fetch_add(1);
  }
  template <class T>
  static std::size_t PlaceOf() {
    static const std::size_t place = NextPlace();
    return place;
  }
  template <class T>
  T& MakeState(std::size_t place) {
    if (states_.size() <= place) states_.resize(place + 1);
    if constexpr (std::is_default_constructible_v<T>) {
      states_[place] = std::make_shared<T>();
    } else {
      states_[place] = std::make_shared<T>(Any{*this});
    }
    return *static_cast<T*>(states_[place].get());
  }

  std::vector<std::shared_ptr<void>> states_;
};

}  // namespace loadctl::js
