// Forgetting a text: its bytes do not stay in freed memory. Any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>

namespace loadctl::secrets {

inline void Wipe(std::string& text) {
  volatile char* bytes = text.data();
  for (std::size_t i = 0; i < text.size(); ++i) bytes[i] = '\0';
  std::atomic_signal_fence(std::memory_order_seq_cst);
  text.clear();
}

}  // namespace loadctl::secrets
