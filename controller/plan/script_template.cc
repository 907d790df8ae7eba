#include "controller/plan/script_template.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace loadctl::plan {
namespace {

constexpr std::string_view kMinimal = R"(import http from 'k6/http';
import { check, sleep } from 'k6';

const BASE_URL = __ENV.BASE_URL || 'http://127.0.0.1:8080';

export const options = {
  vus: 10,
  duration: '30s',{{ if .ProjectID }}
  cloud: {
    projectID: {{ .ProjectID }},
    name: "{{ .ScriptName }}",
  },{{ end }}
};

export default function () {
  const response = http.get(BASE_URL);
  check(response, { 'status is 200': (r) => r.status === 200 });
  sleep(1);
}
)";

constexpr std::string_view kProtocol = R"(import http from 'k6/http';
import exec from 'k6/execution';
import { check, sleep } from 'k6';

const BASE_URL = __ENV.BASE_URL || 'http://127.0.0.1:8080';

export const options = {
  stages: [
    { duration: '10s', target: 5 },
    { duration: '20s', target: 10 },
    { duration: '1s', target: 0 },
  ],
  thresholds: {
    http_req_failed: ['rate<0.01'],
    http_req_duration: ['p(95)<500', 'p(99)<1000'],
  },{{ if .ProjectID }}
  cloud: {
    projectID: {{ .ProjectID }},
    name: "{{ .ScriptName }}",
  },{{ end }}
};

// Once, before the load: is there anything to test?
export function setup() {
  const response = http.get(BASE_URL);
  if (response.status !== 200) {
    exec.test.abort(`${BASE_URL} answered with status ${response.status}`);
  }
}

export default function () {
  const order = { product: 'A-1', amount: exec.vu.idInTest };
  const response = http.post(BASE_URL, JSON.stringify(order), {
    headers: { 'Content-Type': 'application/json' },
  });
  check(response, { 'status is 200': (r) => r.status === 200 });
  sleep(1);
}
)";

constexpr std::string_view kBrowser = R"(import { browser } from 'k6/browser';
import { check, fail, sleep } from 'k6';

const BASE_URL = __ENV.BASE_URL || 'http://127.0.0.1:8080';

export const options = {
  scenarios: {
    ui: {
      executor: 'shared-iterations',
      vus: 1,
      iterations: 1,
      options: {
        browser: {
          type: 'chromium',
        },
      },
    },
  },{{ if .ProjectID }}
  cloud: {
    projectID: {{ .ProjectID }},
    name: "{{ .ScriptName }}",
  },{{ end }}
};

export default async function () {
  const page = await browser.newPage();
  try {
    await page.goto(BASE_URL);
    const heading = await page.locator('h1').textContent();
    check(heading, { 'there is a heading': (text) => text !== '' });
    await page.screenshot({ path: 'screenshot.png' });
  } catch (error) {
    fail(`browser iteration failed: ${error.message}`);
  } finally {
    await page.close();
  }
  sleep(1);
}
)";

constexpr std::string_view kSpace = " \t\r\n";

std::string_view Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

class Filler {
 public:
  Filler(std::string_view text, const TemplateValues& values) : all_(text), values_(values) {}

  Result<std::string> Fill() {
    std::string_view rest = all_;
    while (true) {
      const std::size_t open = rest.find("{{");
      std::string_view plain = rest.substr(0, open);
      if (trim_next_) plain = plain.substr(std::min(plain.find_first_not_of(kSpace), plain.size()));
      if (open == std::string_view::npos) {
        Write(plain);
        if (!blocks_.empty())
          return FailAt(all_.size(), "unexpected end of file: {{ end }} is missing");
        return std::move(out_);
      }
      const std::size_t at = static_cast<std::size_t>(rest.data() - all_.data()) + open;
      rest.remove_prefix(open + 2);
      if (rest.size() > 1 && rest[0] == '-' && kSpace.find(rest[1]) != std::string_view::npos) {
        plain = plain.substr(0, plain.find_last_not_of(kSpace) + 1);
        rest.remove_prefix(1);
      }
      Write(plain);
      const std::size_t close = rest.find("}}");
      if (close == std::string_view::npos) return FailAt(at, "{{ is not closed");
      std::string_view action = rest.substr(0, close);
      rest.remove_prefix(close + 2);
      trim_next_ = action.size() > 1 && action.back() == '-' &&
                   kSpace.find(action[action.size() - 2]) != std::string_view::npos;
      if (trim_next_) action.remove_suffix(1);
      LOADCTL_CHECK_OK(Act(Trimmed(action), at));
    }
  }

 private:
  enum class Block { kShown, kHidden };

  /// The value of `.Name`.
  [[nodiscard]] std::optional<std::string_view> Value(std::string_view name) const {
    if (name == ".ScriptName") return values_.script_name;
    if (name == ".ProjectID") return values_.project_id;
    return std::nullopt;
  }

  Result<void> Act(std::string_view action, std::size_t at) {
    if (action.starts_with("/*") && action.ends_with("*/")) return {};
    if (const auto value = Value(action)) {
      Write(*value);
      return {};
    }
    if (action == "end" || action == "else") {
      if (blocks_.empty()) return FailAt(at, "unexpected {{" + std::string(action) + "}}");
      if (action == "end") {
        blocks_.pop_back();
      } else {
        blocks_.back() = blocks_.back() == Block::kShown ? Block::kHidden : Block::kShown;
      }
      return {};
    }
    if (action.starts_with("if ")) {
      if (const auto value = Value(Trimmed(action.substr(3)))) {
        blocks_.push_back(value->empty() ? Block::kHidden : Block::kShown);
        return {};
      }
    }
    return FailAt(at,
                  "{{ " + std::string(action.substr(0, 40)) +
                      " }} is not supported: only .ScriptName, .ProjectID, if, else and end are");
  }

  void Write(std::string_view text) {
    const bool hidden = std::find(blocks_.begin(), blocks_.end(), Block::kHidden) != blocks_.end();
    if (!hidden) out_ += text;
  }

  [[nodiscard]] tl::unexpected<Error> FailAt(std::size_t at, const std::string& problem) const {
    const auto line =
        std::count(all_.begin(), all_.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    return Fail("line " + std::to_string(line + 1) + ": " + problem);
  }

  std::string_view all_;
  const TemplateValues& values_;
  std::string out_;
  std::vector<Block> blocks_;
  bool trim_next_ = false;
};

}  // namespace

std::string_view BuiltinTemplate(std::string_view name) {
  if (name == "minimal") return kMinimal;
  if (name == "protocol") return kProtocol;
  if (name == "browser") return kBrowser;
  return {};
}

Result<std::string> FillTemplate(std::string_view text, const TemplateValues& values) {
  return Filler(text, values).Fill();
}

}  // namespace loadctl::plan
