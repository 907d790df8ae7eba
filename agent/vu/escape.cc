#include "agent/vu/escape.h"

#include <link.h>
#include <pthread.h>
#include <ucontext.h>

#include <cstring>

#include "agent/js/last_resort.h"
#include "agent/vu/vu.h"

namespace loadctl::vu {
namespace {

thread_local Vu* t_running = nullptr;
// Not inlined, as in fiber.cc.
[[gnu::noinline]] Vu* LoadRunning() { return t_running; }

/// Where V8's code is. A script that is elsewhere may hold the allocator's lock.
struct Code {
  std::uintptr_t low = 0, high = 0;
};
Code g_v8;

int TakeV8(dl_phdr_info* info, std::size_t, void*) {
  if (info->dlpi_name == nullptr || std::strstr(info->dlpi_name, "libnode.so") == nullptr) return 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& part = info->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0) continue;
    g_v8 = {info->dlpi_addr + part.p_vaddr, info->dlpi_addr + part.p_vaddr + part.p_memsz};
  }
  return 1;
}

std::uintptr_t CounterOf(const ucontext_t& context) {
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(context.uc_mcontext.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return static_cast<std::uintptr_t>(context.uc_mcontext.pc);
#else
  return 0;
#endif
}

int OrderSignal() { return SIGRTMIN + 5; }

}  // namespace

void Escape::SetRunning(Vu* vu) { t_running = vu; }

void Escape::Prepare() {
  if (!js::CanForgetCalls()) return;
  js::SetLastResort(&Escape::LeaveRunning);
  dl_iterate_phdr(TakeV8, nullptr);
  struct sigaction action {};
  action.sa_sigaction = &Escape::OnSignal;
  // The handler does not return where it succeeds: the signal must not stay blocked.
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART;
  sigaction(OrderSignal(), &action, nullptr);
}

void Escape::Order(pthread_t thread, std::uint64_t serial) {
  if (!js::CanForgetCalls()) return;
  ordered_.store(serial);
  pthread_kill(thread, OrderSignal());
}

void Escape::OnSignal(int, siginfo_t*, void* context) {
  Vu* const vu = LoadRunning();
  if (vu == nullptr) return;
  Escape& escape = vu->escape();
  const std::uintptr_t counter = CounterOf(*static_cast<const ucontext_t*>(context));
  if (escape.place_ == nullptr || escape.ordered_.load() != vu->work().serial() ||
      counter < g_v8.low || counter >= g_v8.high || vu->collecting() ||
      js::HeldLocks() != escape.locks_)
    return;
  escape.Leave("");
}

void Escape::LeaveRunning(const char* why) {
  Vu* const vu = LoadRunning();
  if (vu != nullptr && vu->escape().place_ != nullptr && js::CanForgetCalls())
    vu->escape().Leave(why);
}

void Escape::Leave(const char* why) {
  std::strncpy(why_, why, sizeof why_ - 1);
  low_ = __builtin_frame_address(0);
  high_ = place_;
  std::longjmp(*place_, 1);
}

}  // namespace loadctl::vu
