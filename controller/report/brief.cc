// The words of a run that fit into a container's status.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "common/text/utf8.h"
#include "controller/report/findings.h"

namespace loadctl::report {
namespace {

namespace json = boost::json;

constexpr std::size_t kMost = 4000;
constexpr std::size_t kText = 500;

/// At most kText bytes, cut where a character begins.
std::string Short(const std::string& text) {
  if (text.size() <= kText) return text;
  return std::string(text::CutToBytes(text, kText)) + "...";
}

/// Adds to a list of `out`, unless it would be too long then.
bool Add(json::object& out, const char* list, json::object item) {
  auto& items = out[list].as_array();
  items.push_back(std::move(item));
  if (json::serialize(out).size() < kMost) return true;
  items.pop_back();
  return false;
}

}  // namespace

std::string Brief(const Subject& subject) {
  json::object out{{"verdict", nullptr}, {"code", nullptr}, {"cause", nullptr}};
  boost::system::error_code error;
  const json::value verdict = json::parse(subject.verdict_json, error);
  if (!error && verdict.is_object()) {
    for (auto& [key, value] : out)
      if (const auto* found = verdict.as_object().if_contains(key)) value = *found;
  }
  if (subject.failure) out["cause"] = Short(subject.failure->message);
  out["crossed"] = json::array();
  out["figures"] = json::array();
  for (const ThresholdCase& one : ThresholdsOf(subject.outcome)) {
    if (!one.judged || one.ok) continue;
    json::object item{{"metric", Short(one.metric)},
                      {"expression", Short(one.expression)},
                      {"value", Short(one.value)}};
    if (!Add(out, "crossed", std::move(item))) break;
  }
  for (const Figure& one : FiguresOf(subject.outcome))
    if (!Add(out, "figures", {{"metric", one.metric}, {"values", Short(one.values)}})) break;
  return json::serialize(out) + "\n";
}

}  // namespace loadctl::report
