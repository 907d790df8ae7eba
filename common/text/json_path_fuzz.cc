// The first line is a path, what follows is JSON, or anything: no path may crash on either, and
// what is found in valid JSON is valid.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/text/json_path.h"
#include "common/text/json_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto end = input.find('\n');
  if (end == std::string_view::npos) return 0;
  const std::string_view path = input.substr(0, end), json = input.substr(end + 1);
  const auto found = loadctl::text::FindByJsonPath(json, path);
  // Literals and texts that become JSON bring in what was never checked.
  const bool checked = path.find('!') == path.npos && path.find("@fromstr") == path.npos &&
                       path.find_first_of("\"\\") == path.npos;
  if (!found || !*found || !checked || !loadctl::text::IsValid(json)) return 0;
  if (!loadctl::text::IsValid(**found)) std::abort();
  return 0;
}
