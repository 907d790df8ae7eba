// What every program that dials says first, agents and clients. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/wire/dial.h"
#include "common/wire/reliable.h"

namespace loadctl::wire {

/// What is particular of a program that says hello.
struct Greeting {
  std::string_view version;    ///< of the program
  std::uint64_t epoch = 0;     ///< of the process
  std::uint64_t received = 0;  ///< the highest number taken from the other side
  bool returning = false;      ///< a stream has stood before
};

/// Fills in what all hellos say, those of agents and those of clients.
template <class Hello>
void FillHello(Hello& hello, const Greeting& greeting) {
  hello.set_protocol_major(kProtocolMajor);
  hello.set_protocol_minor(kProtocolMinor);
  hello.set_version(std::string(greeting.version));
  hello.set_epoch(greeting.epoch);
  hello.set_name(ProcessName());
  hello.set_received(greeting.received);
  hello.set_returning(greeting.returning);
}

}  // namespace loadctl::wire
