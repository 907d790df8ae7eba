// Whatever the bytes: the reader ends, and all rows have as many fields as the first.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/text/csv.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  loadctl::text::CsvReader reader(std::string_view(reinterpret_cast<const char*>(data), size));
  std::size_t fields = 0;
  for (std::size_t rows = 0;; ++rows) {
    const auto row = reader.Next();
    if (!row || !*row) return 0;
    if (rows > size || (*row)->empty()) std::abort();
    if (rows == 0) fields = (*row)->size();
    if ((*row)->size() != fields) std::abort();
  }
}
