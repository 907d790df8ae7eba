// Where V8 would end the process for what a script asks of it, such as an array of too many
// elements: who may go on elsewhere is asked first. Stands in for functions of libnode, as
// thread_id.cc does; where libnode does not export them nobody is asked, and the process ends.
#pragma once

namespace v8 {
class Isolate;
}

namespace loadctl::js {

/// `leave` is called on the thread that is to end, with V8's words; it returns if it cannot go on.
/// No collection of garbage is under way, and V8 holds no lock. Before the first isolate.
void SetLastResort(void (*leave)(const char* why));

/// Whether the calls of a script can be forgotten.
[[nodiscard]] bool CanForgetCalls();

/// Makes an isolate forget every call that is under way in it: the stack from `low` to `high` was
/// left without returning. Where no call of the running fiber was before, nor a context entered.
/// What these calls had made is garbage. Inside the isolate.
void ForgetCalls(v8::Isolate* isolate, const void* low, const void* high);

}  // namespace loadctl::js
