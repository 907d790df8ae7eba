#include "controller/plan/json_types.h"
#include "controller/plan/values.h"

namespace loadctl::plan {
namespace {

/// What a value of the setting looks like in this kind of source; empty where it is not one form.
std::string_view Form(const Setting& setting, Source source) {
  const bool json = source == Source::kFile || source == Source::kScript;
  switch (setting.type) {
    case ValueType::kBool:
      return kBoolForm;
    case ValueType::kInt:
      return kIntForm;
    case ValueType::kString:
      return kTextForm;
    case ValueType::kSegment:
      return "a segment such as 1/3, 25% or 1/4:1/2";
    case ValueType::kSegmentSequence:
      return "points in order such as 0,1/4,1/2,1";
    case ValueType::kHttpVersion:
      return "1.1, 2 or h2c, as a text";
    case ValueType::kConnectionReuse:
      return "vu, iteration or shared, as a text";
    case ValueType::kTimeUnit:
      return "s, ms or us";
    case ValueType::kTrendStats:
      return "avg, min, med, max, count or p(N), N from 0 to 100";
    case ValueType::kIpRanges:
      return "ranges such as 10.0.0.0/8";
    case ValueType::kHostPatterns:
      return "names such as example.com or *.example.com";
    case ValueType::kIpPool:
      return "addresses, ranges and CIDRs such as 10.0.0.1,10.0.1.1-10.0.1.9,10.0.2.0/24";
    case ValueType::kTlsVersions:
      return "tls1.0, tls1.1, tls1.2 or tls1.3, or an object of min and max";
    case ValueType::kCipherSuites:
      return "names such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
    case ValueType::kTlsAuth:
      return "a list of objects of cert, key, password and domains";
    case ValueType::kHosts:
      return "an object such as {\"example.com\": \"10.0.0.1:8080\"}";
    case ValueType::kDuration:
      return source == Source::kFlag ? "a duration with its unit such as 1m30s" : kDurationForm;
    case ValueType::kStringList:
    case ValueType::kStringArray:
    case ValueType::kSystemTags:
      return json ? "a list of texts" : "texts separated by commas";
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
  std::string_view why = error.message;
  // The option is named already.
  const std::string named = "option " + std::string(setting.key) + ": ";
  if (why.starts_with(named)) why.remove_prefix(named.size());
  return DescribeSource(setting, source) + " wants " + std::string(form) + ": " + std::string(why);
}

}  // namespace loadctl::plan
