// Any bytes are a packed bundle or an error; what unpacks packs to the same bytes again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "common/bundle/bundle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadctl::bundle;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto bundle = Bundle::Unpack(bytes, Sha256(bytes));
  if (!bundle) return 0;
  // A URL that comes twice, or out of order, is in no bundle that Pack() made.
  const std::string again = bundle->Pack();
  LOADCTL_CHECK(again == bytes, "unpacking and packing changed a bundle");
  LOADCTL_CHECK(!Bundle::Unpack(bytes, std::string(64, '0')), "a wrong hash is taken");
  return 0;
}
