// What engine.cc asks of thread_id.cc; not for others.
#pragma once

namespace loadctl::js {

/// The id under which V8 knows the running thread or fiber.
int CurrentThreadId();

/// While one is there, contexts that the running thread makes have WebAssembly or not.
class WithWebAssembly final {
 public:
  explicit WithWebAssembly(bool with);
  ~WithWebAssembly();
  WithWebAssembly(const WithWebAssembly&) = delete;
  WithWebAssembly& operator=(const WithWebAssembly&) = delete;
};

/// True once V8 has asked for an id, that is: the definitions of thread_id.cc are in force.
bool ThreadIdWasAsked();

}  // namespace loadctl::js
