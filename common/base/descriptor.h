// A file descriptor with an owner. Not for what is opened: any file, socket or event.
#pragma once

#include <unistd.h>

namespace loadctl {

/// Closes it at its end. One thread at a time.
class Descriptor final {
 public:
  /// A negative number: none, as the system's functions give it where they fail.
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { Reset(-1); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int get() const { return number_; }
  /// Closes what it has, and owns `number` instead.
  void Reset(int number) {
    if (number_ >= 0) close(number_);
    number_ = number;
  }

 private:
  int number_;
};

}  // namespace loadctl
