#include "agent/vu/escape.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <ucontext.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "agent/js/last_resort.h"
#include "agent/vu/vu.h"

namespace loadctl::vu {
namespace {

thread_local Vu* t_running = nullptr;
// Not inlined, as in fiber.cc.
[[gnu::noinline]] Vu* LoadRunning() { return t_running; }

/// Where code is: from `low`, to before `high`.
struct Code {
  [[nodiscard]] bool Has(std::uintptr_t address) const { return address >= low && address < high; }
  std::uintptr_t low = 0, high = 0;
};
/// V8's. A script that is elsewhere may hold the allocator's lock.
Code g_v8;

/// Functions that have the heap's own books half written while they run: whoever allocates or
/// collects is in one of them, or was called by one. Those that this V8 does not have are left out.
constexpr auto kAllocators = std::to_array<const char*>(
    {"_ZN2v88internal7Factory11AllocateRawEiNS0_14AllocationTypeENS0_19AllocationAlignmentE",
     "_ZN2v88internal7Factory29AllocateRawWithAllocationSiteENS0_6HandleINS0_3MapEEENS0_"
     "14AllocationTypeENS2_INS0_14AllocationSiteEEE",
     "_ZN2v88internal33Runtime_AllocateInYoungGenerationEiPmPNS0_7IsolateE",
     "_ZN2v88internal31Runtime_AllocateInOldGenerationEiPmPNS0_7IsolateE",
     "_ZN2v88internal19SpaceWithLinearArea25InvokeAllocationObserversEmmmm",
     "_ZN2v88internal8NewSpace16EnsureAllocationEiNS0_19AllocationAlignmentENS0_"
     "16AllocationOriginEPi",
     "_ZN2v88internal10PagedSpace16EnsureAllocationEiNS0_19AllocationAlignmentENS0_"
     "16AllocationOriginEPi",
     "_ZN2v88internal13HeapAllocator33AllocateRawWithLightRetrySlowPathEiNS0_14AllocationTypeENS0_"
     "16AllocationOriginENS0_19AllocationAlignmentE",
     "_ZN2v88internal13HeapAllocator34AllocateRawWithRetryOrFailSlowPathEiNS0_14AllocationTypeENS0_"
     "16AllocationOriginENS0_19AllocationAlignmentE",
     "_ZN2v88internal4Heap14CollectGarbageENS0_15AllocationSpaceENS0_23GarbageCollectionReasonENS_"
     "15GCCallbackFlagsE"});
std::array<Code, kAllocators.size()> g_allocators;

void FindAllocators() {
  for (std::size_t i = 0; i < kAllocators.size(); ++i) {
    void* const address = dlsym(RTLD_DEFAULT, kAllocators[i]);
    Dl_info info{};
    void* symbol = nullptr;
    if (address == nullptr || dladdr1(address, &info, &symbol, RTLD_DL_SYMENT) == 0 ||
        symbol == nullptr)
      continue;
    const auto low = reinterpret_cast<std::uintptr_t>(address);
    g_allocators[i] = {low, low + static_cast<const ElfW(Sym)*>(symbol)->st_size};
  }
}

bool InAllocator(std::uintptr_t address) {
  return std::any_of(g_allocators.begin(), g_allocators.end(),
                     [address](const Code& code) { return code.Has(address); });
}

/// Whether an allocator is among the callers, as far as the stack from `low` to `high` tells: each
/// word of it may be where a call returns to, or have been. So it makes an order wait, and no more.
[[gnu::noinline]] __attribute__((no_sanitize("address", "undefined"))) bool CalledByAllocator(
    std::uintptr_t low, std::uintptr_t high) {
  constexpr std::uintptr_t kMost = std::uintptr_t{16} << 20;
  if (low >= high || high - low > kMost) return true;
  for (std::uintptr_t at = low & ~std::uintptr_t{sizeof at - 1}; at < high; at += sizeof at)
    if (InAllocator(*reinterpret_cast<const std::uintptr_t*>(at))) return true;
  return false;
}

int TakeV8(dl_phdr_info* info, std::size_t, void*) {
  if (info->dlpi_name == nullptr || std::strstr(info->dlpi_name, "libnode.so") == nullptr) return 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& part = info->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0) continue;
    g_v8 = {info->dlpi_addr + part.p_vaddr, info->dlpi_addr + part.p_vaddr + part.p_memsz};
  }
  return 1;
}

/// Where a thread was as a signal came; nothing on processors that this does not know.
struct Interrupted {
  std::uintptr_t counter = 0, stack = 0;
};

Interrupted InterruptedAt(const ucontext_t& context) {
  const auto& machine = context.uc_mcontext;
#if defined(__x86_64__)
  return {static_cast<std::uintptr_t>(machine.gregs[REG_RIP]),
          static_cast<std::uintptr_t>(machine.gregs[REG_RSP])};
#elif defined(__aarch64__)
  return {static_cast<std::uintptr_t>(machine.pc), static_cast<std::uintptr_t>(machine.sp)};
#else
  (void)machine;
  return {};
#endif
}

/// Orders that wait for what may be an allocator.
constexpr int kMostWaits = 20;

int OrderSignal() { return SIGRTMIN + 5; }

}  // namespace

void Escape::SetRunning(Vu* vu) { t_running = vu; }

void Escape::Prepare() {
  if (!js::CanForgetCalls()) return;
  js::SetLastResort(&Escape::LeaveRunning);
  dl_iterate_phdr(TakeV8, nullptr);
  FindAllocators();
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
  const auto [counter, stack] = InterruptedAt(*static_cast<const ucontext_t*>(context));
  if (escape.place_ == nullptr || escape.ordered_.load() != vu->work().serial() ||
      !g_v8.Has(counter) || vu->collecting() || js::HeldLocks() != escape.locks_ ||
      InAllocator(counter))
    return;
  if (CalledByAllocator(stack, reinterpret_cast<std::uintptr_t>(escape.place_)) &&
      ++escape.waited_ < kMostWaits)
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
