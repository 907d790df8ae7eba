#include "controller/report/report.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "controller/summary/json.h"

namespace loadctl::report {
namespace json = boost::json;

Result<Request> ParseRequest(std::string_view text) {
  constexpr std::pair<std::string_view, Format> kFormats[] = {{"junit", Format::kJunit},
                                                              {"md", Format::kMarkdown},
                                                              {"github", Format::kGithub},
                                                              {"json", Format::kJson}};
  const auto equals = text.find('=');
  if (equals != std::string_view::npos && equals + 1 < text.size()) {
    for (const auto& [name, format] : kFormats)
      if (text.substr(0, equals) == name)
        return Request{format, std::string(text.substr(equals + 1))};
  }
  return Fail(ErrorCode::kInvalidConfig,
              "--report wants junit, md, github or json, then = and a path, not \"" +
                  std::string(text) + "\"");
}

std::string Json(const Subject& subject) {
  boost::system::error_code error;
  json::value value = json::parse(subject.verdict_json, error);
  if (error || !value.is_object()) value = json::object();
  json::object& out = value.get_object();
  out["summary"] = nullptr;
  if (subject.outcome.has_summary()) {
    json::value summary = json::parse(summary::SummaryExportJson(subject.outcome.summary()), error);
    if (!error) out["summary"] = std::move(summary);
  }
  return json::serialize(value) + "\n";
}

}  // namespace loadctl::report
