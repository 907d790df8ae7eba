#include "agent/vu/fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <boost/context/fiber.hpp>
#include <memory>
#include <utility>

#include "common/base/check.h"

#if defined(__SANITIZE_ADDRESS__)
#define LOADCTL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOADCTL_ASAN 1
#endif
#endif
#ifdef LOADCTL_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace loadctl::vu {
namespace {

namespace ctx = boost::context;

thread_local Fiber* t_current = nullptr;

// Not inlined: a fiber may go on on another thread than it began on, and the compiler may keep the
// address of a thread_local over a switch.
[[gnu::noinline]] Fiber* LoadCurrent() { return t_current; }
[[gnu::noinline]] void StoreCurrent(Fiber* fiber) { t_current = fiber; }

std::size_t PageSize() {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

/// A stack that something else owns: boost neither makes nor frees it.
struct BorrowedStack {
  ctx::stack_context stack;
  ctx::stack_context allocate() { return stack; }
  void deallocate(ctx::stack_context&) noexcept {}
};

}  // namespace

struct Fiber::Impl {
  static std::unique_ptr<Impl> Make(std::size_t stack_size, std::function<void()> body);

  char* mapping = nullptr;
  std::size_t mapping_size = 0;
  std::size_t stack_size = 0;
  std::function<void()> body;
  ctx::fiber inside;   // the suspended fiber, while it is not running
  ctx::fiber outside;  // where Resume() was called, while the fiber runs
  Fiber* resumed_by = nullptr;
  bool started = false;
  // What the address sanitizer must be told at each switch of stacks.
  void* fake_outside = nullptr;
  void* fake_inside = nullptr;
  const void* outside_bottom = nullptr;
  std::size_t outside_size = 0;

  [[nodiscard]] char* Low() const { return mapping + PageSize(); }

  void LeaveOutside() {
#ifdef LOADCTL_ASAN
    __sanitizer_start_switch_fiber(&fake_outside, Low(), stack_size);
#endif
  }
  void ArriveOutside() {
#ifdef LOADCTL_ASAN
    __sanitizer_finish_switch_fiber(fake_outside, nullptr, nullptr);
#endif
  }
  void LeaveInside(bool for_good) {
#ifdef LOADCTL_ASAN
    __sanitizer_start_switch_fiber(for_good ? nullptr : &fake_inside, outside_bottom, outside_size);
#else
    (void)for_good;
#endif
  }
  void ArriveInside() {
#ifdef LOADCTL_ASAN
    __sanitizer_finish_switch_fiber(fake_inside, &outside_bottom, &outside_size);
#endif
  }
};

// Null if a mapping cannot be had.
std::unique_ptr<Fiber::Impl> Fiber::Impl::Make(std::size_t stack_size, std::function<void()> body) {
  const std::size_t page = PageSize();
  auto impl = std::make_unique<Impl>();
  impl->stack_size = (stack_size + page - 1) / page * page;
  impl->mapping_size = impl->stack_size + page;
  void* mapping = mmap(nullptr, impl->mapping_size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (mapping == MAP_FAILED) return nullptr;
  if (mprotect(mapping, page, PROT_NONE) != 0) {
    munmap(mapping, impl->mapping_size);
    return nullptr;
  }
  impl->mapping = static_cast<char*>(mapping);
  impl->body = std::move(body);
  return impl;
}

Fiber::Fiber(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
  LOADCTL_CHECK(impl_ != nullptr, "no memory mapping for a fiber's stack: raise vm.max_map_count");
}

Fiber::Fiber(std::size_t stack_size, std::function<void()> body)
    : Fiber(Impl::Make(stack_size, std::move(body))) {}

std::unique_ptr<Fiber> Fiber::TryMake(std::size_t stack_size, std::function<void()> body) {
  auto impl = Impl::Make(stack_size, std::move(body));
  return impl ? std::unique_ptr<Fiber>(new Fiber(std::move(impl))) : nullptr;
}

Fiber::~Fiber() {
  LOADCTL_CHECK(!impl_->started || done_, "a suspended fiber was destroyed");
#ifdef LOADCTL_ASAN
  // What frames left poisoned must not meet whoever maps this address next.
  __asan_unpoison_memory_region(impl_->mapping, impl_->mapping_size);
#endif
  munmap(impl_->mapping, impl_->mapping_size);
}

void Fiber::Resume() {
  LOADCTL_CHECK(!done_, "a finished fiber was resumed");
  Impl& impl = *impl_;
  impl.resumed_by = LoadCurrent();
  StoreCurrent(this);
  if (!impl.started) {
    impl.started = true;
    BorrowedStack borrowed;
    borrowed.stack.sp = impl.Low() + impl.stack_size;
    borrowed.stack.size = impl.stack_size;
    impl.inside = ctx::fiber(std::allocator_arg,
                             ctx::preallocated(borrowed.stack.sp, impl.stack_size, borrowed.stack),
                             borrowed, [this](ctx::fiber&& outside) {
                               impl_->ArriveInside();
                               impl_->outside = std::move(outside);
                               impl_->body();
                               impl_->body = nullptr;
                               done_ = true;
                               impl_->LeaveInside(true);
                               return std::move(impl_->outside);
                             });
  }
  impl.LeaveOutside();
  ctx::fiber back = std::move(impl.inside).resume();
  impl.ArriveOutside();
  if (!done_) impl.inside = std::move(back);
  StoreCurrent(impl.resumed_by);
}

void Fiber::Suspend() {
  Impl& impl = *impl_;
  LOADCTL_CHECK(LoadCurrent() == this, "a fiber that does not run was suspended");
  impl.LeaveInside(false);
  impl.outside = std::move(impl.outside).resume();
  impl.ArriveInside();
}

std::uintptr_t Fiber::StackLow() const { return reinterpret_cast<std::uintptr_t>(impl_->Low()); }

std::size_t Fiber::StackSize() const { return impl_->stack_size; }

void Fiber::TrimStack(std::size_t keep) {
  const std::size_t page = PageSize();
  keep = (keep + page - 1) / page * page;
  if (keep >= impl_->stack_size) return;
  madvise(impl_->Low(), impl_->stack_size - keep, MADV_DONTNEED);
}

Fiber* Fiber::Current() { return LoadCurrent(); }

}  // namespace loadctl::vu
