// --out csv[=FILE]: a line a sample, byte for byte as k6's (internal/output/csv), but for the order
// of extra tags and metadata: sorted here, by chance there.
#include <algorithm>
#include <array>
#include <utility>

#include "common/text/utf8.h"
#include "controller/output/file.h"
#include "controller/output/format.h"
#include "controller/output/registry.h"
#include "controller/output/settings.h"

namespace loadctl::output {
namespace {

using namespace std::chrono_literals;

enum class TimeFormat { kUnix, kUnixMilli, kUnixMicro, kUnixNano, kRfc3339, kRfc3339Nano };
constexpr std::array<std::string_view, 6> kTimeFormats = {
    "unix", "unix_milli", "unix_micro", "unix_nano", "rfc3339", "rfc3339_nano"};

Result<TimeFormat> ParseTimeFormat(const std::string& text) {
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const auto found = std::find(kTimeFormats.begin(), kTimeFormats.end(), lower);
  if (found == kTimeFormats.end()) return Fail(text + " does not belong to TimeFormat values");
  return static_cast<TimeFormat>(found - kTimeFormats.begin());
}

struct Config {
  std::string file = "file.csv";
  std::chrono::nanoseconds period = 1s;
  std::string time_format = "unix";
};

Result<void> ReadArgument(const std::string& argument, Config& config) {
  if (argument.empty()) return {};
  if (argument.find('=') == std::string::npos) {
    config.file = argument;
    return {};
  }
  std::string_view rest = argument;
  while (true) {
    const auto comma = rest.find(',');
    const std::string_view pair = rest.substr(0, comma);
    const auto equals = pair.find('=');
    const std::string key(pair.substr(0, equals));
    const std::string value(equals == std::string_view::npos ? "" : pair.substr(equals + 1));
    if (value.empty())
      return Fail("couldn't parse \"" + argument + "\" as argument for csv output");
    if (key == "saveInterval") {
      LOADCTL_TRY(config.period, ParsePeriod(value));
    } else if (key == "fileName") {
      config.file = value;
    } else if (key == "timeFormat") {
      config.time_format = value;
    } else {
      return Fail("unknown key \"" + key + "\" as argument for csv output");
    }
    if (comma == std::string_view::npos) return {};
    rest.remove_prefix(comma + 1);
  }
}

Result<Config> ReadConfig(const Request& request, const Context& context) {
  Config config;
  LOADCTL_TRY(const Settings settings, Settings::Of("csv", context));
  config.file = settings.Text("K6_CSV_FILENAME", "file_name", config.file);
  config.time_format = settings.Text("K6_CSV_TIME_FORMAT", "time_format", config.time_format);
  LOADCTL_TRY(config.period,
              settings.Period("K6_CSV_SAVE_INTERVAL", "save_interval", config.period));
  LOADCTL_CHECK_OK(ReadArgument(request.argument, config));
  return config;
}

bool StartsWithSpace(std::string_view field) {
  const char32_t code = text::FirstCharacter(field).code;
  return code == ' ' || (code >= 9 && code <= 13) || code == 0x85 || code == 0xa0 ||
         code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 ||
         code == 0x202f || code == 0x205f || code == 0x3000;
}

/// A field as Go's encoding/csv writes it.
void AppendField(std::string_view field, std::string& out) {
  if (field.empty()) return;
  const bool quoted = field == "\\." || field.find_first_of(",\"\r\n") != std::string_view::npos ||
                      StartsWithSpace(field);
  if (!quoted) {
    out += field;
    return;
  }
  out += '"';
  for (const char c : field) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

class CsvOutput final : public Output {
 public:
  CsvOutput(Config config, TimeFormat time_format, std::unique_ptr<LineFile> file,
            const Context& context)
      : config_(std::move(config)),
        time_format_(time_format),
        context_(context),
        file_(std::move(file)) {
    for (const std::string& tag : context.options->system_tags)
      if (tag != "vu" && tag != "iter") columns_.push_back(tag);
  }

  std::string Description() const override {
    return config_.file.empty() || config_.file == "-" ? "csv (stdout)"
                                                       : "csv (" + config_.file + ")";
  }
  std::chrono::nanoseconds FlushPeriod() const override { return config_.period; }

  Result<void> Start() override {
    std::string head = "metric_name,timestamp,metric_value";
    for (const std::string& column : columns_) head += "," + column;
    Write(head + ",extra_tags,metadata\n", 0);
    return {};
  }

  void Flush(std::span<const Sample> samples) override {
    lines_.clear();
    for (const Sample& sample : samples) AppendSample(sample);
    Write(lines_, samples.size());
  }

  void Stop() override {
    if (!file_->Close() && !told_) Tell("is not whole: ");
  }
  std::uint64_t lost() const override { return lost_; }

 private:
  void Write(std::string_view lines, std::uint64_t samples) {
    if (file_->Write(lines)) return;
    lost_ += samples;
    if (!std::exchange(told_, true)) Tell("loses samples: ");
  }
  void Tell(const std::string& what) {
    context_.log(Severity::kError, "the csv output " + what + file_->problem(), {});
  }

  void AppendTime(std::int64_t time) {
    const auto whole = [&](std::int64_t unit) {
      const std::int64_t rest = time % unit;
      lines_ += std::to_string(time / unit - (rest < 0 ? 1 : 0));
    };
    switch (time_format_) {
      case TimeFormat::kUnix:
        return whole(1'000'000'000);
      case TimeFormat::kUnixMilli:
        return whole(1'000'000);
      case TimeFormat::kUnixMicro:
        return whole(1'000);
      case TimeFormat::kUnixNano:
        return whole(1);
      case TimeFormat::kRfc3339:
        return time_.Append(time, Fraction::kNone, lines_);
      case TimeFormat::kRfc3339Nano:
        return time_.Append(time, Fraction::kNanoseconds, lines_);
    }
  }

  void AppendSample(const Sample& sample) {
    AppendField(sample.metric->name, lines_);
    lines_ += ',';
    AppendTime(sample.time);
    lines_ += ',';
    AppendGoFixed(sample.value, lines_);
    if (last_tags_ != sample.tags->id) {
      last_tags_ = sample.tags->id;
      AppendTags(*sample.tags);
    }
    lines_ += tags_text_;
    lines_ += ',';
    if (sample.metadata != nullptr) AppendField(Joined(sample.metadata->pairs), lines_);
    lines_ += '\n';
  }

  /// Both lists are sorted: one walk over them.
  void AppendTags(const TagSet& tags) {
    tags_text_.clear();
    auto tag = tags.pairs.begin();
    for (const std::string& column : columns_) {
      while (tag != tags.pairs.end() && tag->first < column) ++tag;
      tags_text_ += ',';
      if (tag != tags.pairs.end() && tag->first == column) AppendField(tag->second, tags_text_);
    }
    tags_text_ += ',';
    AppendField(Joined(tags.pairs), tags_text_);
  }

  /// What has no column of its own: `key=value&key=value`.
  std::string Joined(const metrics::TagPairs& pairs) const {
    std::string text;
    for (const auto& [key, value] : pairs) {
      if (std::binary_search(columns_.begin(), columns_.end(), key)) continue;
      if (!text.empty()) text += '&';
      text.append(key).append("=").append(value);
    }
    return text;
  }

  const Config config_;
  const TimeFormat time_format_;
  const Context& context_;
  std::unique_ptr<LineFile> file_;
  std::vector<std::string> columns_;  // system tags, sorted
  TimeText time_;
  std::uint64_t last_tags_ = 0;
  std::string tags_text_;
  std::string lines_;
  std::uint64_t lost_ = 0;
  bool told_ = false;
};

}  // namespace

Result<std::unique_ptr<Output>> MakeCsv(const Request& request, const Context& context) {
  LOADCTL_TRY(Config config, ReadConfig(request, context));
  LOADCTL_TRY(const TimeFormat time_format, ParseTimeFormat(config.time_format));
  // As in k6, which opens the file of this output here and that of json when it starts.
  LOADCTL_TRY(auto file, LineFile::Open(config.file, context));
  return std::unique_ptr<Output>(
      std::make_unique<CsvOutput>(std::move(config), time_format, std::move(file), context));
}

}  // namespace loadctl::output
