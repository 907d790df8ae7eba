// What messages of OpenTelemetry's protocol (OTLP) share. Not for sending them (deliver.h).
// Plain functions: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "controller/output/protobuf.h"

namespace loadctl::output {

/// A KeyValue with a text, as well-formed UTF-8. Source: opentelemetry-proto, common/v1.
void AppendAttribute(std::string_view key, std::string_view value, int field, ProtoWriter& out);
void AppendAttribute(std::string_view key, std::int64_t value, int field, ProtoWriter& out);
void AppendAttribute(std::string_view key, double value, int field, ProtoWriter& out);

/// What a backend that took an export says of it: of how many points or spans it took none, and
/// why, or another warning.
struct PartialSuccess {
  std::uint64_t rejected = 0;
  std::string message;
};
/// Of the body of an ExportMetricsServiceResponse or ExportTraceServiceResponse; nullopt where it
/// is neither. Source: opentelemetry-proto, collector/metrics/v1 and collector/trace/v1.
[[nodiscard]] std::optional<PartialSuccess> ReadExportResponse(std::string_view body);

}  // namespace loadctl::output
