// What messages of OpenTelemetry's protocol (OTLP) share. Not for sending them (deliver.h).
// Plain functions: any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "controller/output/protobuf.h"

namespace loadctl::output {

/// A KeyValue with a text, as well-formed UTF-8. Source: opentelemetry-proto, common/v1.
void AppendAttribute(std::string_view key, std::string_view value, int field, ProtoWriter& out);
void AppendAttribute(std::string_view key, std::int64_t value, int field, ProtoWriter& out);
void AppendAttribute(std::string_view key, double value, int field, ProtoWriter& out);

}  // namespace loadctl::output
