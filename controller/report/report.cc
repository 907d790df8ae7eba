#include "controller/report/report.h"

#include <utility>

#include "controller/report/comparison.h"
#include "controller/summary/json.h"

namespace loadctl::report {

Result<Request> ParseRequest(std::string_view text) {
  constexpr std::pair<std::string_view, Format> kFormats[] = {
      {"html", Format::kHtml},      {"junit", Format::kJunit}, {"md", Format::kMarkdown},
      {"github", Format::kGithub},  {"json", Format::kJson},   {"brief", Format::kBrief},
      {"metrics", Format::kMetrics}};
  const auto equals = text.find('=');
  if (equals != std::string_view::npos && equals + 1 < text.size()) {
    for (const auto& [name, format] : kFormats)
      if (text.substr(0, equals) == name)
        return Request{format, std::string(text.substr(equals + 1))};
  }
  return Fail(
      ErrorCode::kInvalidConfig,
      "--report wants html, junit, md, github, json, brief or metrics, then = and a path, not \"" +
          std::string(text) + "\"");
}

const char* NameOf(ComparedRow::Verdict verdict) {
  switch (verdict) {
    case ComparedRow::Verdict::kNone:
      return "";
    case ComparedRow::Verdict::kHolds:
      return "ok";
    case ComparedRow::Verdict::kWorse:
      return "WORSE";
    case ComparedRow::Verdict::kMissing:
      return "MISSING";
  }
  return "";
}

std::string Said(const ComparedRow& row) {
  std::string out = row.stat + "=" + row.run + ", was " + row.base;
  if (!row.change.empty()) out += " (" + row.change + ")";
  if (!row.limit.empty()) out += "; allowed " + row.limit;
  return out;
}

// Texts put together, not values: numbers stay digit for digit what the other files have.
std::string Json(const Subject& subject) {
  std::string out = subject.verdict_json;
  const auto end = out.rfind('}');
  out.resize(end == std::string::npos ? 0 : end);
  if (out.empty()) out = "{";
  if (out.back() != '{') out += ',';
  out += "\"summary\":";
  out += subject.outcome.has_summary() ? summary::SummaryExportJson(subject.outcome.summary())
                                       : std::string("null");
  return out + "}\n";
}

}  // namespace loadctl::report
