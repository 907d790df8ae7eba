#include <algorithm>

#include "agent/net/http1/http1_parser.h"

namespace loadctl::net {
namespace {

constexpr std::int64_t kMaxExcess = 16 * 1024;

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Go's words for what is wrong with a chunk size, or empty; fills `size`.
std::string_view ParseSize(std::string_view line, std::uint64_t& size) {
  line = line.substr(0, line.find(';'));
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  if (line.empty()) return "empty hex number for chunk length";
  size = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const int digit = HexValue(line[i]);
    if (digit < 0) return "invalid byte in chunk length";
    if (i == 16) return "http chunk length too large";
    size = size << 4 | static_cast<std::uint64_t>(digit);
  }
  return {};
}

}  // namespace

ChunkedDecoder::Step ChunkedDecoder::Bad(std::string_view why) {
  where_ = Where::kBad;
  error_ = why;
  return {State::kBad, 0, {}};
}

ChunkedDecoder::Step ChunkedDecoder::TakeSize(std::string_view input) {
  const auto newline = input.find('\n');
  const std::size_t consumed = newline == std::string_view::npos ? input.size() : newline + 1;
  if (line_.size() + consumed > kMaxChunkLine) return Bad("header line too long");
  std::string_view line = input.substr(0, consumed);
  if (newline == std::string_view::npos || !line_.empty()) {
    line_ += line;
    if (newline == std::string_view::npos) return {State::kMore, consumed, {}};
    line = line_;
  }
  const auto cr = line.find('\r');
  if (cr == std::string_view::npos) return Bad("chunked line ends with bare LF");
  if (cr != line.size() - 2) return Bad("invalid CR in chunked line");
  const std::string_view why = ParseSize(line.substr(0, cr), left_);
  if (!why.empty()) return Bad(why);
  // Some overhead a chunk is fair, and twice the data; more is an attack.
  const std::uint64_t credit = std::min<std::uint64_t>(left_, 1U << 30);
  excess_ += static_cast<std::int64_t>(line.size());
  excess_ = std::max<std::int64_t>(0, excess_ - 16 - 2 * static_cast<std::int64_t>(credit));
  if (excess_ > kMaxExcess) return Bad("chunked encoding contains too much non-data");
  line_.clear();
  where_ = left_ == 0 ? Where::kTrailer : Where::kData;
  return {State::kMore, consumed, {}};
}

ChunkedDecoder::Step ChunkedDecoder::TakeTrailer(std::string_view input) {
  std::size_t consumed = 0;
  while (consumed < input.size()) {
    const char c = input[consumed++];
    if (++trailer_ > kMaxTrailerBytes) {
      return Bad("http: suspiciously long trailer after chunked body");
    }
    if (c == '\n') {
      if (trailer_blank_) {
        where_ = Where::kDone;
        return {State::kDone, consumed, {}};
      }
      trailer_blank_ = true;
    } else if (c != '\r') {
      trailer_blank_ = false;
    }
  }
  return {State::kMore, consumed, {}};
}

ChunkedDecoder::Step ChunkedDecoder::Take(std::string_view input) {
  if (where_ == Where::kDone) return {State::kDone, 0, {}};
  if (where_ == Where::kBad) return {State::kBad, 0, {}};
  if (input.empty()) return {State::kMore, 0, {}};
  switch (where_) {
    case Where::kSize:
      return TakeSize(input);
    case Where::kData: {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
      left_ -= size;
      if (left_ == 0) where_ = Where::kDataEnd;
      return {State::kMore, size, input.substr(0, size)};
    }
    case Where::kDataEnd:
      if (input[0] != (seen_cr_ ? '\n' : '\r')) return Bad("malformed chunked encoding");
      if (seen_cr_) where_ = Where::kSize;
      seen_cr_ = !seen_cr_;
      return {State::kMore, 1, {}};
    case Where::kTrailer:
      return TakeTrailer(input);
    case Where::kDone:
    case Where::kBad:
      break;
  }
  return {State::kBad, 0, {}};
}

}  // namespace loadctl::net
