// Prometheus' native histogram: exponential buckets of factor 2^(1/8), as client_golang makes them
// for a bucket factor of 1.1 (schema 3). Not the run's own histogram (common/metrics/histogram.h).
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace loadctl::output {

class NativeHistogram final {
 public:
  void Add(double value);
  /// A remote-write `Histogram` message (prometheus/prompb/types.proto), time in milliseconds.
  [[nodiscard]] std::string ToProto(std::int64_t time) const;

 private:
  std::map<int, std::int64_t> positive_, negative_;
  std::uint64_t zeros_ = 0, count_ = 0;
  double sum_ = 0;
};

}  // namespace loadctl::output
