// Any bytes as the settings of --log-output loki, and as a line: no crash.
#include <cstdint>
#include <string_view>

#include "controller/terminal/loki.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadctl::terminal;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto options = ParseLoki("loki=" + std::string(text));
  LokiOptions usual;
  usual.message_size = size % 7 + 1;
  loadctl::text::LogRecord record;
  record.message = text;
  record.fields = {{std::string(text), std::string(text)}};
  const LokiLine line = MakeLokiLine(record, options ? *options : usual);
  return LokiBody({line, line}, usual).empty() ? 1 : 0;
}
