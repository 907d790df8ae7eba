// JUnit's XML, as Jenkins and GitLab read it.
#include <algorithm>
#include <cstdio>
#include <vector>

#include "common/text/utf8.h"
#include "controller/report/comparison.h"
#include "controller/report/findings.h"

namespace loadctl::report {
namespace {

/// Text for an attribute or an element. What XML 1.0 cannot say becomes U+FFFD.
std::string Escape(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const text::Character character = text::FirstCharacter(text);
    const std::size_t size = character.size == 0 ? 1 : character.size;
    const char32_t code = character.code;
    const bool bad = character.size == 0 || code == 0xfffe || code == 0xffff ||
                     (code < 0x20 && code != '\t' && code != '\n' && code != '\r');
    if (bad) {
      out += "\xef\xbf\xbd";
    } else if (code == '&') {
      out += "&amp;";
    } else if (code == '<') {
      out += "&lt;";
    } else if (code == '>') {
      out += "&gt;";
    } else if (code == '"') {
      out += "&quot;";
    } else if (code < 0x20) {
      out += "&#" + std::to_string(static_cast<unsigned>(code)) + ";";
    } else {
      out.append(text.substr(0, size));
    }
    text.remove_prefix(size);
  }
  return out;
}

/// Cases of a suite, and how many of them went wrong.
struct Suite {
  std::string name;
  std::string cases;
  int tests = 0, failures = 0, errors = 0, skipped = 0;

  /// `inside`: elements of the case, indented by 6.
  void Add(const std::string& class_name, const std::string& test, const std::string& inside) {
    ++tests;
    cases += "    <testcase classname=\"" + Escape(class_name) + "\" name=\"" + Escape(test) + "\"";
    cases += inside.empty() ? "/>\n" : ">\n" + inside + "    </testcase>\n";
  }
  [[nodiscard]] std::string Counts() const {
    return " tests=\"" + std::to_string(tests) + "\" failures=\"" + std::to_string(failures) +
           "\" errors=\"" + std::to_string(errors) + "\" skipped=\"" + std::to_string(skipped) +
           "\"";
  }
};

std::string Element(const char* name, const std::string& message) {
  return std::string("      <") + name + " message=\"" + Escape(message) + "\"/>\n";
}

Suite RunSuite(const Subject& subject) {
  Suite suite{"run", "", 0, 0, 0, 0};
  std::string inside;
  // What has a case of its own is no error of the run.
  if (subject.failure && subject.failure->code != ErrorCode::kThresholds) {
    const bool failed = subject.failure->code == ErrorCode::kFailOn ||
                        subject.failure->code == ErrorCode::kMarkedFailed;
    ++(failed ? suite.failures : suite.errors);
    inside = Element(failed ? "failure" : "error", subject.failure->message);
  }
  suite.Add(subject.script, "the run", inside);
  return suite;
}

Suite ThresholdSuite(const Subject& subject) {
  Suite suite{"thresholds", "", 0, 0, 0, 0};
  for (const ThresholdCase& one : ThresholdsOf(subject.outcome)) {
    std::string inside;
    if (!one.judged) {
      ++suite.skipped;
      inside = Element("skipped", "not judged: " + one.value);
    } else if (!one.ok) {
      ++suite.failures;
      inside = Element("failure", one.value);
    }
    suite.Add(subject.script + ".thresholds", one.metric + ": " + one.expression, inside);
  }
  return suite;
}

Suite CheckSuite(const Subject& subject) {
  Suite suite{"checks", "", 0, 0, 0, 0};
  for (const CheckCase& one : ChecksOf(subject.outcome)) {
    std::string inside;
    if (one.fails > 0) {
      ++suite.failures;
      inside = Element("failure", std::to_string(one.fails) + " of " +
                                      std::to_string(one.passes + one.fails) + " failed");
    }
    suite.Add(subject.script + ".checks", one.name, inside);
  }
  return suite;
}

/// `seconds`: of the first suite; the others take no time.
std::string Document(const std::vector<Suite>& suites, const char* seconds) {
  Suite all{"loadctl", "", 0, 0, 0, 0};
  std::string body;
  for (const Suite& suite : suites) {
    if (suite.tests == 0) continue;
    body += "  <testsuite name=\"" + suite.name + "\"" + suite.Counts() + " time=\"" +
            (&suite == &suites.front() ? seconds : "0") + "\">\n" + suite.cases +
            "  </testsuite>\n";
    all.tests += suite.tests;
    all.failures += suite.failures;
    all.errors += suite.errors;
    all.skipped += suite.skipped;
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"loadctl\"" + all.Counts() +
         " time=\"" + seconds + "\">\n" + body + "</testsuites>\n";
}

}  // namespace

std::string Junit(const Subject& subject) {
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.3f",
                static_cast<double>(subject.outcome.summary().duration_ns()) / 1e9);
  return Document({RunSuite(subject), ThresholdSuite(subject), CheckSuite(subject)}, seconds);
}

std::string Junit(const Comparison& comparison) {
  Suite runs{"runs", "", 0, 0, 0, 0}, rows{"comparison", "", 0, 0, 0, 0};
  for (const std::string* name : {&comparison.base, &comparison.run}) {
    const auto& bad = comparison.incomplete;
    const bool incomplete = std::find(bad.begin(), bad.end(), *name) != bad.end();
    if (incomplete) ++runs.errors;
    runs.Add(comparison.run, "complete: " + *name,
             incomplete ? Element("error", "it is incomplete, and proves nothing") : "");
  }
  for (const ComparedRow& row : comparison.rows) {
    if (row.verdict == ComparedRow::Verdict::kNone) continue;
    const bool holds = row.verdict == ComparedRow::Verdict::kHolds;
    if (!holds) ++rows.failures;
    rows.Add(comparison.run + ".comparison", row.metric + ": " + row.stat,
             holds ? "" : Element("failure", Said(row)));
  }
  return Document({runs, rows}, "0");
}

}  // namespace loadctl::report
