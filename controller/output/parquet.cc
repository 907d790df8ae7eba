// --out parquet=FILE: a row a second and series, or with `rows=samples` a row a sample, for DuckDB,
// pandas and their like. k6 has none; the columns are those of its CSV
// (docs/operations/parquet.md).
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "controller/output/format.h"
#include "controller/output/parquet_file.h"
#include "controller/output/registry.h"
#include "controller/output/series.h"

namespace loadctl::output {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kSecond = 1'000'000'000, kMicrosecond = 1'000;
// A row group is written when it has so many rows, and after so long, so that a crash costs no
// more than that.
constexpr std::size_t kMostRows = 200'000;
constexpr auto kGroupEvery = 60s;
// Samples of a second may be so long on their way; then its rows are written.
constexpr std::int64_t kPatience = 10;

enum class Rows { kSeconds, kSamples };

struct Config {
  std::string file = "loadctl.parquet";
  Rows rows = Rows::kSeconds;
};

/// `FILE`, or `file=FILE,rows=samples`.
Result<Config> ReadArgument(const std::string& argument) {
  Config config;
  if (argument.find('=') == std::string::npos) {
    if (!argument.empty()) config.file = argument;
    return config;
  }
  for (std::size_t begin = 0; begin < argument.size();) {
    const std::size_t end = std::min(argument.find(',', begin), argument.size());
    const std::string pair = argument.substr(begin, end - begin);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string key = pair.substr(0, equals);
    const std::string value = pair.substr(std::min(equals + 1, pair.size()));
    if (key == "file" && !value.empty()) {
      config.file = value;
    } else if (key == "rows" && (value == "samples" || value == "seconds")) {
      config.rows = value == "samples" ? Rows::kSamples : Rows::kSeconds;
    } else {
      return Fail("\"" + pair + "\" is neither file=FILE nor rows=samples or rows=seconds");
    }
    begin = end + 1;
  }
  return config;
}

/// What a series has measured in seconds that are not written yet.
struct Open {
  explicit Open(const MetricInfo& metric) : type(metric.type) {}
  struct Second {
    metrics::Sink sink;
    std::uint64_t samples = 0;
    double min = 0, max = 0, sum = 0, last = 0;
  };
  metrics::MetricType type;
  std::map<std::int64_t, Second> seconds;
};

class ParquetOutput final : public Output {
 public:
  ParquetOutput(Config config, const Context& context)
      : config_(std::move(config)),
        context_(context),
        table_("parquet", kMostSeries, context.log) {}

  std::string Description() const override { return "parquet (" + config_.file + ")"; }
  std::chrono::nanoseconds FlushPeriod() const override { return 1s; }

  Result<void> Start() override {
    using enum ParquetType;
    std::vector<ParquetColumn> columns = {{"time", kTimeMicros}, {"metric", kText}};
    if (config_.rows == Rows::kSamples) {
      columns.push_back({"value", kDouble});
    } else {
      columns.push_back({"type", kText});
      columns.push_back({"samples", kInt64});
      for (const char* name : {"sum", "min", "max", "last"}) columns.push_back({name, kDouble});
      for (const char* name : {"med", "p90", "p95", "p99"})
        columns.push_back({name, kDouble, true});
    }
    for (const std::string& tag : context_.options->system_tags)
      if (tag != "vu" && tag != "iter") tags_.emplace(tag, columns.size() + tags_.size());
    for (const auto& [tag, column] : tags_) columns.push_back({"tag_" + tag, kText, true});
    extra_ = columns.size();
    columns.push_back({"extra_tags", kText, true});
    if (config_.rows == Rows::kSamples) columns.push_back({"metadata", kText, true});
    LOADCTL_TRY(file_, ParquetFile::Create(config_.file, std::move(columns),
                                           "loadctl version " + context_.version));
    return {};
  }

  void Flush(std::span<const Sample> samples) override {
    for (const Sample& sample : samples) {
      newest_ = std::max(newest_, SecondOf(sample.time));
      config_.rows == Rows::kSamples ? AddSample(sample) : Fold(sample);
      if (file_->waiting() >= kMostRows) WriteGroup();
    }
    if (config_.rows == Rows::kSeconds) AddSeconds(newest_ - kPatience);
    if (std::chrono::steady_clock::now() >= next_) WriteGroup();
  }

  void Stop() override {
    table_.TellShared();
    if (config_.rows == Rows::kSeconds) AddSeconds(newest_ + 1);
    WriteGroup();
  }
  std::uint64_t lost() const override { return lost_; }

 private:
  using Table = SeriesTable<Open>;

  static std::int64_t SecondOf(std::int64_t ns) {
    return ns / kSecond - (ns % kSecond < 0 ? 1 : 0);
  }

  void WriteGroup() {
    next_ = std::chrono::steady_clock::now() + kGroupEvery;
    const std::uint64_t samples = std::exchange(waiting_, 0);
    if (file_->Flush()) return;
    lost_ += samples;
    if (!std::exchange(told_, true))
      context_.log(Severity::kError, "the parquet output loses samples: " + file_->problem(), {});
  }

  void AddSample(const Sample& sample) {
    file_->Int(0, sample.time / kMicrosecond);
    file_->Text(1, sample.metric->name);
    file_->Double(2, sample.value);
    AddTags(sample.tags->pairs);
    if (sample.metadata != nullptr) file_->Text(extra_ + 1, JsonOf(sample.metadata->pairs));
    file_->EndRow();
    ++waiting_;
  }

  void Fold(const Sample& sample) {
    Open& open = table_.Of(sample).state;
    const auto [at, added] = open.seconds.try_emplace(SecondOf(sample.time));
    Open::Second& second = at->second;
    if (added) {
      second.sink = metrics::MakeSink(open.type);
      second.min = second.max = sample.value;
    }
    metrics::Add(second.sink, sample.value, {sample.time, 0});
    ++second.samples;
    second.min = std::min(second.min, sample.value);
    second.max = std::max(second.max, sample.value);
    second.sum += sample.value;
    second.last = sample.value;
  }

  /// The rows of all seconds before `end`.
  void AddSeconds(std::int64_t end) {
    for (const auto& series : table_.all()) {
      auto& seconds = series->state.seconds;
      while (!seconds.empty() && seconds.begin()->first < end) {
        AddRow(series->key, seconds.begin()->first, seconds.begin()->second);
        seconds.erase(seconds.begin());
        if (file_->waiting() >= kMostRows) WriteGroup();
      }
    }
  }

  void AddRow(const SeriesKey& key, std::int64_t at, const Open::Second& second) {
    file_->Int(0, at * (kSecond / kMicrosecond));
    file_->Text(1, key.metric->name);
    file_->Text(2, metrics::TypeName(key.metric->type));
    file_->Int(3, static_cast<std::int64_t>(second.samples));
    std::size_t column = 4;
    for (const double value : {second.sum, second.min, second.max, second.last})
      file_->Double(column++, value);
    if (const auto* trend = std::get_if<metrics::TrendSink>(&second.sink))
      for (const double percent : {50.0, 90.0, 95.0, 99.0})
        file_->Double(column++, trend->Percentile(percent));
    AddTags(key.tags);
    file_->EndRow();
    waiting_ += second.samples;
  }

  void AddTags(const metrics::TagPairs& tags) {
    metrics::TagPairs extra;
    for (const auto& tag : tags) {
      const auto column = tags_.find(tag.first);
      if (column == tags_.end()) {
        extra.push_back(tag);
      } else {
        file_->Text(column->second, tag.second);
      }
    }
    if (!extra.empty()) file_->Text(extra_, JsonOf(extra));
  }

  static std::string JsonOf(const metrics::TagPairs& tags) {
    boost::json::object object;
    for (const auto& [key, value] : tags) object[WellFormed(key)] = WellFormed(value);
    return boost::json::serialize(object);
  }

  const Config config_;
  const Context& context_;
  Table table_;
  std::unique_ptr<ParquetFile> file_;
  std::map<std::string, std::size_t, std::less<>> tags_;  // the columns of system tags
  std::size_t extra_ = 0;
  std::int64_t newest_ = 0;
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + kGroupEvery;
  std::uint64_t waiting_ = 0;  // samples in rows that are not in the file yet
  std::uint64_t lost_ = 0;
  bool told_ = false;
};

}  // namespace

Result<std::unique_ptr<Output>> MakeParquet(const Request& request, const Context& context) {
  LOADCTL_TRY(Config config, ReadArgument(request.argument));
  return std::unique_ptr<Output>(std::make_unique<ParquetOutput>(std::move(config), context));
}

}  // namespace loadctl::output
