#include "controller/output/otlp.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstddef>

#include "controller/output/format.h"

namespace loadctl::output {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr std::uint32_t TagOf(int field, WireFormatLite::WireType type) {
  return static_cast<std::uint32_t>(field) << 3 | type;
}

/// Calls take(tag, stream) for each field; false if the bytes are no message, or it says so.
template <class Take>
bool ReadFields(std::string_view bytes, const Take& take) {
  CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  while (static_cast<std::size_t>(in.CurrentPosition()) < bytes.size()) {
    const std::uint32_t tag = in.ReadTag();
    if (tag == 0 || !take(tag, in)) return false;
  }
  return true;
}

void AppendPair(std::string_view key, const ProtoWriter& any, int field, ProtoWriter& out) {
  ProtoWriter pair;
  pair.Bytes(1, WellFormed(key));
  pair.Bytes(2, any.bytes());
  out.Bytes(field, pair.bytes());
}

}  // namespace

void AppendAttribute(std::string_view key, std::string_view value, int field, ProtoWriter& out) {
  ProtoWriter any;
  any.Bytes(1, WellFormed(value));
  AppendPair(key, any, field, out);
}

void AppendAttribute(std::string_view key, std::int64_t value, int field, ProtoWriter& out) {
  ProtoWriter any;
  any.Varint(3, static_cast<std::uint64_t>(value));
  AppendPair(key, any, field, out);
}

void AppendAttribute(std::string_view key, double value, int field, ProtoWriter& out) {
  ProtoWriter any;
  any.Double(4, value);
  AppendPair(key, any, field, out);
}

std::optional<PartialSuccess> ReadExportResponse(std::string_view body) {
  PartialSuccess found;
  std::string partial;
  const bool is_response = ReadFields(body, [&](std::uint32_t tag, CodedInputStream& in) {
    if (tag != TagOf(1, WireFormatLite::WIRETYPE_LENGTH_DELIMITED))
      return WireFormatLite::GetTagFieldNumber(tag) != 1 && WireFormatLite::SkipField(&in, tag);
    return WireFormatLite::ReadBytes(&in, &partial);
  });
  const bool is_partial =
      is_response && ReadFields(partial, [&](std::uint32_t tag, CodedInputStream& in) {
        if (tag == TagOf(1, WireFormatLite::WIRETYPE_VARINT)) {
          std::uint64_t rejected = 0;
          if (!in.ReadVarint64(&rejected)) return false;
          // An int64: less than none is none.
          found.rejected = static_cast<std::int64_t>(rejected) < 0 ? 0 : rejected;
          return true;
        }
        if (tag == TagOf(2, WireFormatLite::WIRETYPE_LENGTH_DELIMITED))
          return WireFormatLite::ReadBytes(&in, &found.message);
        return WireFormatLite::SkipField(&in, tag);
      });
  if (!is_partial) return std::nullopt;
  return found;
}

}  // namespace loadctl::output
