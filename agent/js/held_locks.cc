#include "agent/js/held_locks.h"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>

namespace {

// Initial exec: no call, no allocation at the first use, which may be in a signal handler.
[[gnu::tls_model("initial-exec")]] thread_local constinit int t_held = 0;
// Only where no fiber is left between two uses; otherwise its thread is to be asked for each time,
// as in fiber.cc.
void Count(int by) { t_held += by; }

}  // namespace

namespace loadctl::js {

[[gnu::noinline]] int HeldLocks() { return t_held; }

}  // namespace loadctl::js

#if !defined(__SANITIZE_THREAD__)
namespace {

using Mutex = int(pthread_mutex_t*);
using Shared = int(pthread_rwlock_t*);

/// The C library's function of that name. No static with a guard: that would take a lock.
template <class Function>
class Real {
 public:
  constexpr explicit Real(const char* name) : name_(name) {}
  Function* get() {
    Function* found = found_.load(std::memory_order_relaxed);
    if (found == nullptr) {
      found = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name_));
      found_.store(found, std::memory_order_relaxed);
    }
    return found;
  }

 private:
  const char* name_;
  std::atomic<Function*> found_{nullptr};
};

constinit Real<Mutex> g_lock{"pthread_mutex_lock"}, g_try{"pthread_mutex_trylock"},
    g_unlock{"pthread_mutex_unlock"};
constinit Real<Shared> g_read{"pthread_rwlock_rdlock"}, g_write{"pthread_rwlock_wrlock"},
    g_try_read{"pthread_rwlock_tryrdlock"}, g_try_write{"pthread_rwlock_trywrlock"},
    g_release{"pthread_rwlock_unlock"};

/// Counted before it is taken: between the two a signal may come.
template <class Function, class Lock>
int Take(Real<Function>& real, Lock* lock) {
  Count(1);
  const int error = real.get()(lock);
  if (error != 0) Count(-1);
  return error;
}

template <class Function, class Lock>
int Release(Real<Function>& real, Lock* lock) {
  const int error = real.get()(lock);
  if (error == 0) Count(-1);
  return error;
}

}  // namespace

#define LOADCTL_STANDS_IN extern "C" __attribute__((visibility("default"))) int
LOADCTL_STANDS_IN pthread_mutex_lock(pthread_mutex_t* lock) noexcept { return Take(g_lock, lock); }
LOADCTL_STANDS_IN pthread_mutex_trylock(pthread_mutex_t* lock) noexcept {
  return Take(g_try, lock);
}
LOADCTL_STANDS_IN pthread_mutex_unlock(pthread_mutex_t* lock) noexcept {
  return Release(g_unlock, lock);
}
LOADCTL_STANDS_IN pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  return Take(g_read, lock);
}
LOADCTL_STANDS_IN pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  return Take(g_write, lock);
}
LOADCTL_STANDS_IN pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) noexcept {
  return Take(g_try_read, lock);
}
LOADCTL_STANDS_IN pthread_rwlock_trywrlock(pthread_rwlock_t* lock) noexcept {
  return Take(g_try_write, lock);
}
LOADCTL_STANDS_IN pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
  return Release(g_release, lock);
}
#endif
