#include "controller/output/otlp.h"

#include "controller/output/format.h"

namespace loadctl::output {
namespace {

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

}  // namespace loadctl::output
