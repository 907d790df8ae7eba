// Whatever comes as a request's line and body: never a crash; what is taken is in range.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "controller/rest/routes.h"
#include "controller/web/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadctl::rest;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(ParseStatusChange(text));
  // The first line is `METHOD target`, the rest the body.
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  const std::string_view body =
      end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  const auto target = loadctl::web::ParseTarget(line.substr(space + 1));
  if (!target) return 0;
  static_cast<void>(loadctl::web::ForeignRequest(loadctl::web::Reach::kLoopback, "GET",
                                                 {text, body, body, text}));
  const auto routed = Route(line.substr(0, space), target->path, body);
  if (const auto* response = std::get_if<Response>(&routed)) {
    if (response->status < 200 || response->status > 599) std::abort();
  } else if (std::get<Command>(routed).text.size() > text.size()) {
    std::abort();
  }
  return 0;
}
