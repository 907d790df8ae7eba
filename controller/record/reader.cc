#include "controller/record/reader.h"

#include <zstd.h>

#include <array>
#include <utility>

#include "controller/record/format.h"

namespace loadctl::record {
namespace {

constexpr std::size_t kMostVarint = 5;  // bytes of a length below 2^32

}  // namespace

struct Reader::Stream {
  explicit Stream(std::istream& stream) : from(stream) {}

  std::istream& from;
  std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context{ZSTD_createDCtx(), ZSTD_freeDCtx};
  std::array<char, 1 << 16> compressed;
  ZSTD_inBuffer in{nullptr, 0, 0};
  std::string frame;    // what has come of a frame, whose checksum is at its end
  bool inside = false;  // it has not ended
};

Reader::Reader(std::istream& from) : stream_(std::make_unique<Stream>(from)) {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;

Result<Reader> Reader::Make(std::istream& from) {
  Reader reader(from);
  if (!reader.Fill(kHeadLine.size()) || !reader.text_.starts_with("loadctl record "))
    return Fail("it is no record of a run");
  if (!reader.text_.starts_with(kHeadLine))
    return Fail("it was recorded by another version of loadctl");
  reader.at_ = kHeadLine.size();
  return reader;
}

// Has `size` bytes ready from `at_` on; false if there are no more.
bool Reader::Fill(std::size_t size) {
  if (at_ > 0 && (text_.size() - at_ < size || at_ > text_.size() / 2)) {
    text_.erase(0, at_);
    at_ = 0;
  }
  std::array<char, 1 << 16> plain;
  while (text_.size() - at_ < size) {
    if (!problem_.empty()) return false;
    auto& in = stream_->in;
    if (in.pos == in.size) {
      stream_->from.read(stream_->compressed.data(), stream_->compressed.size());
      in = {stream_->compressed.data(), static_cast<std::size_t>(stream_->from.gcount()), 0};
      if (in.size == 0) {
        if (stream_->inside) problem_ = "it is cut";
        return false;
      }
    }
    ZSTD_outBuffer out{plain.data(), plain.size(), 0};
    const std::size_t left = ZSTD_decompressStream(stream_->context.get(), &out, &in);
    if (ZSTD_isError(left) != 0) {
      problem_ = std::string("it is damaged: ") + ZSTD_getErrorName(left);
      return false;
    }
    stream_->inside = left != 0;
    stream_->frame.append(plain.data(), out.pos);
    if (stream_->frame.size() > kMostFrameBytes) {
      problem_ = "it is damaged: a frame is too large";
      return false;
    }
    if (left == 0) text_ += std::exchange(stream_->frame, {});
  }
  return true;
}

std::optional<v1::RunEvent> Reader::Next() {
  std::size_t length = 0, head = 0;
  for (bool more = true; more; ++head) {
    if (!Fill(head + 1)) {
      if (head > 0 && problem_.empty()) problem_ = "it is cut";
      return std::nullopt;
    }
    const auto byte = static_cast<unsigned char>(text_[at_ + head]);
    length |= static_cast<std::size_t>(byte & 127u) << (7 * head);
    more = (byte & 128u) != 0;
    if (more && head + 1 == kMostVarint) length = kMostEventBytes + 1, more = false;
  }
  v1::RunEvent event;
  const bool possible = length <= kMostEventBytes;
  if (possible && !Fill(head + length)) {
    if (problem_.empty()) problem_ = "it is cut";
    return std::nullopt;
  }
  if (!possible || !event.ParseFromArray(text_.data() + at_ + head, static_cast<int>(length))) {
    problem_ = "it is damaged: what should be an event is none";
    return std::nullopt;
  }
  at_ += head + length;
  return event;
}

}  // namespace loadctl::record
