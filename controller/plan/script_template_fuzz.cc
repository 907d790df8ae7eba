// Any bytes as a template: no crash, and a built-in part in it stays what it is.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/check.h"
#include "controller/plan/script_template.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadctl::plan;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto filled = FillTemplate(text, {"a.js", ""});
  if (text.find("{{") == std::string_view::npos) {
    LOADCTL_CHECK(filled && *filled == text, "text without actions stays as it is");
  }
  return 0;
}
