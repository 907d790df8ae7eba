// Files that claim to be records: as bytes, and as the events that a whole record may hold.
#include <zstd.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>

#include "controller/record/format.h"
#include "controller/record/reader.h"
#include "controller/results/results.h"
#include "controller/summary/json.h"
#include "controller/summary/text.h"

// The first bit says whether the rest is the file or what is in its frame.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loadctl;
  if (size == 0) return 0;
  std::string bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] % 2 == 1) {
    const std::string text = std::string(record::kHeadLine) + bytes;
    bytes.resize(ZSTD_compressBound(text.size()));
    bytes.resize(ZSTD_compress(bytes.data(), bytes.size(), text.data(), text.size(), 1));
  }
  std::istringstream stream(bytes);
  auto reader = record::Reader::Make(stream);
  if (!reader) return 0;
  std::optional<controller::Results> results;
  while (const auto event = reader->Next()) {
    if (event->has_planned() && !results) {
      if (auto made = controller::Results::Make(event->planned()))
        results.emplace(std::move(*made));
    }
    if (results) results->On(*event);
  }
  if (!results) return 0;
  const v1::Outcome outcome = results->Conclude();
  (void)summary::SummaryExportJson(outcome.summary());
  (void)summary::RenderText(outcome.summary(), summary::Colors::kNo);
  return 0;
}
