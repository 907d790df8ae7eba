// --out json[=FILE]: one JSON object a line, byte for byte as k6's (internal/output/json).
#include <cmath>
#include <unordered_map>
#include <utility>

#include "common/base/duration.h"
#include "common/metrics/builtin.h"
#include "common/text/json_writer.h"
#include "controller/output/file.h"
#include "controller/output/format.h"
#include "controller/output/registry.h"

namespace loadctl::output {
namespace {

using namespace std::chrono_literals;
using text::AppendJsonString;
using text::JsonEscapes;

constexpr std::size_t kMostTexts = 20'000;  // tag sets whose text is remembered

void AppendTags(const metrics::TagPairs& tags, std::string& out) {
  out += '{';
  for (const auto& [key, value] : tags) {
    if (out.back() != '{') out += ',';
    AppendJsonString(key, JsonEscapes::kGo, out);
    out += ':';
    AppendJsonString(value, JsonEscapes::kGo, out);
  }
  out += '}';
}

void AppendThreshold(const plan::ThresholdSpec& threshold, std::string& out) {
  if (!threshold.abort_on_fail)
    return AppendJsonString(threshold.expression, JsonEscapes::kGo, out);
  out += R"({"threshold":)";
  AppendJsonString(threshold.expression, JsonEscapes::kGo, out);
  out += R"(,"abortOnFail":true,"delayAbortEval":)";
  out += threshold.delay_abort_eval ? '"' + FormatGoDuration(*threshold.delay_abort_eval) + '"'
                                    : std::string("null");
  out += '}';
}

/// The line that comes before a metric's first sample.
void AppendMetric(const MetricInfo& metric, std::string& out) {
  std::string name;
  AppendJsonString(metric.name, JsonEscapes::kGo, name);
  out.append(R"({"type":"Metric","data":{"name":)").append(name);
  out.append(R"(,"type":")").append(metrics::TypeName(metric.type));
  out.append(R"(","contains":")").append(metrics::ValueTypeName(metric.contains));
  out += R"(","thresholds":[)";
  for (const auto& threshold : metric.thresholds) {
    if (out.back() != '[') out += ',';
    AppendThreshold(threshold, out);
  }
  out += R"(],"submetrics":)";
  if (metric.submetrics.empty()) out += "null";
  for (const auto& submetric : metric.submetrics) {
    out += &submetric == &metric.submetrics.front() ? '[' : ',';
    out += R"({"name":)";
    AppendJsonString(submetric.name, JsonEscapes::kGo, out);
    out += R"(,"suffix":)";
    AppendJsonString(submetric.suffix, JsonEscapes::kGo, out);
    out += R"(,"tags":)";
    AppendTags(submetric.tags, out);
    out += '}';
  }
  if (!metric.submetrics.empty()) out += ']';
  out.append(R"(},"metric":)").append(name).append("}\n");
}

class JsonOutput final : public Output {
 public:
  JsonOutput(std::string path, const Context& context)
      : path_(std::move(path)), context_(context) {}

  std::string Description() const override {
    return path_.empty() || path_ == "-" ? "json(stdout)" : "json (" + path_ + ")";
  }
  std::chrono::nanoseconds FlushPeriod() const override { return 200ms; }

  Result<void> Start() override {
    LOADCTL_TRY(file_, LineFile::Open(path_, context_));
    return {};
  }

  void Flush(std::span<const Sample> samples) override {
    lines_.clear();
    std::uint64_t written = 0;
    for (const Sample& sample : samples) {
      if (std::isfinite(sample.value)) {
        AppendSample(sample);
        ++written;
      }
    }
    if (const std::uint64_t wrong = samples.size() - written; wrong > 0) {
      lost_ += wrong;
      context_.log(Severity::kError, "Sample(s) couldn't be marshalled to JSON",
                   {{"error", "json: unsupported value: Inf"}, {"failed", std::to_string(wrong)}});
    }
    if (file_->Write(lines_)) return;
    lost_ += written;
    seen_.clear();  // their lines may be among those that are not there
    if (!std::exchange(told_, true))
      context_.log(Severity::kError, "the json output loses samples: " + file_->problem(), {});
  }

  void Stop() override {
    if (!file_->Close() && !told_)
      context_.log(Severity::kError, "the json output is not whole: " + file_->problem(), {});
  }
  std::uint64_t lost() const override { return lost_; }

 private:
  struct MetricText {
    bool seen = false;
    std::string begin;  // up to the time
  };

  void AppendSample(const Sample& sample) {
    const std::uint32_t number = sample.metric->number;
    if (number >= seen_.size()) seen_.resize(number + 1);
    MetricText& metric = seen_[number];
    if (!metric.seen) {
      metric.seen = true;
      AppendMetric(*sample.metric, lines_);
      metric.begin = R"({"metric":)";
      AppendJsonString(sample.metric->name, JsonEscapes::kGo, metric.begin);
      metric.begin += R"(,"type":"Point","data":{"time":")";
    }
    lines_ += metric.begin;
    time_.Append(sample.time, Fraction::kNanoseconds, lines_);
    lines_ += R"(","value":)";
    AppendGoJsonNumber(sample.value, lines_);
    lines_ += R"(,"tags":)";
    lines_ += TextOf(*sample.tags);
    if (sample.metadata != nullptr) {
      lines_ += R"(,"metadata":)";
      AppendTags(sample.metadata->pairs, lines_);
    }
    lines_ += "}}\n";
  }

  const std::string& TextOf(const TagSet& tags) {
    if (last_ != nullptr && last_id_ == tags.id) return *last_;
    if (texts_.size() >= kMostTexts) texts_.clear();
    const auto [text, added] = texts_.try_emplace(tags.id);
    if (added) AppendTags(tags.pairs, text->second);
    last_id_ = tags.id;
    last_ = &text->second;
    return *last_;
  }

  const std::string path_;
  const Context& context_;
  std::unique_ptr<LineFile> file_;
  std::vector<MetricText> seen_;  // by the metric's number
  std::unordered_map<std::uint64_t, std::string> texts_;
  std::uint64_t last_id_ = 0;
  const std::string* last_ = nullptr;
  TimeText time_;
  std::string lines_;
  std::uint64_t lost_ = 0;
  bool told_ = false;
};

}  // namespace

Result<std::unique_ptr<Output>> MakeJson(const Request& request, const Context& context) {
  return std::unique_ptr<Output>(std::make_unique<JsonOutput>(request.argument, context));
}

}  // namespace loadctl::output
