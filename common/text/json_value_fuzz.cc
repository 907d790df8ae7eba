#include <cstddef>
#include <cstdint>

#include "common/text/json_value.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  boost::system::error_code error;
  (void)loadctl::text::ReadJson({reinterpret_cast<const char*>(data), size}, error);
  return 0;
}
