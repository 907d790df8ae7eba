#include "controller/plan/json_types.h"
#include "controller/plan/values.h"

namespace loadctl::plan {
namespace {

std::string_view TextForm(const Setting& setting) {
  if (setting.key == "executionSegment") return "a segment such as 1/3, 25% or 1/4:1/2";
  if (setting.key == "executionSegmentSequence") return "points in order such as 0,1/4,1/2,1";
  if (setting.key == "summaryTimeUnit") return "s, ms or us";
  return kTextForm;
}

std::string_view ListForm(const Setting& setting, bool json) {
  if (setting.key == "summaryTrendStats")
    return "avg, min, med, max, count or p(N), N from 0 to 100";
  return json ? "a list of texts" : "texts separated by commas";
}

/// What a value of the setting looks like in this kind of source; empty where it is not one form.
std::string_view Form(const Setting& setting, Source source) {
  const bool json = source == Source::kFile || source == Source::kScript;
  switch (setting.type) {
    case ValueType::kBool:
      return kBoolForm;
    case ValueType::kInt:
      return kIntForm;
    case ValueType::kString:
      return TextForm(setting);
    case ValueType::kDuration:
      return source == Source::kFlag ? "a duration with its unit such as 1m30s" : kDurationForm;
    case ValueType::kStringList:
    case ValueType::kStringArray:
      return ListForm(setting, json);
    case ValueType::kTags:
      return json ? kTextsForm : source == Source::kFlag ? "name=value" : "name:value,...";
    case ValueType::kDns:
      return json ? "an object of ttl, select and policy"
                  : "some of ttl=5m,select=random,policy=preferIPv4";
    case ValueType::kStages:
      return json ? kStagesForm : "duration:target such as 30s:10";
    default:
      return "";
  }
}

}  // namespace

std::string WithForm(const Error& error, const Setting& setting, Source source) {
  const std::string_view form = Form(setting, source);
  if (form.empty()) return error.message;
  return error.message + " (" + DescribeSource(setting, source) + " wants " + std::string(form) +
         ")";
}

}  // namespace loadctl::plan
