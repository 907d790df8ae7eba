// A stackful fiber: a function with a stack of its own that can be left in the middle and gone on
// with later. Not for threads: it runs where Resume() is called, and is moved between threads only
// while suspended. Knows nothing of V8 (suspend.h does).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace loadctl::vu {

/// One fiber. Resume() and Suspend() alternate; the destructor requires that it never started or
/// that its body has returned: a suspended fiber is never destroyed.
class Fiber final {
 public:
  /// `stack_size` bytes are reserved (rounded up to pages; nothing is mapped below); untouched
  /// pages cost no memory. Aborts if the address space or the mappings run out.
  Fiber(std::size_t stack_size, std::function<void()> body);
  /// The same, but null if they run out.
  static std::unique_ptr<Fiber> TryMake(std::size_t stack_size, std::function<void()> body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Runs the body from its start or from where it suspended, until it suspends again or returns.
  void Resume();

  /// Leaves the running fiber (this one) and lets its Resume() return. Never call it inside a catch
  /// block or a destructor: exception state belongs to the thread, not to the fiber.
  void Suspend();

  [[nodiscard]] bool Done() const { return done_; }

  /// Lowest usable address of the stack; nothing is mapped below it.
  [[nodiscard]] std::uintptr_t StackLow() const;

  /// Gives back the memory of stack pages that lie more than `keep` bytes below the top. The
  /// fiber's present frames, its own call of this included, lie within `keep`.
  void TrimStack(std::size_t keep);

  /// The fiber that is running on this thread, or nullptr.
  static Fiber* Current();

 private:
  struct Impl;
  explicit Fiber(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
  bool done_ = false;
};

}  // namespace loadctl::vu
