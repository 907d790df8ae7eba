// Where scenarios get their VUs: the agent's one buffer of idle VUs, first in, first out, as in k6.
// Not for what VUs do. The conductor's thread, but for what says otherwise.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "agent/vu/loop.h"
#include "agent/vu/vu.h"
#include "common/base/error.h"

namespace loadctl::executor {

/// A VU and the index of the worker it lives on.
struct PooledVu {
  vu::Vu* vu = nullptr;
  std::size_t worker = 0;
};

/// What an executor must know of a worker.
struct WorkerRef {
  vu::Loop* loop = nullptr;
  metrics::Recorder* recorder = nullptr;  ///< on the worker's thread only
};

class VuPool {
 public:
  using Taker = std::function<void(PooledVu)>;
  /// Told of those that could not be made.
  using Grown = std::function<void(std::span<const Error> failures)>;
  virtual ~VuPool() = default;

  /// Gives the VU that has been idle longest to `taker`, as soon as there is one: possibly at once.
  /// Who asks first gets first. `who` names the asker for Forget().
  virtual void Take(const void* who, Taker taker) = 0;
  /// Nothing that `who` asked for is given any more.
  virtual void Forget(const void* who) = 0;
  virtual void GiveBack(PooledVu vu) = 0;
  /// Gets up to `count` VUs beyond the planned ones: makes them in the background while the agent's
  /// plan has room, and takes them from the buffer after that. `taker` gets each; `done` is called
  /// when no more are being made for this call.
  virtual void Grow(const void* who, std::size_t count, Taker taker, Grown done) = 0;

  [[nodiscard]] virtual vu::Loop& conductor() = 0;
  [[nodiscard]] virtual std::span<const WorkerRef> workers() const = 0;
};

}  // namespace loadctl::executor
