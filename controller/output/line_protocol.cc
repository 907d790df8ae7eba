#include "controller/output/line_protocol.h"

#include <cmath>
#include <functional>
#include <utility>

#include "common/text/number.h"
#include "controller/output/format.h"

namespace loadctl::output {
namespace {

constexpr std::size_t kMostMoments = 100'000;             // some 5 MB; then they are forgotten
constexpr std::uint64_t kSpread = 0x9e37'79b9'7f4a'7c15;  // 2^64 divided by the golden ratio

/// A key or value of a tag, or a field's key. Line breaks cannot be said, nor a backslash before
/// what follows: they become spaces.
void AppendEscaped(std::string_view text, std::string& out) {
  for (const char c : text) {
    if (c == ',' || c == '=' || c == ' ') out += '\\';
    if (c == '\n' || c == '\r') out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  if (!text.empty() && text.back() == '\\') out += "\\ ";
}

void AppendQuoted(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

}  // namespace

Result<LineProtocol> LineProtocol::Make(const std::string& fields, const std::string& precision) {
  LineProtocol lines;
  for (std::size_t begin = 0; begin <= fields.size() && !fields.empty();) {
    const std::size_t end = std::min(fields.find(',', begin), fields.size());
    const std::string item = fields.substr(begin, end - begin);
    begin = end + 1;
    const auto colon = item.find(':');
    const std::string name = item.substr(0, colon);
    const std::string type = colon == std::string::npos ? "" : item.substr(colon + 1);
    if (lines.fields_.contains(name)) {
      return Fail("a tag name (" + name +
                  ") shows up more than once in InfluxDB field type configurations");
    }
    constexpr std::pair<std::string_view, Kind> kKinds[] = {{"", Kind::kString},
                                                            {"string", Kind::kString},
                                                            {"int", Kind::kInt},
                                                            {"float", Kind::kFloat},
                                                            {"bool", Kind::kBool}};
    bool known = false;
    for (const auto& [word, kind] : kKinds) {
      if (word != type) continue;
      known = true;
      lines.fields_[name] = kind;
    }
    if (!known) {
      return Fail("an invalid type (" + type + ") is specified for an InfluxDB field (" + name +
                  ")");
    }
  }
  constexpr std::pair<std::string_view, std::int64_t> kUnits[] = {{"", 1},
                                                                  {"n", 1},
                                                                  {"ns", 1},
                                                                  {"u", 1'000},
                                                                  {"us", 1'000},
                                                                  {"ms", 1'000'000},
                                                                  {"s", 1'000'000'000},
                                                                  {"m", 60'000'000'000},
                                                                  {"h", 3'600'000'000'000}};
  for (const auto& [word, unit] : kUnits) {
    if (word != precision) continue;
    lines.unit_ = unit;
    return lines;
  }
  return Fail("precision wants ns, us, ms, s, m or h, not " + precision);
}

void LineProtocol::AppendTags(const TagSet& tags) {
  tags_.clear();
  field_texts_.clear();
  for (const auto& [raw_key, raw_value] : tags.pairs) {
    if (raw_key.empty() || raw_value.empty()) continue;
    const std::string key = WellFormed(raw_key), value = WellFormed(raw_value);
    const auto field = fields_.find(raw_key);
    if (field == fields_.end()) {
      tags_ += ',';
      AppendEscaped(key, tags_);
      tags_ += '=';
      AppendEscaped(value, tags_);
      continue;
    }
    AppendEscaped(key, field_texts_);
    field_texts_ += '=';
    const bool good = field->second == Kind::kInt     ? text::ParseGoInt(value).has_value()
                      : field->second == Kind::kFloat ? text::ParseGoFloat(value).has_value()
                      : field->second == Kind::kBool  ? text::ParseGoBool(value).has_value()
                                                      : false;
    // What is not of the type is a text, as in k6.
    if (!good) {
      AppendQuoted(value, field_texts_);
    } else if (field->second == Kind::kBool) {
      field_texts_ += *text::ParseGoBool(value) ? "true" : "false";
    } else {
      field_texts_ += value + (field->second == Kind::kInt ? "i" : "");
    }
    field_texts_ += ',';
  }
}

std::int64_t LineProtocol::OwnTime(const Sample& sample) {
  if (unit_ != 1) return sample.time / unit_;
  if (moments_.size() >= kMostMoments) moments_.clear();
  Moment& last = moments_[tags_hash_ ^ (sample.metric->number * kSpread)];
  if (sample.time < last.measured || sample.time > last.given) {
    last = {sample.time, sample.time};
  } else {
    ++last.given;
  }
  return last.given;
}

bool LineProtocol::Append(const Sample& sample, std::string& out) {
  if (!std::isfinite(sample.value)) return false;
  if (last_ != sample.tags->id) {
    last_ = sample.tags->id;
    AppendTags(*sample.tags);
    tags_hash_ = std::hash<std::string>{}(tags_);
  }
  AppendEscaped(sample.metric->name, out);
  out += tags_;
  out += ' ';
  out += field_texts_;
  out += "value=";
  AppendGoJsonNumber(sample.value, out);
  out += ' ';
  out += std::to_string(OwnTime(sample));
  out += '\n';
  return true;
}

}  // namespace loadctl::output
