#include "agent/vu/fiber.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <boost/context/fiber.hpp>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

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

// Where stacks lie: far from where the kernel puts mappings by itself (it goes down from the main
// stack), and beyond the address sanitizer's shadow.
constexpr std::uintptr_t kStacks = 0x2000'0000'0000, kEachSize = 0x0100'0000'0000;
// Nothing is mapped below a stack for so long: who runs over its end meets a fault.
constexpr std::size_t kGap = 64 * 1024;
// Small stacks come and go with each request of a batch: so many of a size stay mapped, with what
// they have touched (some 10 kB), instead of two system calls and the page faults each time.
constexpr std::size_t kSmall = 128 * 1024, kMostKept = 1024;

/// Addresses for stacks of one size. Stacks have gaps between them instead of guard pages, each of
/// which would be a memory mapping more (vm.max_map_count). Any thread.
class StackSpace {
 public:
  /// A stack's lowest address; null if the kernel gives no mapping.
  static char* Take(std::size_t size) {
    const std::lock_guard lock(mutex_);
    Space& space = SpaceOf(size);
    if (!space.kept.empty()) {
      char* const place = space.kept.back();
      space.kept.pop_back();
      return place;
    }
    for (int tries = 0; tries < 100; ++tries) {
      char* place = nullptr;
      if (!space.free.empty()) {
        place = space.free.back();
        space.free.pop_back();
      } else {
        place = space.next + kGap;
        space.next = place + size;
      }
      void* stack = mmap(
          place, size, PROT_READ | PROT_WRITE,
          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK | MAP_FIXED_NOREPLACE, -1, 0);
      if (stack == place) return place;
      if (stack != MAP_FAILED) munmap(stack, size);  // a kernel that knows no NOREPLACE
      if (stack == MAP_FAILED && errno != EEXIST) {
        space.free.push_back(place);
        return nullptr;
      }
    }
    return nullptr;
  }
  static void GiveBack(char* stack, std::size_t size) {
    {
      const std::lock_guard lock(mutex_);
      Space& space = SpaceOf(size);
      if (size <= kSmall && space.kept.size() < kMostKept) return space.kept.push_back(stack);
    }
    munmap(stack, size);
    const std::lock_guard lock(mutex_);
    SpaceOf(size).free.push_back(stack);
  }

 private:
  struct Space {
    std::size_t size = 0;
    char* next = nullptr;
    std::vector<char*> free;  ///< addresses
    std::vector<char*> kept;  ///< stacks that are still mapped
  };
  static Space& SpaceOf(std::size_t size) {
    for (Space& space : spaces_)
      if (space.size == size) return space;
    auto* const first = reinterpret_cast<char*>(kStacks + spaces_.size() * kEachSize);
    return spaces_.emplace_back(Space{size, first, {}, {}});
  }
  static inline std::mutex mutex_;
  static inline std::vector<Space> spaces_;
};

/// A stack that something else owns: boost neither makes nor frees it.
struct BorrowedStack {
  ctx::stack_context stack;
  ctx::stack_context allocate() { return stack; }
  void deallocate(ctx::stack_context&) noexcept {}
};

}  // namespace

struct Fiber::Impl {
  static std::unique_ptr<Impl> Make(std::size_t stack_size, std::function<void()> body);

  char* stack = nullptr;  // its lowest address
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

  [[nodiscard]] char* Low() const { return stack; }

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
  impl->stack = StackSpace::Take(impl->stack_size);
  if (impl->stack == nullptr) return nullptr;
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
  __asan_unpoison_memory_region(impl_->stack, impl_->stack_size);
#endif
  StackSpace::GiveBack(impl_->stack, impl_->stack_size);
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

void Fiber::TrimStack(std::size_t keep) {
  const std::size_t page = PageSize();
  if (LoadCurrent() == this) {
    // What it stands on, and a page for what is called from here.
    const auto* here = static_cast<const char*>(__builtin_frame_address(0));
    keep = std::max(keep, static_cast<std::size_t>(impl_->Low() + impl_->stack_size - here) + page);
  }
  keep = (keep + page - 1) / page * page;
  if (keep >= impl_->stack_size) return;
  madvise(impl_->Low(), impl_->stack_size - keep, MADV_DONTNEED);
}

Fiber* Fiber::Current() { return LoadCurrent(); }

}  // namespace loadctl::vu
