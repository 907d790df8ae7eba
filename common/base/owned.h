// Owners of objects that a C library makes and frees. Pure, any thread.
#pragma once

#include <memory>

namespace loadctl {

template <auto Free>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

/// `Owned<BIO, BIO_free>`.
template <typename T, auto Free>
using Owned = std::unique_ptr<T, FreeWith<Free>>;

}  // namespace loadctl
