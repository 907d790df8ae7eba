// InfluxDB's line protocol: one line a sample. Not for sending it (influxdb.cc).
// One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

#include "common/base/error.h"
#include "controller/output/sample.h"

namespace loadctl::output {

class LineProtocol final {
 public:
  /// `fields`: the tags that become fields, `vu,iter:int,url`; `precision`: of times, empty: ns.
  /// Fails with k6's texts.
  [[nodiscard]] static Result<LineProtocol> Make(const std::string& fields,
                                                 const std::string& precision);

  /// Appends the sample's line. False if there is none: InfluxDB knows no infinity.
  /// InfluxDB keeps one point for a series and a time, so samples of one nanosecond, as two agents
  /// may have them, are moved apart by a nanosecond each. With a coarser precision they are not:
  /// whoever asks for that asks for fewer points.
  [[nodiscard]] bool Append(const Sample& sample, std::string& out);

 private:
  enum class Kind { kString, kInt, kFloat, kBool };
  void AppendTags(const TagSet& tags);
  [[nodiscard]] std::int64_t OwnTime(const Sample& sample);

  /// Of a series' last points: the time that they had, and the one they were given last.
  struct Moment {
    std::int64_t measured = 0, given = 0;
  };

  std::map<std::string, Kind, std::less<>> fields_;
  std::int64_t unit_ = 1;   // nanoseconds
  std::uint64_t last_ = 0;  // the set that the next two are of
  std::string tags_, field_texts_;
  std::uint64_t tags_hash_ = 0;
  std::unordered_map<std::uint64_t, Moment> moments_;  // by the hash of tags and metric
};

}  // namespace loadctl::output
