#include "agent/vu/used_heap.h"

#include <set>

#include "agent/vu/vu.h"
#include "agent/vu/vu_js.h"

namespace loadctl::vu {

std::size_t UsedHeap(std::span<const std::unique_ptr<Vu>> vus) {
  std::set<v8::Isolate*> isolates;
  for (const auto& vu : vus) isolates.insert(vu->js().isolate);
  std::size_t used = 0;
  for (v8::Isolate* isolate : isolates) {
    v8::HeapStatistics statistics;
    isolate->GetHeapStatistics(&statistics);
    used += statistics.used_heap_size();
  }
  return used;
}

}  // namespace loadctl::vu
